"""The weekly email at the editors' desk."""

from newsletter.admin.subscribers import SubscriberAdmin
from newsletter.admin.suppressions import SuppressionAdmin

__all__ = ["SubscriberAdmin", "SuppressionAdmin"]
