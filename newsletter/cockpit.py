"""What the desk's first page shows of the weekly email: what happens next, and who came and who left, by the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from editorial.cockpit import Chart, Counts, Line, Notice, may_look, register_chart, register_notice
from newsletter.models import Consent, Issue, Subscriber
from newsletter.outlook import look_ahead

DAYS_SHOWN = 30
# The class is that of a colour which votes have as well: came is the strong one.
_CAME, _LEFT = ("account", _("Confirmed")), ("passing", _("Left"))
_STEPS = {
    Consent.Kind.CONFIRMED: 0,
    Consent.Kind.ADDED: 0,
    Consent.Kind.IMPORTED: 0,
    Consent.Kind.WITHDRAWN: 1,
    Consent.Kind.ERASED: 1,
}


def count_days() -> Counts:
    """Subscribers who came and who left, by UTC day, from the record of consents; one query over 30 days."""
    today = timezone.now().astimezone(UTC).date()
    days = [today - timedelta(days=DAYS_SHOWN - 1 - number) for number in range(DAYS_SHOWN)]
    counts: dict[date, list[int]] = {day: [0, 0] for day in days}
    steps = Consent.objects.filter(at__gte=datetime.combine(days[0], time(), UTC), kind__in=list(_STEPS))
    by_day = steps.annotate(day=TruncDate("at", tzinfo=UTC)).order_by().values_list("day", "kind")
    for day, kind, number in by_day.annotate(number=Count("*")):
        if day in counts:
            counts[day][_STEPS[Consent.Kind(kind)]] += number
    return Counts((_CAME, _LEFT), [(day, counts[day]) for day in days])


def next_issue() -> Line:
    """When the next issue goes out and what holds it back; two queries."""
    outlook = look_ahead()
    if outlook.due is None:
        return Line(gettext("Weekly email"), reverse("admin:newsletter_issue_changelist"), outlook.text)
    issue = outlook.due.issue
    name = gettext("Weekly email, %(issue)s") % {"issue": issue}
    return Line(name, reverse("admin:newsletter_issue_change", args=[issue.pk]), outlook.text)


def watch() -> None:
    """Tell the desk; called once all apps are there."""
    register_chart(
        Chart(key="subscribers", title=_("Subscribers by day"), may_see=may_look(Subscriber), count=count_days)
    )
    register_notice(Notice(key="next issue", may_see=may_look(Issue), say=next_issue))
