"""The table of all tools: what a reader asked for, the page of it, and how many every other choice would leave.

A state is its address: `/tools/?category=writing&verdict=ship&sort=name`. What an address asks for and nobody knows
is left out, so that an old or mistyped one still answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from comparisons.models import Licence, ToolStanding
from comparisons.querysets import Places
from comparisons.scorecards import ListLine, load_lines, tool_line
from comparisons.standings import catch_up, rows
from editorial.reads import CompiledRead
from reviews.verdicts import WORD_TEXTS, Word
from tools.models import Category

PER_PAGE = 24
# Under so many matches the shelves are named one by one: an index finds a few tools among many faster than the order.
FEW = 2000
SORTS = {"panel": _("Panel"), "community": _("Community"), "newest": _("Newest verdict"), "name": _("Name")}
PRICING = {
    "free": _("Free"),
    "free-plan": _("Has a free plan"),
    "paid": _("Paid from the start"),
    "usage": _("By usage"),
}
_PRICING_COLUMNS = {"free": "is_free", "free-plan": "has_free_plan", "paid": "is_paid", "usage": "has_usage"}
GROUPS = {
    "verdict": _("Verdict"),
    "category": _("Class"),
    "pricing": _("Pricing"),
    "licence": _("Licence"),
    "hosting": _("Hosting"),
}
_FIXED = {
    "verdict": {word.value: WORD_TEXTS[word] for word in (Word.SHIP, Word.SPLIT, Word.SKIP, Word.UNREVIEWED)},
    "pricing": PRICING,
    "licence": {choice.value: choice.label for choice in Licence},
    "hosting": {"self": _("Can be self-hosted")},
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader asked for: in each group any of the choices, and all groups at once."""

    category: Sequence[str] = ()
    verdict: Sequence[str] = ()
    pricing: Sequence[str] = ()
    licence: Sequence[str] = ()
    hosting: Sequence[str] = ()
    sort: str = "panel"

    @property
    def chosen(self) -> list[tuple[str, str]]:
        return [(group, value) for group in GROUPS for value in getattr(self, group)]

    @property
    def query(self) -> str:
        """The state as the end of an address; empty for the plain list."""
        pairs = [*self.chosen, *([("sort", self.sort)] if self.sort != "panel" else [])]
        return urlencode(pairs)

    @property
    def only_category(self) -> str | None:
        """The category, when nothing else was asked for: such a list has a page of its own."""
        return self.category[0] if len(self.category) == len(self.chosen) == 1 else None

    def without(self, group: str, value: str | None = None) -> Filters:
        """The same without one choice, or without a whole group."""
        left = [] if value is None else [other for other in getattr(self, group) if other != value]
        changed: dict[str, Any] = {group: left}
        return replace(self, **changed)


@dataclass(frozen=True, slots=True)
class Choice:
    """A box to tick: `count` tools would be listed if it were the only one of its group."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    label: str
    choices: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Link:
    """A way on from this state: a chip that takes one choice away, or what would bring results back."""

    label: str
    url: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Browse:
    """A page of the table. `leads` are ranks when the panel decides the order, else places."""

    filters: Filters
    page: Page[Any]
    lines: list[ListLine]
    leads: list[int | None]
    groups: list[Group]
    chips: list[Link]
    loosen: list[Link]
    total: int
    words: Mapping[str, int]
    address: str

    @property
    def is_ranked(self) -> bool:
        return self.filters.sort == "panel"


@dataclass(slots=True)
class _Counts:
    """What the shelves say: tools by group and choice, tools without each group, all of them, and which shelves."""

    by_choice: dict[str, dict[str, int]] = field(default_factory=dict)
    without: dict[str, int] = field(default_factory=dict)
    total: int = 0
    shelves: list[int] = field(default_factory=list)


def read_filters(given: QueryDict, categories: Mapping[str, str]) -> Filters:
    """The known part of what an address asks for, each choice once, in the order of the page."""
    known: dict[str, Mapping[str, Any]] = {**_FIXED, "category": categories}
    chosen = {group: [value for value in known[group] if value in given.getlist(group)] for group in GROUPS}
    sort = given.get("sort", "panel")
    return Filters(**chosen, sort=sort if sort in SORTS else "panel")


def load_browse(given: QueryDict) -> Browse:
    """A page of tools; eight queries, whatever is asked for, two or three fewer when nothing matches."""
    catch_up()
    categories = {slug: (pk, name) for pk, slug, name in _categories()}
    filters = read_filters(given, {slug: name for slug, (_, name) in categories.items()})
    return _browse(filters, categories, given.get("page"), reverse("tools"))


def load_category(category: Category, given: QueryDict) -> Browse:
    """The ranked list of one category; seven or eight queries beside the one that found it."""
    catch_up()
    sort = given.get("sort", "panel")
    filters = Filters(category=[category.slug], sort=sort if sort in SORTS else "panel")
    return _browse(filters, {category.slug: (category.pk, category.name)}, given.get("page"), reverse("tools"))


def _browse(
    filters: Filters, categories: Mapping[str, tuple[int, str]], page_number: str | None, address: str
) -> Browse:
    names: dict[str, Mapping[str, Any]] = {**_FIXED, "category": {slug: name for slug, (_, name) in categories.items()}}
    counts = _count(filters, {slug: pk for slug, (pk, _) in categories.items()})
    paginator = Paginator(Places(_matching(filters, counts).in_order(filters.sort)), PER_PAGE)
    paginator.count = counts.total
    page = paginator.get_page(page_number)
    tools = [tool_line(row) for row in (page.object_list if counts.total else ())]
    return Browse(
        filters=filters,
        page=page,
        lines=load_lines(tools) if tools else [],
        leads=_ranks(filters, counts, page, tools) if filters.sort == "panel" else _places(page, tools),
        groups=[_group(group, names[group], filters, counts) for group in GROUPS],
        chips=[
            Link(str(names[group][value]), _at(address, filters.without(group, value)))
            for group, value in filters.chosen
        ],
        loosen=_loosen(filters, counts, address),
        total=counts.total,
        words=counts.by_choice["verdict"],
        address=address,
    )


def _at(address: str, filters: Filters) -> str:
    return f"{address}?{filters.query}" if filters.query else address


def _group(name: str, labels: Mapping[str, Any], filters: Filters, counts: _Counts) -> Group:
    """The choices of a group that would leave something, and the chosen ones."""
    found, chosen = counts.by_choice[name], getattr(filters, name)
    choices = [Choice(value, str(label), found.get(value, 0), value in chosen) for value, label in labels.items()]
    return Group(name, str(GROUPS[name]), [choice for choice in choices if choice.count or choice.is_chosen])


def _loosen(filters: Filters, counts: _Counts, address: str) -> list[Link]:
    """With no result: the groups that can be let go, the one that brings back most first."""
    if counts.total:
        return []
    links = [
        Link(str(GROUPS[group]), _at(address, filters.without(group)), counts.without.get(group, 0))
        for group in GROUPS
        if getattr(filters, group) and counts.without.get(group)
    ]
    return sorted(links, key=lambda link: -link.count)


def _matching(filters: Filters, counts: _Counts) -> Any:
    listed = ToolStanding.objects.listed()
    if not filters.chosen:
        return listed
    if counts.total <= FEW:
        return listed.filter(shelf_id__any_of=counts.shelves)
    return listed.filter(_shelved(filters)).filter(_share_of_words(filters))


def _shelved(filters: Filters) -> Q:
    condition = Q()
    if filters.category:
        condition &= Q(shelf__category__slug__in=filters.category)
    if filters.verdict:
        condition &= Q(shelf__word__in=filters.verdict)
    if filters.licence:
        condition &= Q(shelf__licence__in=filters.licence)
    if filters.hosting:
        condition &= Q(shelf__is_self_hostable=True)
    prices = Q()
    for value in filters.pricing:
        prices |= Q(**{f"shelf__{_PRICING_COLUMNS[value]}": True})
    return condition & prices


def _share_of_words(filters: Filters) -> Q:
    """What a single verdict word says of the panel's share: it lets the index begin where such tools stand."""
    match list(filters.verdict):
        case ["ship"]:
            return Q(panel_share__gt=0.5)
        case ["split"]:
            return Q(panel_share=0.5)
        case ["skip"]:
            return Q(panel_share__lt=0.5)
        case ["unreviewed"]:
            return Q(panel_share__isnull=True)
    return Q()


def _places(page: Page[Any], tools: Sequence[Any]) -> list[int | None]:
    return [page.start_index() + number for number in range(len(tools))]


def _ranks(filters: Filters, counts: _Counts, page: Page[Any], tools: Sequence[Any]) -> list[int | None]:
    """Tools with the same panel share hold the same rank; those without a review none. One query."""
    ranks: list[int | None] = []
    before: Any = None
    for place, tool in enumerate(tools, start=page.start_index()):
        if not tool.panel.review_count:
            ranks.append(None)
        elif before is None:
            share = tool.panel.ship_count / tool.panel.review_count
            ahead: QuerySet[Any, Any] = _matching(filters, counts).filter(panel_share__gt=share)
            ranks.append(1 + ahead.count() if place > 1 else 1)
            before = tool
        else:
            ranks.append(ranks[-1] if tool.panel.compare(before.panel) == 0 else place)
            before = tool
    return ranks


def _count(filters: Filters, categories: Mapping[str, int]) -> _Counts:
    """All counts beside the choices; one query over shelves, whose number follows the choices and not the tools."""
    values = {group: list(getattr(filters, group)) for group in GROUPS}
    values["category"] = [categories[slug] for slug in filters.category]
    slugs = {str(pk): slug for slug, pk in categories.items()}
    counts = _Counts({group: {} for group in GROUPS})
    for kind, value, number, shelves in rows(_COUNTS, values):
        if kind == "total":
            counts.total, counts.shelves = int(number or 0), shelves or []
        elif kind == "without":
            counts.without[value] = int(number or 0)
        else:
            counts.by_choice[kind][slugs.get(value, value) if kind == "category" else value] = int(number or 0)
    return counts


_COUNTS = """
WITH marked AS MATERIALIZED (
    SELECT id, category_id, word, licence, is_free, has_free_plan, is_paid, has_usage, is_self_hostable, tool_count,
           cardinality(%(category)s::bigint[]) = 0 OR category_id = ANY(%(category)s::bigint[]) AS c,
           cardinality(%(verdict)s::text[]) = 0 OR word = ANY(%(verdict)s::text[]) AS v,
           cardinality(%(licence)s::text[]) = 0 OR licence = ANY(%(licence)s::text[]) AS l,
           cardinality(%(hosting)s::text[]) = 0 OR is_self_hostable AS h,
           cardinality(%(pricing)s::text[]) = 0 OR (is_free AND 'free' = ANY(%(pricing)s::text[]))
               OR (has_free_plan AND 'free-plan' = ANY(%(pricing)s::text[]))
               OR (is_paid AND 'paid' = ANY(%(pricing)s::text[]))
               OR (has_usage AND 'usage' = ANY(%(pricing)s::text[])) AS p
    FROM comparisons_shelf WHERE tool_count > 0
)
SELECT 'category', category_id::text, sum(tool_count), NULL::bigint[] FROM marked
WHERE v AND p AND l AND h GROUP BY category_id
UNION ALL SELECT 'verdict', word, sum(tool_count), NULL FROM marked WHERE c AND p AND l AND h GROUP BY word
UNION ALL SELECT 'licence', licence, sum(tool_count), NULL FROM marked WHERE c AND v AND p AND h GROUP BY licence
UNION ALL SELECT 'pricing', x.value, sum(tool_count), NULL FROM marked
CROSS JOIN LATERAL (VALUES ('free', is_free), ('free-plan', has_free_plan), ('paid', is_paid), ('usage', has_usage))
    x(value, holds) WHERE x.holds AND c AND v AND l AND h GROUP BY x.value
UNION ALL SELECT 'hosting', 'self', sum(tool_count), NULL FROM marked WHERE is_self_hostable AND c AND v AND p AND l
UNION ALL SELECT 'without', x.value, sum(tool_count) FILTER (WHERE x.holds), NULL FROM marked
CROSS JOIN LATERAL (VALUES ('category', v AND p AND l AND h), ('verdict', c AND p AND l AND h),
    ('licence', c AND v AND p AND h), ('pricing', c AND v AND l AND h), ('hosting', c AND v AND p AND l))
    x(value, holds) WHERE NOT EXISTS (SELECT FROM marked WHERE c AND v AND p AND l AND h) GROUP BY x.value
UNION ALL SELECT 'total', '', sum(tool_count), array_agg(id) FROM marked WHERE c AND v AND p AND l AND h
"""
_categories = CompiledRead(lambda: Category.objects.order_by("name").values_list("pk", "slug", "name"))
