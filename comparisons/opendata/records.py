"""One function a collection: rows of the database in, plain records out.

The API and the dump both write what stands here, so that they cannot differ. Every word and figure comes from the
function that the pages ask; a record holds what is public and nothing else. Each collection reads a page in a fixed
number of queries, however many rows there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse

from comparisons.models import Comparison, Receipt
from comparisons.opendata.plain import address, content, day_text, moment_text, price_digits
from comparisons.records import Record as Signed
from comparisons.records import load_records
from reviews.models import Review, Reviewer
from reviews.verdicts import Panel
from tools.facts import value_text
from tools.freshness import limit, price_limit
from tools.models import Category, Criterion, Fact, Plan, Tool
from tools.pricing import UNKNOWN_PRICE, Priced, entry_plan, price_text
from votes.intervals import VOTES_NEEDED, Community
from votes.models import Crowd
from votes.services import communities

Record = dict[str, Any]


def tool_records(tools: Sequence[Tool]) -> list[Record]:
    """Four queries: plans, facts, verdicts and votes."""
    keys = [tool.pk for tool in tools]
    plans = _by_tool(Plan.objects.filter(tool_id__any_of=keys).order_by("position", "pk"))
    facts = _by_tool(
        Fact.objects.filter(tool_id__any_of=keys)
        .select_related("criterion")
        .order_by("criterion__position", "criterion__name")
    )
    reviews = _by_tool(Review.objects.published().filter(tool_id__any_of=keys).order_by("pk"))
    crowds = communities(keys)
    return [
        {
            **named(tool),
            **{part: getattr(tool, part) for part in ("maker", "tagline", "description", "website", "licence")},
            "launched_on": day_text(tool.launched_on),
            "published_at": moment_text(tool.published_at),
            "url": address(tool.get_absolute_url()),
            "category": named(tool.category),
            "plans": [_plan(plan) for plan in plans[tool.pk]],
            "facts": [_fact(fact) for fact in facts[tool.pk]],
            "entry_price": _entry(plans[tool.pk]),
            "panel": panel_record(_panel(reviews[tool.pk])),
            "reviewed_at": _newest(reviews[tool.pk]),
            "community": community_record(_community(crowds, tool.pk)),
        }
        for tool in tools
    ]


def review_records(reviews: Sequence[Review]) -> list[Record]:
    return [
        {
            "id": review.pk,
            "tool": named(review.tool),
            "reviewer": named(review.reviewer),
            **{part: getattr(review, part) for part in ("verdict", "headline", "body")},
            "published_at": moment_text(review.published_at),
            "url": address(review.tool.get_absolute_url()),
        }
        for review in reviews
    ]


def reviewer_records(reviewers: Sequence[Reviewer]) -> list[Record]:
    """Two queries: what they have signed, as it was counted last."""
    signed = load_records(reviewer.pk for reviewer in reviewers)
    own = ("lens", "motto", "emblem", "written_by", "disclosure", "is_active", "position")
    return [
        {
            **named(reviewer),
            **{part: getattr(reviewer, part) for part in own},
            "excites": reviewer.excites.splitlines(),
            "tires": reviewer.tires.splitlines(),
            "joined_on": day_text(reviewer.joined_on),
            "url": address(reviewer.get_absolute_url()),
            "record": _signed(signed[reviewer.pk]),
        }
        for reviewer in reviewers
    ]


def comparison_records(pairs: Sequence[Comparison]) -> list[Record]:
    return [
        {
            "id": pair.pk,
            "address": pair.get_absolute_url().rstrip("/").rpartition("/")[2],
            "first_tool": named(pair.first_tool),
            "second_tool": named(pair.second_tool),
            "summary": pair.summary,
            "choose_first_if": pair.choose_first_if.splitlines(),
            "choose_second_if": pair.choose_second_if.splitlines(),
            "is_featured": pair.is_featured,
            "published_at": moment_text(pair.published_at),
            "url": address(pair.get_absolute_url()),
        }
        for pair in pairs
    ]


def tally_records(tools: Sequence[Tool]) -> list[Record]:
    """Every public tool's votes, those of accounts and those that are shown apart; one query."""
    crowds = communities([tool.pk for tool in tools])
    return [
        {
            "id": tool.pk,
            "tool": named(tool),
            "account": community_record(_community(crowds, tool.pk)),
            "passing": _passing(crowds.get(tool.pk, {}).get(Crowd.PASSING, Community())),
        }
        for tool in tools
    ]


def receipt_records(receipts: Sequence[Receipt]) -> list[Record]:
    return [
        {
            "id": receipt.pk,
            **{part: getattr(receipt, part) for part in ("kind", "piece", "act")},
            **{part: getattr(receipt, part) for part in ("tool_id", "other_tool_id", "category_id", "reviewer_id")},
            "about": receipt.about,
            "before": content(receipt.before),
            "after": content(receipt.after),
            "reason": receipt.reason,
            "recorded_at": moment_text(receipt.recorded_at),
            "effective_at": moment_text(receipt.effective_at),
            "url": address(receipt.get_absolute_url()),
        }
        for receipt in receipts
    ]


def category_records(categories: Sequence[Category]) -> list[Record]:
    return [
        {
            **named(category),
            "description": category.description,
            "url": address(reverse("category", args=[category.slug])),
        }
        for category in categories
    ]


def criterion_records(criteria: Sequence[Criterion]) -> list[Record]:
    parts = ("kind", "unit", "help", "position")
    return [{**named(criterion), **{part: getattr(criterion, part) for part in parts}} for criterion in criteria]


def named(row: Any) -> Record:
    """How a record refers to another: the id that stays, the address and the name of today."""
    return {"id": row.pk, "slug": row.slug, "name": row.name}


def panel_record(panel: Panel) -> Record:
    return {
        "ship": panel.ship_count,
        "total": panel.review_count,
        "share": panel.percent,
        "word": panel.word.value,
        "text": panel.count_text,
    }


def community_record(community: Community) -> Record:
    """As a page puts it: below ten votes nothing but how many there are."""
    low, high = community.interval or (None, None)
    return {
        "ship": community.ship if community.is_shown else None,
        "skip": community.skip if community.is_shown else None,
        "total": community.total,
        "share": community.percent,
        "low": low,
        "high": high,
        "is_shown": community.is_shown,
        "needed": VOTES_NEEDED,
    }


def plan_parts(plan: Any) -> Record:
    """What a page says of a plan, now or on a day gone by."""
    return {
        "name": plan.name,
        "amount": None if plan.amount is None else price_digits(plan.amount),
        **{part: getattr(plan, part) for part in ("currency", "period", "unit", "note", "source")},
        "checked_on": day_text(plan.checked_on),
        "price": price_text(plan),
    }


def _plan(plan: Plan) -> Record:
    return {
        "id": plan.pk,
        **plan_parts(plan),
        "good_for_days": price_limit(),
        "position": plan.position,
    }


def _fact(fact: Fact) -> Record:
    criterion = fact.criterion
    return {
        "id": fact.pk,
        "criterion": {**named(criterion), "kind": criterion.kind, "unit": criterion.unit},
        "value": fact.value,
        "note": fact.note,
        "text": value_text(criterion.kind, fact.value, criterion.unit, fact.note),
        "source": fact.source,
        "checked_on": day_text(fact.checked_on),
        "good_for_days": limit(criterion.good_for_days),
    }


def _entry(plans: Iterable[Priced]) -> Record:
    plan: Any = entry_plan(plans)
    return {"text": price_text(plan) if plan else UNKNOWN_PRICE, "plan_id": plan.pk if plan else None}


def _panel(reviews: Sequence[Review]) -> Panel:
    return Panel(sum(review.verdict == Review.Verdict.SHIP for review in reviews), len(reviews))


def _newest(reviews: Sequence[Review]) -> str | None:
    """When the newest of them appeared."""
    return moment_text(max((review.published_at for review in reviews if review.published_at), default=None))


def _community(crowds: Mapping[int, Mapping[str, Community]], tool: int) -> Community:
    return crowds.get(tool, {}).get(Crowd.ACCOUNT, Community())


def _passing(passing: Community) -> Record:
    """Pages print these two numbers and make no share of them."""
    return {"ship": passing.ship, "skip": passing.skip, "total": passing.total}


def _signed(signed: Signed) -> Record:
    return {
        "ship": signed.ship_count,
        "total": signed.review_count,
        "share": signed.percent,
        "settled": signed.settled,
        "dissents": signed.dissents,
        "dissent_share": signed.dissent_percent,
        "shown": signed.shown,
        "agreed": signed.agreed,
        "agreement_share": signed.agreement_percent,
        "reversals": signed.reversals,
    }


def _by_tool[Row: (Plan, Fact, Review)](rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.tool_id].append(row)
    return found
