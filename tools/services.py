"""Every write to categories, tools, plans, criteria and facts beyond one plain row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from editorial import services as editorial
from editorial.services import put
from tools.asks.telling import tell_after_commit
from tools.models import Category, Criterion, Fact, FormerSlug, Plan, Tool


def publish_tool(tool: Tool, *, at: datetime | None = None, reason: str = "", by: User | None = None) -> None:
    """Publish now, or at a moment to come. Those who asked for it are told once it is public."""
    editorial.publish(tool, at=at, reason=reason, by=by)
    tell_after_commit()


def close_tool(gone: Tool, kept: Tool, *, by: User | None) -> None:
    """Take a tool off the list for good: its addresses lead to the other, and so do those that led to it before.

    A draft that nobody has seen has no address to lead on, and stays one.
    """
    gone.merged_into, gone.changed_by = kept, by
    if gone.published_at is not None:
        gone.status = Tool.Status.WITHDRAWN
    gone.save(update_fields=["merged_into", "status", "changed_by", "updated_at"])
    Tool.objects.filter(merged_into=gone).update(merged_into=kept, updated_at=timezone.now())


@transaction.atomic
def link_merged(merged: Mapping[str, str]) -> None:
    """Note, by address, which tools became part of which: of a publication that was merged elsewhere.

    A tool that is public here is left alone.
    """
    named = {tool.slug: tool for tool in Tool.objects.filter(slug__in=[*merged, *merged.values()])}
    for slug, into in merged.items():
        gone = Tool.objects.filter(slug=slug, merged_into=None).exclude(status__in=("published", "scheduled"))
        gone.update(merged_into=named[into].merged_into_id or named[into])


def put_categories(categories: Sequence[Category]) -> dict[str, int]:
    return put(
        categories,
        fields=("name", "description"),
        find=lambda category: category.slug,
        existing=Category.objects.filter(slug__in=[category.slug for category in categories]),
    ).counts


def put_criteria(criteria: Sequence[Criterion]) -> dict[str, int]:
    return put(
        criteria,
        fields=("name", "kind", "unit", "help", "good_for_days", "position"),
        find=lambda criterion: criterion.slug,
        existing=Criterion.objects.filter(slug__in=[criterion.slug for criterion in criteria]),
    ).counts


@transaction.atomic
def put_tools(
    tools: Sequence[Tool],
    plans: Sequence[Plan],
    facts: Sequence[Fact],
    formerly: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, int]:
    """Create or update tools by slug, their plans by name and their facts by criterion. Nothing is deleted.

    `formerly` names, by slug, the addresses that a tool has left: a tool that is stored at one of them is renamed. A
    plan or fact points at its tool by the unsaved `Tool` of the same call. Returns the counts of the tools; one whose
    plans or facts changed is an updated one.
    """
    left = {old: slug for slug, slugs in (formerly or {}).items() for old in slugs}
    stored = {tool.slug: tool for tool in Tool.objects.filter(slug__in=[*(tool.slug for tool in tools), *left])}
    changes = put(
        tools,
        fields=(
            *("slug", "name", "maker", "tagline", "category_id", "website", "licence", "launched_on", "description"),
            *("status", "published_at"),
        ),
        find=lambda tool: tool.slug if tool.slug not in left or left[tool.slug] in stored else left[tool.slug],
        existing=stored.values(),
    )
    keys = {tool.slug: tool.pk for tool in tools}
    FormerSlug.objects.bulk_create(
        [FormerSlug(slug=old, tool_id=keys[slug]) for old, slug in left.items()], ignore_conflicts=True
    )
    parts: list[Plan | Fact] = [*plans, *facts]
    for part in parts:
        part.tool_id = part.tool.pk
    touched = _put_parts(tools, plans, facts) - {tool.pk for tool in (*changes.created, *changes.updated)}
    touch_tools(touched)
    tell_after_commit()
    counts = changes.counts
    return {**counts, "updated": counts["updated"] + len(touched), "unchanged": counts["unchanged"] - len(touched)}


def touch_tools(keys: Iterable[int]) -> None:
    """Note that what a tool's page says has changed, although the tool's own row has not."""
    Tool.objects.filter(pk__in=list(keys)).update(updated_at=timezone.now())


def _put_parts(tools: Sequence[Tool], plans: Sequence[Plan], facts: Sequence[Fact]) -> set[int]:
    """Create or update plans and facts; returns the keys of the tools for which that changed anything."""
    plan_changes = put(
        plans,
        fields=("amount", "currency", "period", "unit", "note", "source", "checked_on", "position"),
        find=lambda plan: (plan.tool_id, plan.name),
        existing=Plan.objects.filter(tool__in=tools),
    )
    fact_changes = put(
        facts,
        fields=("value", "note", "source", "checked_on"),
        find=lambda fact: (fact.tool_id, fact.criterion_id),
        existing=Fact.objects.filter(tool__in=tools),
    )
    changed = (plan_changes.created, plan_changes.updated, fact_changes.created, fact_changes.updated)
    return {part.tool_id for parts in changed for part in parts}
