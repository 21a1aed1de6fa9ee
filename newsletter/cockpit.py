"""What the desk's first page shows of the weekly email: what happens next, and who came and who left, by the day."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from editorial.cockpit import Chart, Counts, Line, Notice, may_look, register_chart, register_notice
from newsletter import figures
from newsletter.models import Issue, Subscriber
from newsletter.outlook import look_ahead

DAYS_SHOWN = 30
# The class is that of a colour which votes have as well: came is the strong one.
_CAME, _LEFT = ("account", _("Confirmed")), ("passing", _("Left"))


def count_days() -> Counts:
    """Subscribers who came and who left, by UTC day, from the record of consents; one query over 30 days."""
    days = figures.count_moves(DAYS_SHOWN)
    return Counts((_CAME, _LEFT), [(day.day, [day.came, day.gone]) for day in days])


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
