"""One tool becomes part of another: all that hangs on it goes along, and all of its addresses lead there.

All or nothing, and nothing is deleted. Locks are taken in one order (asks, votes, reviews, comparisons, tools,
standings), so that whoever votes, asks or edits meanwhile waits and then finds what the tools have become.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from comparisons.models import Comparison, Merge, ToolStanding
from editorial.permissions import OUT, has_right
from editorial.reasons import because, clean_reason
from reviews import merging as reviews
from reviews.models import Review
from tools import merging as papers
from tools.asks.asking import ledger
from tools.merging import Clash
from tools.models import Tool, WantedTool
from tools.services import close_tool
from votes.services import VotesToMerge, count_votes, have_polls_alone, merge_votes


class CannotMergeError(Exception):
    """What is in the way, as sentences an editor can act on. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Merging:
    """What a merge would do. `refusals` say why it cannot; the rest is what goes along and what stays behind."""

    gone: Tool
    kept: Tool
    refusals: Sequence[str]
    clashes: Sequence[Clash]
    plan_count: int
    fact_count: int
    reviews: Sequence[Review]
    reviews_left: Sequence[Review]
    pairs: Sequence[Comparison]
    pairs_left: Sequence[Comparison]
    votes: VotesToMerge
    ask_count: int
    addresses: Sequence[str]

    @property
    def differing(self) -> list[Clash]:
        """Prices and facts of which somebody has to say whose is right."""
        return [clash for clash in self.clashes if not clash.is_same]

    @property
    def counts(self) -> dict[str, int]:
        """In numbers, for the record."""
        return {
            "prices": self.plan_count,
            "facts": self.fact_count,
            "reviews": len(self.reviews),
            "reviews left": len(self.reviews_left),
            "comparisons": len(self.pairs),
            "comparisons left": len(self.pairs_left),
            "votes": self.votes.moved,
            "votes of readers who had voted on both": self.votes.doubled,
            "asks": self.ask_count,
        }


def look_ahead(gone: Tool, kept: Tool, *, by: User | None) -> Merging:
    """What it would mean that one tool becomes part of the other; changes nothing."""
    moving, staying = reviews.sort_reviews(gone, kept)
    pairs, pairs_left = _sort_pairs(gone, kept)
    clashes = papers.find_clashes(gone, kept)
    plans = sum(clash.key.startswith("plan") for clash in clashes)
    return Merging(
        *(gone, kept, [*papers.why_not(gone, kept, by=by), *reviews.why_not(gone, kept)], clashes),
        plan_count=gone.plans.count() - plans,
        fact_count=gone.facts.count() - (len(clashes) - plans),
        reviews=moving,
        reviews_left=staying,
        pairs=pairs,
        pairs_left=pairs_left,
        votes=count_votes(gone, kept),
        ask_count=WantedTool.objects.filter(tool=gone).count(),
        addresses=_addresses(gone),
    )


def merge_tools(
    gone: Tool, kept: Tool, *, by: User | None, reason: str, theirs: Collection[str] | None = None
) -> Merge:
    """Make one tool part of another, for good; CannotMergeError when something forbids it.

    `theirs` are the keys of the clashes in which the values of `gone` replace those of `kept`; None means those that
    were checked later. The reason is printed on every receipt. PermissionDenied for whoever may not publish tools.
    """
    if by and not has_right(by, "publish", Tool):
        raise PermissionDenied
    said = clean_reason(reason)
    if not said:
        raise CannotMergeError(_("Give the reason: readers find it on the receipts of both tools."))
    with because(said), _held(gone, kept):
        gone.refresh_from_db()
        kept.refresh_from_db()
        ahead = look_ahead(gone, kept, by=by)
        if ahead.refusals:
            raise CannotMergeError(" ".join(ahead.refusals))
        chosen = {clash.key for clash in ahead.clashes if clash.is_theirs_newer} if theirs is None else theirs
        _move(ahead, theirs=chosen, by=by, reason=said)
        return Merge.objects.create(gone=gone, kept=kept, reason=said, counts=ahead.counts, by=by)


def _move(ahead: Merging, *, theirs: Collection[str], by: User | None, reason: str) -> None:
    """The tool goes first, so that what hung on it leaves with it, and then comes up where it belongs now."""
    gone, kept = ahead.gone, ahead.kept
    merge_votes(gone, kept, by=by, reason=reason)
    close_tool(gone, kept, by=by)
    papers.move_papers(gone, kept, theirs=theirs)
    reviews.move_reviews(gone, kept)
    _move_pairs(ahead)
    papers.move_asks(gone, kept)
    kept.changed_by = by
    kept.save(update_fields=["changed_by", "updated_at"])


@contextmanager
def _held(gone: Tool, kept: Tool) -> Iterator[None]:
    """Everything that a merge touches, and nobody else until it is done. `ledger` is the transaction."""
    keys = [gone.pk, kept.pk]
    with ledger():
        have_polls_alone(keys)
        reviews.lock_reviews(keys)
        partners = {key for pair in _lock_pairs(keys) for key in pair}
        list(Tool.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk").values_list("pk"))
        reviews.lock_reviews(keys)  # what was entered while we waited
        partners |= {key for pair in _lock_pairs(keys) for key in pair} | set(keys)
        standings = ToolStanding.objects.select_for_update().filter(pk__in=partners)
        list(standings.order_by("pk").values_list("pk"))
        yield


def _lock_pairs(keys: Sequence[int]) -> list[tuple[int, int]]:
    named = Comparison.objects.select_for_update(of=("self",)).filter(Q(first_tool__in=keys) | Q(second_tool__in=keys))
    return list(named.order_by("pk").values_list("first_tool_id", "second_tool_id"))


def _sort_pairs(gone: Tool, kept: Tool) -> tuple[list[Comparison], list[Comparison]]:
    """The comparisons that go along, and those that stay: of the two tools, and of a pair that has one already."""
    pairs = _pairs_of(gone)
    there = {_other(pair, kept).pk for pair in _pairs_of(kept)} | {kept.pk}
    moving = [pair for pair in pairs if _other(pair, gone).pk not in there]
    return moving, [pair for pair in pairs if _other(pair, gone).pk in there]


def _pairs_of(tool: Tool) -> list[Comparison]:
    named = Comparison.objects.filter(Q(first_tool=tool) | Q(second_tool=tool))
    return list(named.select_related("first_tool", "second_tool").order_by("pk"))


def _other(pair: Comparison, tool: Tool) -> Tool:
    return pair.second_tool if pair.first_tool_id == tool.pk else pair.first_tool


def _move_pairs(ahead: Merging) -> None:
    """The words follow their tools: what was written for the first may be for the second now."""
    for pair in ahead.pairs:
        words = {pair.first_tool_id: pair.choose_first_if, pair.second_tool_id: pair.choose_second_if}
        other = _other(pair, ahead.gone)
        words[ahead.kept.pk] = words[ahead.gone.pk]
        pair.first_tool, pair.second_tool = sorted((ahead.kept, other), key=lambda tool: tool.slug)
        pair.choose_first_if, pair.choose_second_if = words[pair.first_tool_id], words[pair.second_tool_id]
        pair.save(
            update_fields=["first_tool", "second_tool", "choose_first_if", "choose_second_if", "updated_at"],
        )
    left: Any = Comparison.objects.filter(pk__in=[pair.pk for pair in ahead.pairs_left], status__in=OUT)
    left.update(status=Comparison.Status.WITHDRAWN, updated_at=timezone.now())


def _addresses(gone: Tool) -> list[str]:
    """Every address that leads to the other tool from then on; none of a draft that nobody has seen."""
    if gone.published_at is None:
        return []
    merged = Tool.objects.filter(merged_into=gone).values_list("slug", flat=True)
    former = gone.former_slugs.order_by("slug").values_list("slug", flat=True)
    return [gone.slug, *former, *merged.order_by("slug")]
