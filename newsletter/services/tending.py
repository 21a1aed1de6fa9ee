"""What goes by itself after its time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from editorial.exchange.waiting import KEPT_FOR, WaitingImport
from newsletter.models import MailLimit, SignUp, Subscriber, SubscriberToken
from newsletter.sending.readers import forget_addresses
from newsletter.services.bringing import LISTS
from newsletter.services.events import forget_events
from newsletter.services.settling import GOOD_FOR


def tidy(at: datetime | None = None) -> int:
    """Forget whoever never confirmed within seven days, links that are no good any more, limits that no longer limit,
    and lists that wait to be imported since a day; returns how many unconfirmed ones went. Their consents stay, under
    the keyed hash.
    """
    now = at or timezone.now()
    SubscriberToken.objects.filter(expires_at__lte=now).delete()
    MailLimit.objects.filter(last_at__lte=now - timedelta(days=1)).delete()
    SignUp.objects.filter(sent_at__lte=now - timedelta(days=1)).delete()  # what could not be settled in a day
    WaitingImport.objects.filter(kind=LISTS, brought_at__lte=now - KEPT_FOR).delete()
    forget_events(now)
    forget_addresses(now)
    unconfirmed = Subscriber.objects.unconfirmed().filter(asked_at__lte=now - GOOD_FOR)
    _, deleted = unconfirmed.delete()
    return deleted.get("newsletter.Subscriber", 0)
