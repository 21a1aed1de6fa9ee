"""What goes out: who gets it and with what consent, and the numbered issues."""

from newsletter.models.delivery import Attempt, Carrier, Delivery, Pause, Tally
from newsletter.models.events import MailEvent
from newsletter.models.heartbeats import Heartbeat
from newsletter.models.issues import Block, Issue, Schedule
from newsletter.models.restorations import Restoration
from newsletter.models.subscribers import Consent, MailLimit, SignUp, Subscriber, SubscriberToken, Suppression

__all__ = [
    "Attempt",
    "Block",
    "Carrier",
    "Consent",
    "Delivery",
    "Heartbeat",
    "Issue",
    "MailEvent",
    "MailLimit",
    "Pause",
    "Restoration",
    "Schedule",
    "SignUp",
    "Subscriber",
    "SubscriberToken",
    "Suppression",
    "Tally",
]
