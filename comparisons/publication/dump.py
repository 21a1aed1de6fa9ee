"""Dump the publication to a folder, in the one form that loading and dumping again gives back byte for byte."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.db import connection, transaction

from comparisons.models import Comparison
from comparisons.publication.folder import WELCOME
from editorial.models import Page, Publishable
from reviews.models import Review, Reviewer
from tools.models import Category, Criterion, Fact, Plan, Tool

CHUNK = 200


@dataclass(slots=True)
class Dumped:
    """How many files were written, and which Markdown or YAML files in the folder are not part of the publication."""

    count: int = 0
    strangers: list[str] = field(default_factory=list)


def dump_publication(root: Path) -> Dumped:
    """Write every file anew, each in one step, as the database was at one moment.

    Files that are not part of the publication are left and named.
    """
    written: set[Path] = set()
    with transaction.atomic(durable=not connection.in_atomic_block):
        if not connection.savepoint_ids:
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _write(root, written)
    here = {path for ending in ("md", "yaml") for path in root.rglob(f"*.{ending}")}
    ours = written | {root / name for name in WELCOME}
    strangers = (path.relative_to(root) for path in here - ours)
    return Dumped(len(written), sorted(path.as_posix() for path in strangers if not path.as_posix().startswith(".")))


def _write(root: Path, written: set[Path]) -> None:
    for name, text in _files():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, path)
        written.add(path)


def _files() -> Iterator[tuple[str, str]]:
    yield "categories.yaml", _yaml([_category(row) for row in Category.objects.order_by("slug")])
    yield "criteria.yaml", _yaml([_criterion(row) for row in Criterion.objects.order_by("position", "name")])
    yield "reviewers.yaml", _yaml([_reviewer(row) for row in Reviewer.objects.order_by("position", "pk")])
    for page in Page.objects.order_by("slug"):
        yield f"pages/{page.slug}.md", _markdown({"title": page.title, **_dates(page)}, page.body)
    tools = (
        Tool.objects.order_by("slug")
        .select_related("category", "merged_into")
        .prefetch_related("plans", "facts__criterion", "former_slugs")
    )
    for tool in tools.iterator(chunk_size=CHUNK):
        yield f"tools/{tool.slug}.md", _markdown(_tool(tool), tool.description)
    for review in _current_reviews():
        front = {"verdict": review.verdict, "headline": review.headline, **_dates(review)}
        yield f"reviews/{review.tool.slug}/{review.reviewer.slug}.md", _markdown(front, review.body)
    comparisons = Comparison.objects.select_related("first_tool", "second_tool").order_by("pk")
    for comparison in comparisons.iterator(chunk_size=CHUNK):
        name = f"{comparison.first_tool.slug}-vs-{comparison.second_tool.slug}"
        yield f"comparisons/{name}.md", _markdown(_comparison(comparison), comparison.summary)


def _current_reviews() -> Iterator[Review]:
    """One review for each reviewer and tool: the current one, else the one withdrawn last."""
    reviews = Review.objects.select_related("tool", "reviewer").order_by("tool_id", "reviewer_id", "-pk")
    best: Review | None = None
    for review in reviews.iterator(chunk_size=CHUNK):
        if best and (best.tool_id, best.reviewer_id) != (review.tool_id, review.reviewer_id):
            yield best
            best = None
        if best is None or review.status != Review.Status.WITHDRAWN:
            best = review
    if best:
        yield best


def _category(row: Category) -> dict[str, Any]:
    return _given(slug=row.slug, name=row.name, description=row.description)


def _criterion(row: Criterion) -> dict[str, Any]:
    parts = ("slug", "name", "kind", "unit", "help", "good_for_days")
    return _given(**{part: getattr(row, part) for part in parts})


def _reviewer(row: Reviewer) -> dict[str, Any]:
    return _given(
        slug=row.slug,
        name=row.name,
        lens=row.lens,
        motto=row.motto,
        excites=row.excites.splitlines(),
        tires=row.tires.splitlines(),
        emblem=row.emblem,
        written_by=row.written_by,
        disclosure=row.disclosure,
        joined_on=row.joined_on,
        active=None if row.is_active else False,
    )


def _tool(tool: Tool) -> dict[str, Any]:
    return _given(
        name=tool.name,
        maker=tool.maker,
        tagline=tool.tagline,
        category=tool.category.slug,
        merged_into=tool.merged_into.slug if tool.merged_into else None,
        formerly=sorted(former.slug for former in tool.former_slugs.all()),
        website=tool.website,
        licence=tool.licence,
        launched_on=tool.launched_on,
        plans=[_plan(plan) for plan in tool.plans.all()],
        facts={fact.criterion.slug: _fact(fact) for fact in tool.facts.all()},
        **_dates(tool),
    )


def _plan(plan: Plan) -> dict[str, Any]:
    return _given(
        name=plan.name,
        amount=_number(plan.amount),
        currency=plan.currency,
        period=plan.period,
        unit=plan.unit,
        note=plan.note,
        source=plan.source,
        checked_on=plan.checked_on,
    )


def _fact(fact: Fact) -> dict[str, Any]:
    is_number = fact.criterion.kind == Criterion.Kind.NUMBER
    value = _number(Decimal(fact.value)) if is_number else fact.value
    return _given(value=value, note=fact.note, source=fact.source, checked_on=fact.checked_on)


def _comparison(row: Comparison) -> dict[str, Any]:
    return _given(
        choose_first_if=row.choose_first_if.splitlines(),
        choose_second_if=row.choose_second_if.splitlines(),
        featured=row.is_featured,
        **_dates(row),
    )


def _dates(piece: Publishable) -> dict[str, Any]:
    """The publication date, and the status where it is not simply published."""
    plain = piece.status in (Publishable.Status.PUBLISHED, Publishable.Status.SCHEDULED)
    return _given(status=None if plain else piece.status, published_at=piece.published_at)


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


class _Plain(str):
    """Text that is written as it stands, without quotes: numbers."""


def _number(number: Decimal | None) -> _Plain | None:
    return None if number is None else _Plain(format(number.normalize(), "f"))


class _Dumper(yaml.SafeDumper):
    """Block style, keys in our order, lists indented below their key, nothing folded."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002
        super().increase_indent(flow=flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_plain(dumper: yaml.SafeDumper, text: _Plain) -> yaml.ScalarNode:
    kind = "float" if "." in text else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", str(text))


def _represent_moment(dumper: yaml.SafeDumper, moment: datetime) -> yaml.ScalarNode:
    text = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", text)


def _represent_date(dumper: yaml.SafeDumper, day: date) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", day.isoformat())


_Dumper.add_representer(_Plain, _represent_plain)
_Dumper.add_representer(datetime, _represent_moment)
_Dumper.add_representer(date, _represent_date)


def _yaml(value: Any) -> str:
    if not value:
        return ""
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**9))


def _markdown(front: dict[str, Any], body: str) -> str:
    text = "\n".join(body.strip().splitlines())
    return f"---\n{_yaml(front)}---\n" + (f"\n{text}\n" if text else "")
