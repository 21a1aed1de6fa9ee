"""What of votes needs attention at the desk, and how many come in a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editorial.cockpit import Attention, Chart, Counts, Group, Line, may_look, register, register_chart
from editorial.querysets import is_published
from tools.figures import minute
from votes.integrity import STATES
from votes.models import Case, Export, Vote
from votes.services.records import DAYS_SHOWN

NAMED = 5
_WAITING = (
    (Vote.State.PENDING, gettext_lazy("Votes that wait for review")),
    (Vote.State.QUARANTINED, gettext_lazy("Votes held with a burst")),
)


def _cases(cases: QuerySet[Any], request: HttpRequest) -> Sequence[Line]:
    oldest = cases.order_by("opened_at", "pk").values_list("pk", "tool__name", "opened_at")[:NAMED]
    return [
        Line(name, reverse("admin:votes_case_change", args=[pk]), _("since %(moment)s") % {"moment": minute(since)})
        for pk, name, since in oldest
    ]


def count_days() -> Counts:
    """Votes by day of casting and what became of them: closed days as the nightly record has them, the rest counted.

    The same days and states as on the integrity page. Two queries, of which the second reads what came since.
    """
    today = timezone.now().astimezone(UTC).date()
    first = today - timedelta(days=DAYS_SHOWN - 1)
    record = Export.objects.defer("content").first()
    counts: dict[date, Counter[str]] = {first + timedelta(days=number): Counter() for number in range(DAYS_SHOWN)}
    since = max(first, record.day + timedelta(days=1)) if record else first
    for line in record.daily if record else []:
        day = date.fromisoformat(line["day"])
        if day in counts and day < since:  # the record has the first minutes of the day after it, too
            counts[day].update({name: int(line[name]) for name, _label in STATES})
    for day, crowd, state, votes in _cast_since(since):
        counts[day][crowd if state == Vote.State.COUNTED else state] += votes
    note = _("Earlier days as they stood on %(moment)s.") % {"moment": minute(record.made_at)} if record else ""
    return Counts(STATES, [(day, [counts[day][name] for name, _label in STATES]) for day in counts], note)


def _cast_since(day: date) -> list[tuple[date, str, str, int]]:
    midnight = datetime.combine(day, time(), UTC)
    cast = Vote.objects.filter(is_published("tool__"), changed_at__gte=midnight, cast_at__gte=midnight)
    by_day = cast.annotate(day=TruncDate("cast_at", tzinfo=UTC)).order_by().values("day", "crowd", "state")
    counted = by_day.annotate(number=Count("*")).values_list("day", "crowd", "state", "number")
    return list(counted.filter(cast_at__lt=midnight + timedelta(days=DAYS_SHOWN)))


def watch() -> None:
    """Tell the desk; called once all apps are there."""
    register(
        Attention(
            key="open cases",
            label=gettext_lazy("Open cases"),
            group=Group.READERS,
            kind=Case,
            query={"decision__exact": "open"},
            narrow=lambda cases, request: cases.filter(decision=Case.Decision.OPEN),
            may_see=may_look(Case),
            lines=_cases,
        )
    )
    for state, label in _WAITING:
        register(
            Attention(
                key=f"votes {state}",
                label=label,
                group=Group.READERS,
                kind=Vote,
                page="admin:votes_case_votes",
                query={"state": str(state)},
                rows=Vote.objects.all,
                narrow=lambda votes, request, state=state: votes.filter(state=state),  # type: ignore[misc]
                may_see=may_look(Vote),
            )
        )
    register_chart(Chart(key="votes", title=gettext_lazy("Votes by day"), may_see=may_look(Case), count=count_days))
