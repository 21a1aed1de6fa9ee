"""What goes out: who gets it and with what consent, and the numbered issues."""

from newsletter.models.issues import Block, Issue, Schedule
from newsletter.models.subscribers import Consent, MailLimit, SignUp, Subscriber, SubscriberToken, Suppression

__all__ = [
    "Block",
    "Consent",
    "Issue",
    "MailLimit",
    "Schedule",
    "SignUp",
    "Subscriber",
    "SubscriberToken",
    "Suppression",
]
