"""The list of all receipts, and one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from comparisons.browsing import Choice, Group, Link
from comparisons.models import Receipt
from comparisons.receipts.timeline import Day, by_day
from comparisons.receipts.words import ReceiptLine
from reviews.models import Reviewer
from tools.models import Category

PER_PAGE = 50
KINDS = {
    "verdict": _("Verdicts"),
    "price": _("Prices"),
    "fact": _("Facts"),
    "tool": _("Tools"),
    "comparison": _("Advice on pairs"),
    "name": _("Names of things"),
}
NAMES = ("reviewer", "category", "criterion")
GROUPS = {"kind": _("What"), "category": _("Class"), "reviewer": _("Reviewer")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks for. Without a kind all but names: those matter to a page of a day gone by, hardly here."""

    kind: Sequence[str] = ()
    category: Sequence[str] = ()
    reviewer: Sequence[str] = ()
    tool: str = ""

    @property
    def kinds(self) -> list[str]:
        chosen = self.kind or [kind for kind in KINDS if kind != "name"]
        return [kind for name in chosen for kind in (NAMES if name == "name" else (name,))]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        chosen = [(group, value) for group in GROUPS for value in getattr(self, group)]
        return [*chosen, *([("tool", self.tool)] if self.tool else [])]

    @property
    def query(self) -> str:
        return urlencode(self.pairs)

    @property
    def url(self) -> str:
        return f"{reverse('receipts')}?{self.query}" if self.query else reverse("receipts")

    def without(self, group: str, value: str) -> Wanted:
        left: Any = "" if group == "tool" else [other for other in getattr(self, group) if other != value]
        changed: dict[str, Any] = {group: left}
        return replace(self, **changed)


@dataclass(frozen=True)
class ReceiptsPage:
    wanted: Wanted
    page: Page[Any]
    lines: Sequence[ReceiptLine]
    groups: Sequence[Group]
    names: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def days(self) -> list[Day]:
        return by_day(self.lines)

    @property
    def total(self) -> int:
        return self.page.paginator.count

    @property
    def chips(self) -> list[Link]:
        return [
            Link(
                self._chip(group, value),
                self.wanted.without(group, value).url,
            )
            for group, value in self.wanted.pairs
        ]

    def _chip(self, group: str, value: str) -> str:
        return (
            gettext("Tool: %(name)s") % {"name": self.tool_name} if group == "tool" else str(self.names[group][value])
        )

    @property
    def tool_name(self) -> str:
        """The tool that was asked for, by name where a receipt names it."""
        return next((line.about["tool"] for line in self.lines if "tool" in line.about), self.wanted.tool)


def load_receipts(given: QueryDict) -> ReceiptsPage:
    """A page of receipts, newest first; what is unknown is left out.

    Four queries, three when there is nothing; one more for a tool.
    """
    classes = {slug: (pk, name) for pk, slug, name in Category.objects.values_list("pk", "slug", "name")}
    people = {slug: (pk, name) for pk, slug, name in Reviewer.objects.values_list("pk", "slug", "name")}
    keys = {"kind": {}, "category": classes, "reviewer": people}
    known: dict[str, Mapping[str, Any]] = {
        "kind": KINDS,
        **{group: {slug: name for slug, (_, name) in keys[group].items()} for group in ("category", "reviewer")},
    }
    chosen = {group: [value for value in known[group] if value in given.getlist(group)] for group in GROUPS}
    wanted = Wanted(**chosen, tool=given.get("tool", "").strip().lower()[:100])
    tools = Receipt.objects.tools_at(wanted.tool) if wanted.tool else None
    counts = list(Receipt.objects.all_counts() if tools is None else Receipt.objects.asked_for(tools=tools).counts())
    wished = {group: {keys[group][slug][0] for slug in chosen[group]} for group in ("category", "reviewer")}
    groups = [_group(group, known[group], wanted, counts, keys[group], wished) for group in GROUPS]
    rows = Receipt.objects.in_effect().asked_for(wanted.kinds, wished["category"], wished["reviewer"], tools)
    paginator = Paginator(rows.newest_first().rows(), PER_PAGE)
    paginator.count = sum(number for *line, number in counts if _fits(line, wanted.kinds, wished))
    page = paginator.get_page(given.get("page"))
    lines = [line_of(row) for row in page.object_list] if paginator.count else []
    return ReceiptsPage(wanted, page, lines, groups, known)


def load_receipt(number: int) -> ReceiptLine | None:
    """One receipt that is in effect; one query."""
    row = Receipt.objects.in_effect().filter(pk=number).rows().first()
    return line_of(row) if row else None


def load_newest(count: int) -> list[ReceiptLine]:
    """The newest receipts but for names; one query."""
    rows = Receipt.objects.in_effect().asked_for(Wanted().kinds)
    return [line_of(row) for row in rows.newest_first().rows()[:count]]


def line_of(row: Any) -> ReceiptLine:
    """A row of `ReceiptQuerySet.rows` as a line."""
    return ReceiptLine(
        *(row.pk, row.kind, row.act, row.tool_id, row.about, row.before or {}, row.after or {}),
        *(row.effective_at, row.recorded_at, row.reason, row.tool_is_public),
    )


def _fits(line: Sequence[Any], kinds: Sequence[str], wished: Mapping[str, set[Any]]) -> bool:
    kind, category, reviewer = line
    return (
        kind in kinds
        and (not wished["category"] or category in wished["category"])
        and (not wished["reviewer"] or reviewer in wished["reviewer"])
    )


def _group(
    name: str,
    labels: Mapping[str, Any],
    wanted: Wanted,
    counts: Sequence[tuple[Any, ...]],
    keys: Mapping[str, tuple[int, str]],
    wished: Mapping[str, set[Any]],
) -> Group:
    """The choices of a group that would leave something beside the other groups, and the chosen ones."""
    place = list(GROUPS).index(name)
    kinds = [*KINDS, *NAMES] if name == "kind" else wanted.kinds
    free = {**wished, name: set()}
    chosen = getattr(wanted, name)
    choices = []
    for value, label in labels.items():
        own = {keys[value][0]} if keys else {*NAMES} if value == "name" else {value}
        count = sum(number for *line, number in counts if line[place] in own and _fits(line, kinds, free))
        choices.append(Choice(value, str(label), count, value in chosen))
    return Group(name, str(GROUPS[name]), [choice for choice in choices if choice.count or choice.is_chosen])
