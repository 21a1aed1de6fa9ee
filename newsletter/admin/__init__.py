"""The desk of the weekly email."""

from newsletter.admin import subscribers, suppressions

__all__ = ["subscribers", "suppressions"]
