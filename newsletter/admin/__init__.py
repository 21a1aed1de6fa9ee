"""The weekly email at the editors' desk."""

from newsletter.admin import issues, schedule, subscribers, suppressions

__all__ = ["issues", "schedule", "subscribers", "suppressions"]
