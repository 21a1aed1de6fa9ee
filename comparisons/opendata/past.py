"""A tool on a day gone by, rebuilt from receipts, as a record."""

from __future__ import annotations

from comparisons.opendata.plain import address, day_text, moment_text
from comparisons.opendata.records import Record, panel_record, plan_parts
from comparisons.receipts.days import PastPage
from comparisons.scorecards import FactLine, Remark


def past_tool_record(past: PastPage) -> Record:
    """What its page of that day says, votes apart: they leave no receipts."""
    (card,) = past.cards
    tool = card.tool
    return {
        "as_of": day_text(past.day),
        "is_today": past.is_today,
        "was_entered_later": past.rebuilt.was_entered_later,
        "id": tool.pk,
        **{part: getattr(tool, part) for part in ("slug", "name", "maker", "tagline", "description")},
        **{part: getattr(tool, part) for part in ("website", "licence")},
        "launched_on": day_text(tool.launched_on),
        "published_at": moment_text(tool.published_at),
        "category": {"id": tool.category_id, "slug": tool.category_slug, "name": tool.category_name},
        "plans": [plan_parts(plan) for plan in card.plans],
        "facts": [_fact(fact) for fact in card.facts.values()],
        "entry_price": {"text": card.entry},
        "panel": panel_record(card.panel),
        "reviews": [_review(remark) for remark in card.remarks.values()],
        "url": address(f"{tool.url}?as_of={day_text(past.day)}"),
    }


def _fact(fact: FactLine) -> Record:
    return {
        "slug": fact.slug,
        "name": fact.label,
        "text": fact.text,
        "source": fact.source,
        "checked_on": day_text(fact.checked_on),
    }


def _review(remark: Remark) -> Record:
    seat = remark.seat
    return {
        "reviewer": {"id": seat.pk, "slug": seat.slug, "name": seat.name},
        **{part: getattr(remark, part) for part in ("verdict", "headline", "body")},
        "published_at": moment_text(remark.reviewed_at),
    }
