"""What was shown at a moment, rebuilt from receipts alone.

Nothing here reads a tool, plan, fact, review or comparison: they say what is shown today. Readers' votes are no
receipts; a rebuilt tool has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from comparisons.models import Receipt
from comparisons.receipts.listing import line_of
from comparisons.receipts.timeline import LOGGED
from comparisons.receipts.words import ReceiptLine
from comparisons.scorecards import FactLine, PlanLine, Remark, Scorecard, Seat, ToolRecord
from tools.facts import value_text


@dataclass(frozen=True, slots=True)
class Advice:
    """What an editor had written about a pair."""

    summary: str
    choose_first_if: str
    choose_second_if: str


@dataclass(frozen=True)
class Rebuilt:
    """The tools that were public at `moment`, by their address then, as a page of that moment showed them.

    `seats` are the reviewers who sat on the panel or had reviewed one of the tools. `advice` is by the keys of the two
    tools. `was_entered_later` says that some of it was not in this site's books at that moment: a tool that arrives
    with its history brings its dates (docs/decisions/0019).
    """

    moment: datetime
    seats: Sequence[Seat] = ()
    cards: Mapping[str, Scorecard] = field(default_factory=dict)
    advice: Mapping[tuple[int, int], Advice] = field(default_factory=dict)
    log: Sequence[ReceiptLine] = ()
    was_entered_later: bool = False


def rebuild(slugs: Iterable[str], moment: datetime) -> Rebuilt:
    """The tools at these addresses as they were shown at `moment`, a moment that has passed; five queries, or one.

    A tool that was not public then, or had another address, is left out. The scorecards equal those that
    `load_scorecards` gave at that moment, but for votes and for the moments of saving: `updated_at` is that of the
    newest receipt.
    """
    named = Receipt.objects.in_effect(moment).filter(kind="tool", after__slug__in=list(slugs))
    keys = set(named.order_by().values_list("piece", flat=True))
    if not keys:
        return Rebuilt(moment)
    mine = Receipt.objects.in_effect(moment).filter(tool_id__in=keys)
    rows = list(mine.last_of_each())
    names = _Names.read(rows, moment)
    cards = {row.piece: Scorecard(_tool(row, rows, names)) for row in rows if row.kind == "tool" and row.after}
    _fill(cards, rows, names)
    for key, packed in _packed(mine).items():
        if key in cards:
            cards[key].tool = replace(cards[key].tool, packed_stances=packed["verdict"], packed_prices=packed["price"])
    shown = {card.tool.slug: card for card in cards.values()}
    return Rebuilt(
        moment,
        seats=names.seats({seat for card in cards.values() for seat in card.remarks}),
        cards={slug: shown[slug] for slug in slugs if slug in shown},
        advice={_pair(row): _advice(row) for row in rows if row.kind == "comparison" and row.after},
        log=[line_of(row) for row in mine.exclude(kind="comparison").newest_first().rows()[:LOGGED]],
        was_entered_later=any(row.recorded_at > moment for row in rows if row.after),
    )


def first_day(slugs: Iterable[str]) -> date | None:
    """The first day of which there is a receipt of any of these addresses; one query."""
    named = Receipt.objects.in_effect().filter(kind="tool", after__slug__in=list(slugs))
    moment = named.order_by("effective_at").values_list("effective_at", flat=True).first()
    return moment.date() if moment else None


@dataclass(frozen=True)
class _Names:
    """What classes, criteria and reviewers were called, and who sat on the panel."""

    known: Mapping[tuple[str, int], Any]
    moment: datetime

    @classmethod
    def read(cls, rows: Sequence[Any], moment: datetime) -> _Names:
        """One query. A name that was entered after the moment is better than none: its first one is taken."""
        categories = {row.after["category_id"] for row in rows if row.kind == "tool" and row.after}
        criteria = {row.after["criterion_id"] for row in rows if row.kind == "fact" and row.after}
        found = Receipt.objects.in_effect().names_by(moment, categories=categories, criteria=criteria)
        return cls({(row.kind, row.piece): row for row in found}, moment)

    def of(self, kind: str, key: int) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self.known[kind, key].after
        return content

    def seat(self, key: int) -> Seat:
        person = self.of("reviewer", key)
        return Seat(key, *(person[part] for part in ("slug", "name", "emblem", "written_by")))

    def seats(self, writers: Iterable[int]) -> list[Seat]:
        """Those who have written, and those who sat on the panel by then, in panel order."""
        sitting = {
            key
            for (kind, key), row in self.known.items()
            if kind == "reviewer" and row.after and row.after["is_active"] and row.effective_at <= self.moment
        }
        return [self.seat(key) for key in sorted(sitting | set(writers), key=self.place)]

    def place(self, key: int) -> tuple[int, int]:
        return self.of("reviewer", key)["position"], key


def _fill(cards: Mapping[int, Scorecard], rows: Sequence[Any], names: _Names) -> None:
    """Hang plans, facts and remarks on their tools, each in the order of the page."""
    hung = [row for row in rows if row.after and row.tool_id in cards]
    for row in sorted((row for row in hung if row.kind == "price"), key=lambda row: (row.after["position"], row.piece)):
        cards[row.tool_id].plans.append(_plan(row.after))
    facts = [(row.tool_id, _fact(row.after, names)) for row in hung if row.kind == "fact"]
    for key, fact in sorted(facts, key=lambda item: (item[1].position, item[1].label)):
        cards[key].facts[fact.slug] = fact
    remarks = [row for row in hung if row.kind == "verdict"]
    for row in sorted(remarks, key=lambda row: names.place(row.after["reviewer_id"])):
        cards[row.tool_id].remarks[row.after["reviewer_id"]] = _remark(row, names)


def _tool(row: Any, rows: Sequence[Any], names: _Names) -> ToolRecord:
    then = row.after
    category = names.of("category", then["category_id"])
    changed_at = max(other.effective_at for other in rows if other.tool_id == row.piece)
    same = ("slug", "name", "maker", "tagline", "website", "licence", "description", "category_id")
    return ToolRecord(
        pk=row.piece,
        **{part: then[part] for part in same},
        launched_on=_day(then["launched_on"]) if then["launched_on"] else None,
        published_at=datetime.fromisoformat(then["published_at"]),
        updated_at=changed_at,
        category_name=category["name"],
        category_slug=category["slug"],
        ship_count=0,
        skip_count=0,
        passing_ship_count=0,
        passing_skip_count=0,
        is_paused=False,
    )


def _plan(then: Mapping[str, Any]) -> PlanLine:
    parts = ("name", "amount", "currency", "period", "unit", "note", "source")
    return PlanLine(**{part: then[part] for part in parts}, checked_on=_day(then["checked_on"]))


def _fact(then: Mapping[str, Any], names: _Names) -> FactLine:
    criterion = names.of("criterion", then["criterion_id"])
    text = value_text(criterion["kind"], then["value"], criterion["unit"], then["note"])
    return FactLine(
        *(criterion["slug"], criterion["name"], text, criterion["position"], criterion["help"]),
        *(then["source"], _day(then["checked_on"])),
    )


def _remark(row: Any, names: _Names) -> Remark:
    then = row.after
    return Remark(
        names.seat(then["reviewer_id"]),
        *(then["verdict"], then["headline"], then["body"]),
        datetime.fromisoformat(then["published_at"]),
        row.effective_at,
    )


def _pair(row: Any) -> tuple[int, int]:
    return row.after["first_tool_id"], row.after["second_tool_id"]


def _advice(row: Any) -> Advice:
    return Advice(*(row.after[part] for part in ("summary", "choose_first_if", "choose_second_if")))


def _packed(mine: Any) -> dict[int, dict[str, list[str]]]:
    """What reviewers had said of each tool and what its plans had cost, packed as `ToolRecord` has it; one query."""
    packed: dict[int, dict[str, list[str]]] = {}
    told = mine.filter(kind__in=("verdict", "price")).newest_first()
    for row in told.values_list(
        "kind", "piece", "tool_id", "reviewer_id", "after", "effective_at", "reason", named=True
    ):
        line: dict[str, Any] = {"since": row.effective_at.isoformat()}
        if row.kind == "verdict":
            verdict = (row.after or {}).get("verdict")
            line |= {"reviewer": row.reviewer_id, "verdict": verdict, "reason": row.reason}
        else:
            line |= {"plan": row.piece, "after": row.after}
        lines = packed.setdefault(row.tool_id, {"verdict": [], "price": []})
        lines[row.kind].append(json.dumps(line, default=_exact))
    return packed


def _exact(amount: Decimal) -> float:
    """A price has at most twelve digits: fewer than a binary fraction keeps."""
    return float(amount)


def _day(text: str) -> date:
    return date.fromisoformat(text)
