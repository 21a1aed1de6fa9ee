"""The desk of the weekly email."""

from newsletter.admin import issues, schedule

__all__ = ["issues", "schedule"]
