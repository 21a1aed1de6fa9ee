"""The charts of subscribers, each with its table: drawn as the first page's charts are (editorial/charts.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editorial.charts import Drawn, draw
from editorial.cockpit import Chart, Counts, Words
from newsletter.figures import Day, Week, count_days, count_weeks
from tools.figures import day, number, percent

DAYS, WEEKS = 90, 12
# Classes of colours that the charts of votes have as well; the first is the strongest.
_STRONG, _WEAK, _MARKED = "account", "passing", "pending"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart, what it says in a sentence, and the same in a table: the newest line first."""

    chart: Drawn
    said: str
    first: Promise
    heads: Sequence[Words]
    rows: Sequence[tuple[str, Sequence[str]]]
    note: str = ""


def drawn_figures() -> dict[str, Any]:
    """Everything the page of figures shows; four queries."""
    days, weeks = count_days(DAYS), count_weeks(WEEKS)
    return {"figures": [_growth(days), _churn(days), _confirmation(weeks)], "on_list": number(days[-1].on_list)}


def _growth(days: Sequence[Day]) -> Figure:
    columns = [(_STRONG, _("On the list"))]
    said = _("%(before)s were on the list when %(first)s began, %(now)s are now: %(came)s came, %(gone)s left.") % {
        "first": day(days[0].day),
        "before": number(days[0].on_list - days[0].came + days[0].gone),
        "now": number(days[-1].on_list),
        "came": number(sum(row.came for row in days)),
        "gone": number(sum(row.gone for row in days)),
    }
    chart = _drawn("growth", _("Growth"), columns, [(row.day, [row.on_list]) for row in days])
    rows = [(row.day, [row.on_list, row.came, row.gone]) for row in days]
    note = _("Who is on the list at the end of a day (UTC), whether paused, suppressed or neither.")
    return Figure(chart, said, _DAY, [_("On the list"), _("Came"), _("Left")], _table(rows), note)


def _churn(days: Sequence[Day]) -> Figure:
    columns = [(_STRONG, _("Unsubscribed")), (_WEAK, _("Erased or joined")), (_MARKED, _("Suppressed"))]
    counts = [(row.day, [row.left, row.erased + row.joined, row.suppressed]) for row in days]
    totals = [sum(numbers[place] for _day, numbers in counts) for place in range(len(columns))]
    said = _(
        "In %(days)s days %(left)s unsubscribed, %(erased)s were erased or joined, %(stopped)s were suppressed."
    ) % {
        "days": number(len(days)),
        **dict(zip(("left", "erased", "stopped"), map(number, totals), strict=True)),
    }
    note = _(
        "Erased counts those who were on the list until then; joined are subscriptions that became part of another. "
        "Suppressed are addresses that bounced, complained or were stopped by an editor; those stay on the list."
    )
    chart = _drawn("churn", _("Churn"), columns, counts)
    return Figure(chart, said, _DAY, [label for _colour, label in columns], _table(counts), note)


def _confirmation(weeks: Sequence[Week]) -> Figure:
    columns = [(_STRONG, _("Confirmed")), (_WEAK, _("Not confirmed"))]
    asked, confirmed = sum(week.asked for week in weeks), sum(week.confirmed for week in weeks)
    said = _("In %(weeks)s weeks %(asked)s asked by form, and %(confirmed)s of them pressed the button: %(rate)s.") % {
        "weeks": number(len(weeks)),
        "asked": number(asked),
        "confirmed": number(confirmed),
        "rate": percent(round(100 * confirmed / asked)) if asked else _("no rate yet"),
    }
    chart = _drawn(
        "confirmation",
        _("Confirmation rate"),
        columns,
        [(week.monday, [week.confirmed, week.waiting]) for week in weeks],
    )
    note = _(
        "By the week (from Monday, UTC) in which somebody asked. The last two weeks may still rise: links are good for "
        "seven days."
    )
    heads = [_("Asked"), _("Confirmed"), _("Rate")]
    rows = [(day(week.monday), [number(week.asked), number(week.confirmed), _rate(week)]) for week in reversed(weeks)]
    return Figure(chart, said, _WEEK, heads, rows, note)


_DAY, _WEEK = gettext_lazy("Day"), gettext_lazy("Week from")


def _rate(week: Week) -> str:
    if week.percent is None:
        return "-"
    return _("%(rate)s so far") % {"rate": percent(week.percent)} if week.is_open else percent(week.percent)


def _drawn(key: str, title: str, columns: Any, counts: Sequence[tuple[date, Sequence[int]]]) -> Drawn:
    counted = Counts(columns, counts)
    return draw(Chart(key=key, title=title, may_see=lambda person: True, count=lambda: counted), counted)


def _table(rows: Sequence[tuple[date, Sequence[int]]]) -> list[tuple[str, list[str]]]:
    return [(day(moment), [number(count) for count in counts]) for moment, counts in reversed(rows)]
