"""What the receipts between two moments come to, as an issue tells it. The shape is told in newsletter/assembling.py.

Several receipts of one thing are told as one: from what was shown at the beginning to what is shown at the end, and
not at all when that is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from comparisons.addresses import pair_url
from comparisons.models import Comparison, Receipt
from comparisons.pairs import Pair
from comparisons.receipts.prices import Cost
from comparisons.scorecards import Scorecard, Seat, find_tools, load_scorecards
from editorial.addresses import path_of
from newsletter.models import Block, Issue
from reviews.verdicts import word_text
from tools.models import Tool
from votes.intervals import VOTES_NEEDED, Community

MOST = 12  # of a kind: a mail is to stay below 100 KB
FOUND_ONCE = {Block.Kind.MOVER.value, Block.Kind.COMPARISON.value}
_RECEIPTS = 5_000  # an import may write any number; the newest count

_MOVER = """
SELECT s.tool_id, v.ship, v.skip, v.day
FROM comparisons_toolstanding s
CROSS JOIN LATERAL (
    SELECT ship, skip, day FROM votes_standing
    WHERE tool_id = s.tool_id AND day < %(day)s ORDER BY day DESC LIMIT 1
) v
WHERE s.is_listed AND s.community_ship + s.community_skip >= %(needed)s AND v.ship + v.skip >= %(needed)s
  AND s.community_ship * (v.ship + v.skip) <> v.ship * (s.community_ship + s.community_skip)
ORDER BY abs(s.community_ship::float8 / (s.community_ship + s.community_skip)
             - v.ship::float8 / (v.ship + v.skip)) DESC,
         s.community_ship + s.community_skip DESC, s.tool_id
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    about: str
    found: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Change:
    """The receipts of one thing, told as one; what was not shown is None."""

    first: Receipt
    last: Receipt

    @property
    def before(self) -> Mapping[str, Any] | None:
        if self.first.act == Receipt.Act.PUBLISHED:
            return None
        return {**(self.first.after or {}), **(self.first.before or {})}

    @property
    def after(self) -> Mapping[str, Any] | None:
        return self.last.after

    @property
    def reason(self) -> str:
        return self.last.reason or self.first.reason


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The tools that are public today, by key."""

    cards: Mapping[int, Scorecard]
    seats: Sequence[Seat]


def find(issue: Issue, since: datetime, now: datetime) -> list[Finding]:
    """All that took effect after `since` and by `now`, kind by kind, newest first; nine queries at most."""
    changes = _changes(since, now)
    mover, pair = _read_mover(since), _read_comparison(issue)
    keys = {change.last.tool_id for change in changes} | ({mover[0]} if mover else set()) | set(pair[1:])
    shelf = _shelf(key for key in keys if key is not None)
    verdicts = [change for change in changes if change.last.kind == Receipt.Kind.VERDICT]
    prices = [change for change in changes if change.last.kind == Receipt.Kind.PRICE]
    return [
        *_new(verdicts, shelf),
        *_changed(verdicts, shelf),
        *_mover(mover, shelf, since, now),
        *_prices(prices, shelf),
        *_comparison(pair, shelf),
    ]


def _changes(since: datetime, now: datetime) -> list[_Change]:
    """Newest first."""
    rows = Receipt.objects.in_effect(now).filter(kind__in=("verdict", "price"), effective_at__gt=since)
    receipts = sorted(rows.newest_first()[:_RECEIPTS], key=lambda row: (row.kind, row.piece, row.effective_at, row.pk))
    grouped = (list(group) for _, group in groupby(receipts, key=lambda row: (row.kind, row.piece)))
    changes = [_Change(group[0], group[-1]) for group in grouped]
    return sorted(changes, key=lambda change: (change.last.effective_at, change.last.pk), reverse=True)


def _shelf(keys: Iterable[int]) -> _Shelf:
    """Five queries, or none for no tools."""
    wanted = list(keys)
    if not wanted:
        return _Shelf({}, [])
    slugs = Tool.objects.published().filter(pk__in=wanted).order_by("pk").values_list("slug", flat=True)
    seats, cards = load_scorecards(list(find_tools(list(slugs)).values()))
    return _Shelf({card.tool.pk: card for card in cards}, seats)


def _new(changes: Sequence[_Change], shelf: _Shelf) -> Iterator[Finding]:
    """Tools on which somebody of the panel spoke for the first time."""
    spoken: dict[int, list[_Change]] = {}
    for change in changes:
        key = change.last.tool_id or 0
        if change.before is None and change.after is not None and key in shelf.cards:
            spoken.setdefault(key, []).append(change)
    for key, said in spoken.items():
        card = shelf.cards[key]
        remarks = [remark for change in said if (remark := _remark(change, card))]
        if remarks:
            reviewers = [remark.pop("reviewer_id") for remark in remarks]
            found = {**_side(card), "at": _moment(said[0]), "remarks": remarks, "touches": _touches(card, reviewers)}
            yield Finding(Block.Kind.NEW, f"tool:{key}", found)


def _remark(change: _Change, card: Scorecard) -> dict[str, Any] | None:
    """What the reviewer says now, as the tool's page prints it."""
    remark = card.remarks.get((change.after or {}).get("reviewer_id", 0))
    if remark is None:
        return None
    return {
        "reviewer_id": remark.seat.pk,
        **_by(remark.seat),
        "verdict": remark.verdict,
        "verdict_text": word_text(remark.verdict),
        "headline": remark.headline,
        "receipt": change.last.get_absolute_url(),
    }


def _changed(changes: Sequence[_Change], shelf: _Shelf) -> Iterator[Finding]:
    """Verdicts that readers had seen and that are others now, or none."""
    for change in changes:
        card = shelf.cards.get(change.last.tool_id or 0)
        old, new = change.before, change.after
        if card is None or old is None or (new and old["verdict"] == new["verdict"]):
            continue
        remark = card.remarks.get(old["reviewer_id"])
        if new and remark is None:
            continue
        name = remark.seat.name if remark else change.last.about["reviewer"]
        texts = {"before_text": word_text(old["verdict"]), "after_text": word_text(new["verdict"]) if new else ""}
        by = _by(remark.seat) if remark else _by_key(old["reviewer_id"], name, shelf)
        found = {
            **_side(card),
            **by,
            **texts,
            "before": old["verdict"],
            "after": new["verdict"] if new else None,
            "headline": remark.headline if new and remark else "",
            "text": _turn_text(name, texts),
            "reason": change.reason,
            "at": _moment(change),
            "receipt": change.last.get_absolute_url(),
            "touches": _touches(card, [old["reviewer_id"]]),
        }
        yield Finding(Block.Kind.CHANGED, f"review:{change.last.piece}", found)


def _turn_text(name: str, texts: Mapping[str, str]) -> str:
    words = {"reviewer": name, "before": texts["before_text"].upper(), "after": texts["after_text"].upper()}
    if not texts["after_text"]:
        return _("%(reviewer)s takes %(verdict)s back.") % {"reviewer": name, "verdict": words["before"]}
    return _("%(reviewer)s moves from %(before)s to %(after)s.") % words


def _prices(changes: Sequence[_Change], shelf: _Shelf) -> Iterator[Finding]:
    """Plans that cost something else now; one that is new or gone has no other price to compare."""
    for change in changes:
        card, old, new = shelf.cards.get(change.last.tool_id or 0), change.before, change.after
        if card is None or old is None or new is None:
            continue
        before, after = _price_text(old), _price_text(new)
        if before == after:
            continue
        found = {
            **_side(card),
            "plan": new["name"],
            "before": before,
            "after": after,
            "text": _("%(before)s to %(after)s") % {"before": before, "after": after},
            "reason": change.reason,
            "at": _moment(change),
            "receipt": change.last.get_absolute_url(),
            "touches": _touches(card),
        }
        yield Finding(Block.Kind.PRICE, f"plan:{change.last.piece}", found)


def _price_text(plan: Mapping[str, Any]) -> str:
    return Cost(**{part: plan[part] for part in ("name", "amount", "currency", "period", "unit", "position")}).text


def _read_mover(since: datetime) -> tuple[Any, ...] | None:
    """(tool, ship, skip, day) of the tool whose community moved furthest, as it stood before; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVER, {"day": since.astimezone(UTC).date(), "needed": VOTES_NEEDED})
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _mover(row: tuple[Any, ...] | None, shelf: _Shelf, since: datetime, now: datetime) -> Iterator[Finding]:
    card = shelf.cards.get(row[0]) if row else None
    if row is None or card is None:
        return
    then, today = Community(row[1], row[2]), card.tool.community
    if not today.is_shown or then.percent == today.percent:
        return  # nothing that a reader of whole percents would see
    words = _("%(before)s of %(before_total)s votes a week ago, %(after)s of %(after_total)s now.")
    told = {"before": then.headline, "before_total": then.total, "after": today.headline, "after_total": today.total}
    found = {
        **_side(card),
        "before": {**_crowd(then), "since": row[3].isoformat()},
        "after": {**_crowd(today), "until": now.astimezone(UTC).isoformat()},
        "text": words % told,
        "at": now.astimezone(UTC).isoformat(),
        "touches": _touches(card),
    }
    yield Finding(Block.Kind.MOVER, f"tool:{card.tool.pk}", found)


def _read_comparison(issue: Issue) -> tuple[int, ...]:
    """(comparison, tool, tool): the newest featured one that no issue before had, else the newest; two queries."""
    had = Block.objects.filter(issue__number__lt=issue.number, kind=Block.Kind.COMPARISON, is_dropped=False)
    told = set(had.values_list("about", flat=True))
    featured = Comparison.objects.published().between_published_tools().filter(is_featured=True).prominent_first()
    rows = list(featured.values_list("pk", "first_tool_id", "second_tool_id")[:50])
    fresh = [row for row in rows if f"comparison:{row[0]}" not in told]
    return next(iter(fresh or rows), ())


def _comparison(row: Sequence[int], shelf: _Shelf) -> Iterator[Finding]:
    cards = [shelf.cards[key] for key in row[1:] if key in shelf.cards]
    if len(cards) != 2:
        return
    cards.sort(key=lambda card: card.tool.slug)
    pair = Pair(cards[0], cards[1], shelf.seats)
    touches = [_touches(card) for card in cards]
    found = {
        "name": _("%(first)s vs %(second)s") % {"first": cards[0].tool.name, "second": cards[1].tool.name},
        "path": pair_url(*(card.tool.slug for card in cards)),
        "text": pair.finding.text,
        "tools": [_side(card) for card in cards],
        "at": None,
        "touches": {part: sorted({key for one in touches for key in one[part]}) for part in touches[0]},
    }
    yield Finding(Block.Kind.COMPARISON, f"comparison:{row[0]}", found)


def _side(card: Scorecard) -> dict[str, Any]:
    """What every block says of its tool."""
    tool, panel = card.tool, card.panel
    named = {part: getattr(tool, part) for part in ("slug", "name", "tagline", "category_slug")}
    return {
        "tool": {"id": tool.pk, **named, "path": tool.url, "category": tool.category_name},
        "panel": {
            "word": str(panel.word),
            "word_text": word_text(panel.word),
            "percent": panel.percent,
            "ship": panel.ship_count,
            "total": panel.review_count,
            "count_text": panel.count_text,
        },
        "community": _crowd(tool.community),
        "entry": card.entry,
    }


def _crowd(crowd: Community) -> dict[str, Any]:
    counts = {"ship": crowd.ship, "total": crowd.total, "is_shown": crowd.is_shown}
    return {**counts, "percent": crowd.percent, "count_text": crowd.count_text}


def _by(seat: Seat) -> dict[str, str]:
    return {"reviewer": seat.name, "reviewer_slug": seat.slug, "reviewer_path": path_of("reviewer", seat.slug)}


def _by_key(key: int, name: str, shelf: _Shelf) -> dict[str, str]:
    """Somebody who took a verdict back may have left the panel: then there is a name and no page to lead to."""
    seat = next((seat for seat in shelf.seats if seat.pk == key), None)
    return _by(seat) if seat else {"reviewer": name, "reviewer_slug": "", "reviewer_path": ""}


def _touches(card: Scorecard, reviewers: Iterable[int] = ()) -> dict[str, list[int]]:
    return {"tools": [card.tool.pk], "categories": [card.tool.category_id], "reviewers": sorted(set(reviewers))}


def _moment(change: _Change) -> str:
    return change.last.effective_at.astimezone(UTC).isoformat()
