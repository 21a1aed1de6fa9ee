"""From documents to models: what each kind of file may say, and what is wrong with what it says.

The models' own validators do the checking; this module only knows which key belongs to which field and on which line
it stood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from difflib import get_close_matches

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils import timezone

from comparisons.models import Comparison
from comparisons.publication.source import Document, Node
from editorial.models import SLUG_PATTERN, Page, Publishable
from reviews.models import Review, Reviewer
from tools.models import Category, Criterion, Fact, Plan, Tool

STATUSES = ("published", "draft", "in_review", "withdrawn")
_TRUE, _FALSE = {"true", "yes", "on"}, {"false", "no", "off"}


@dataclass(slots=True)
class References:
    """What a file may point at: rows that are stored already, and those the folder brings."""

    categories: dict[str, Category] = field(default_factory=dict)
    criteria: dict[str, Criterion] = field(default_factory=dict)
    reviewers: dict[str, Reviewer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spec:
    """The keys of one kind of entry: key to field name; lists of lines; which must be there."""

    fields: Mapping[str, str]
    required: frozenset[str]
    lines: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()  # read elsewhere


def _spec(
    names: str, required: str, *, lines: str = "", others: str = "", renamed: Mapping[str, str] | None = None
) -> Spec:
    keys = {name: name for name in names.split()} | dict(renamed or {})
    return Spec(keys, frozenset(required.split()), frozenset(lines.split()), frozenset(others.split()))


CATEGORY = _spec("slug name description", "slug name")
CRITERION = _spec("slug name kind unit help good_for_days", "slug name kind")
REVIEWER = _spec(
    "slug name lens motto excites tires emblem written_by disclosure joined_on",
    "slug name lens motto emblem written_by disclosure",
    lines="excites tires",
    renamed={"active": "is_active"},
)
TOOL = _spec(
    "name maker tagline website licence launched_on published_at",
    "name maker tagline category website",
    others="category formerly merged_into plans facts status",
)
PLAN = _spec("name amount currency period unit note source checked_on", "name period source checked_on")
FACT = _spec("value note source checked_on", "value source checked_on")
REVIEW = _spec("verdict headline published_at", "verdict headline", others="status")
COMPARISON = _spec(
    "choose_first_if choose_second_if published_at",
    "",
    lines="choose_first_if choose_second_if",
    others="status",
    renamed={"featured": "is_featured"},
)
PAGE = _spec("title published_at", "title", others="status")


def read_categories(document: Document, entries: Iterable[Node]) -> list[Category]:
    return _entries(document, entries, Category, CATEGORY)


def read_criteria(document: Document, entries: Iterable[Node]) -> list[Criterion]:
    criteria = _entries(document, entries, Criterion, CRITERION)
    for position, criterion in enumerate(criteria):
        criterion.position = position
    return criteria


def read_reviewers(document: Document, entries: Iterable[Node]) -> list[Reviewer]:
    reviewers = _entries(document, entries, Reviewer, REVIEWER)
    for position, reviewer in enumerate(reviewers):
        reviewer.position = position
    return reviewers


def read_tool(document: Document, slug: str, known: References) -> tuple[Tool, list[Plan], list[Fact]]:
    tool = Tool(slug=slug, description=document.body)
    fill(document, tool, document.front, TOOL, exclude={"category"})
    _set_status(document, tool)
    category = _text(document, "category")
    if category is not None:
        if category in known.categories:
            tool.category = known.categories[category]
        else:
            document.problem(document.front["category"].line, _unknown("category", category, known.categories))
    return tool, _read_plans(document, tool), _read_facts(document, tool, known)


def read_review(document: Document, tool: Tool, reviewer: Reviewer) -> Review:
    review = Review(tool=tool, reviewer=reviewer, body=document.body)
    fill(document, review, document.front, REVIEW, exclude={"tool", "reviewer"})
    _set_status(document, review)
    return review


def read_comparison(document: Document, first: Tool, second: Tool) -> Comparison:
    comparison = Comparison(first_tool=first, second_tool=second, summary=document.body)
    fill(document, comparison, document.front, COMPARISON, exclude={"first_tool", "second_tool"})
    _set_status(document, comparison)
    return comparison


def read_page(document: Document, slug: str) -> Page:
    page = Page(slug=slug, body=document.body)
    fill(document, page, document.front, PAGE)
    _set_status(document, page)
    return page


def fill(
    document: Document,
    row: models.Model,
    given: Mapping[str, Node],
    spec: Spec,
    *,
    exclude: Iterable[str] = (),
    line: int = 1,
) -> None:
    """Set a row's fields from keys, then let the model check itself; every problem is noted with its line."""
    required = spec.required - {key for key, node in given.items() if node.value not in (None, "")}
    for key in sorted(required):
        document.problem(line, f"{key} is missing")
    allowed = {**spec.fields, **dict.fromkeys(spec.others, "")}
    for key, node in given.items():
        if key not in allowed:
            document.problem(node.line, _unknown("key", key, allowed))
        elif key in spec.fields:
            _set(document, row, key, node, spec)
    lines = {name: given[key].line for key, name in spec.fields.items() if key in given}
    keys = {name: key for key, name in spec.fields.items()}
    missing = {spec.fields[key] for key in required if key in spec.fields}
    _check(document, row, lines, keys, exclude={*exclude, *missing}, line=line)


def _set(document: Document, row: models.Model, key: str, node: Node, spec: Spec) -> None:
    name, value = spec.fields[key], node.value
    if key in spec.lines and isinstance(value, list):
        for item in value:
            if not isinstance(item.value, str) or not item.value:
                document.problem(item.line, f"{key} is a list of texts: put this one in quotes")
        value = "\n".join(str(item.value) for item in value)
    if isinstance(value, list | dict):
        document.problem(node.line, f"{key} must be a single value")
        return
    column = row._meta.get_field(name)
    if isinstance(column, models.BooleanField):
        if (value or "").lower() not in _TRUE | _FALSE:
            document.problem(node.line, f"{key} is “{value}”: write true or false")
            return
        setattr(row, name, (value or "").lower() in _TRUE)
    elif not value:
        setattr(row, name, None if column.null else "")
    else:
        setattr(row, name, value)


def _check(
    document: Document,
    row: models.Model,
    lines: Mapping[str, int],
    keys: Mapping[str, str],
    *,
    exclude: set[str],
    line: int,
) -> None:
    wrong: dict[str, list[str]] = {}
    try:
        row.clean_fields(exclude=exclude)
        row.clean()
    except ValidationError as error:
        wrong = error.message_dict
    for name, messages in wrong.items():
        key = keys.get(name, name)
        for message in messages:
            text = message if name == NON_FIELD_ERRORS else f"{key}: {_plainer(row, name, message)}"
            document.problem(lines.get(name, line), text)
    if not wrong and isinstance(row, Publishable) and row.published_at is not None:
        if not 1970 <= row.published_at.year <= 9000:
            document.problem(lines.get("published_at", line), "published_at: the year must be between 1970 and 9000")
        elif timezone.is_naive(row.published_at):
            row.published_at = row.published_at.replace(tzinfo=UTC)


def _plainer(row: models.Model, name: str, message: str) -> str:
    """Django's message, or for a choice the list of what may be chosen."""
    choices = [str(value) for value, _ in getattr(row._meta.get_field(name), "choices", None) or []]
    if choices and getattr(row, name) not in choices:
        return f"“{getattr(row, name)}” is not one of {', '.join(choices)}"
    return message


def _set_status(document: Document, piece: Publishable) -> None:
    status = _text(document, "status") or "published"
    if status not in STATUSES:
        document.problem(document.front["status"].line, f"status: “{status}” is not one of {', '.join(STATUSES)}")
        return
    piece.status = status


def read_formerly(document: Document) -> list[str]:
    """The addresses that the tool of this file has left."""
    node = document.front.get("formerly")
    slugs = [str(item.value) for item in node.value] if node and isinstance(node.value, list) else []
    if node and (not isinstance(node.value, list) or not all(re.fullmatch(SLUG_PATTERN, slug) for slug in slugs)):
        document.problem(node.line, "formerly must be a list of slugs that the tool had before")
        return []
    return slugs


def read_merged_into(document: Document) -> str:
    """The address of the tool that the one of this file became part of; empty when it did not."""
    slug = _text(document, "merged_into") or ""
    if slug and (_text(document, "status") or "published") == "published":
        line = document.front["merged_into"].line
        document.problem(line, "merged_into: a merged tool is not published: write status: withdrawn")
    return slug


def _read_plans(document: Document, tool: Tool) -> list[Plan]:
    plans: dict[str, Plan] = {}
    node = document.front.get("plans")
    items = node.value if node else []
    if node and not isinstance(items, list):
        document.problem(node.line, "plans must be a list; each plan begins with - name: ...")
        return []
    for position, item in enumerate(items if isinstance(items, list) else []):
        plan = Plan(tool=tool, position=position)
        if not isinstance(item.value, dict):
            document.problem(item.line, "a plan must be keys with values, beginning with name")
            continue
        fill(document, plan, item.value, PLAN, exclude={"tool"}, line=item.line)
        if plan.name in plans:
            document.problem(item.line, f"two plans are called {plan.name}")
        plans[plan.name] = plan
    return list(plans.values())


def _read_facts(document: Document, tool: Tool, known: References) -> list[Fact]:
    facts: list[Fact] = []
    node = document.front.get("facts")
    given = node.value if node else {}
    if node and node.value is not None and not isinstance(given, dict):
        document.problem(node.line, "facts must be keys with values: criterion-slug: {value, source, checked_on}")
        return []
    for slug, item in (given if isinstance(given, dict) else {}).items():
        if slug not in known.criteria:
            document.problem(item.line, _unknown("criterion", slug, known.criteria))
        elif not isinstance(item.value, dict):
            document.problem(item.line, f"{slug} must have value, source and checked_on")
        else:
            fact = Fact(tool=tool, criterion=known.criteria[slug])
            fill(document, fact, item.value, FACT, exclude={"tool", "criterion"}, line=item.line)
            facts.append(fact)
    return facts


def _entries[M: models.Model](document: Document, entries: Iterable[Node], model: type[M], spec: Spec) -> list[M]:
    """The rows of a list file; two entries with one slug or one name are a problem."""
    rows: list[M] = []
    taken: set[tuple[str, str]] = set()
    for entry in entries:
        row = model()
        given = entry.value if isinstance(entry.value, dict) else {}
        fill(document, row, given, spec, line=entry.line)
        for name in ("slug", "name"):
            value = str(getattr(row, name))
            if value and (name, value) in taken:
                document.problem(entry.line, f"two entries have the {name} {value}")
            taken.add((name, value))
        rows.append(row)
    return rows


def _text(document: Document, key: str) -> str | None:
    """A single value of the front matter; something else is a problem."""
    node = document.front.get(key)
    if node is None:
        return None
    if not isinstance(node.value, str):
        document.problem(node.line, f"{key} must be a single value")
        return None
    return node.value


def _unknown(what: str, given: str, known: Iterable[str]) -> str:
    close = get_close_matches(given, list(known), n=1)
    return f"unknown {what} {given}" + (f": did you mean {close[0]}?" if close else "")
