"""What the desk's first page shows of the weekly email: what happens next, and who came and who left, by the day."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from editorial.cockpit import Chart, Counts, Line, Notice, may_look, register_chart, register_notice
from newsletter import figures, heartbeats
from newsletter.models import Issue, Subscriber
from newsletter.outlook import look_ahead
from newsletter.sending.accounting import account_for
from newsletter.sending.guard import in_the_way
from newsletter.sending.pausing import pauses_of
from tools.figures import number

DAYS_SHOWN = 30
UNDER_WAY = (Issue.Status.FROZEN, Issue.Status.SENDING, Issue.Status.PAUSED)
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


def send_under_way() -> Line | None:
    """How far the issue is that goes out, or that is paused and why; nothing while none does. Or why none can."""
    if off := in_the_way():
        return Line(gettext("Weekly email"), reverse("admin:newsletter_issue_changelist"), off)
    under_way = list(Issue.objects.filter(status__in=UNDER_WAY).order_by("number"))
    if not under_way:
        return None
    issue = min(under_way, key=lambda each: each.status != Issue.Status.PAUSED)  # what is halted comes first
    account = account_for(issue)
    counts = {"accepted": number(account.accepted), "expected": number(account.expected)}
    said = [gettext("%(accepted)s of %(expected)s accepted.") % counts]
    if issue.status == Issue.Status.PAUSED:
        said[:0] = [f"{pause.why}." for pause in pauses_of(issue)[:1]]
    if account.held:
        held = ngettext("%(count)s is held and waits for you.", "%(count)s are held and wait for you.", account.held)
        said.append(held % {"count": number(account.held)})
    if others := len(under_way) - 1:
        more = ngettext("%(count)s other is under way.", "%(count)s others are under way.", others)
        said.append(more % {"count": number(others)})
    name = f"{issue.get_status_display()}: {issue}"
    return Line(name, reverse("admin:newsletter_issue_sending", args=[issue.pk]), " ".join(said))


def workers() -> Line | None:
    """Which queue nobody takes anything out of; one query."""
    said = heartbeats.silence()
    return Line(gettext("Workers"), "", said) if said else None


def watch() -> None:
    """Tell the desk; called once all apps are there."""
    register_chart(
        Chart(key="subscribers", title=_("Subscribers by day"), may_see=may_look(Subscriber), count=count_days)
    )
    register_notice(Notice(key="workers", may_see=may_look(Issue), say=workers))
    register_notice(Notice(key="send under way", may_see=may_look(Issue), say=send_under_way))
    register_notice(Notice(key="next issue", may_see=may_look(Issue), say=next_issue))
