"""Tools, their prices and facts, and what they hang on, as files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field

from editorial import permissions
from editorial.exchange.columns import Amount, Day, Moment, Named, Number, column
from editorial.exchange.resources import Doubt, Exchange
from editorial.models import Publishable
from tools import services
from tools.duplicates import find_lookalikes_of
from tools.models import Category, Criterion, Fact, FormerSlug, Plan, Tool


class Shelf(Exchange):
    """What has a slug and a name that nobody else has, and is public from the moment it is saved."""

    def begin(self, rows: Sequence[Mapping[str, str]]) -> None:
        super().begin(rows)
        self.names: dict[str, str] = dict(self.model._default_manager.values_list("name", "slug"))

    def find(self, keys: set[tuple[str, ...]]) -> Iterable[Any]:
        return self.model._default_manager.filter(slug__in=[slug for (slug,) in keys])

    def check(self, instance: Any) -> None:
        if self.names.setdefault(instance.name, instance.slug) != instance.slug:
            said = _("The name belongs to “%(slug)s” already.")
            raise ValidationError({"name": said % {"slug": self.names[instance.name]}})


class CategoryExchange(Shelf):
    model, name, title = Category, "categories", gettext_lazy("categories")

    def columns(self) -> list[Field]:
        return [column(name) for name in ("slug", "name", "description")]

    def put(self, pieces: Sequence[Any]) -> None:
        services.put_categories(pieces)


class CriterionExchange(Shelf):
    model, name, title = Criterion, "criteria", gettext_lazy("criteria")

    def columns(self) -> list[Field]:
        texts = [column(name) for name in ("slug", "name", "kind", "unit", "help")]
        return [*texts, column("good_for_days", Number()), column("position", Number())]

    def put(self, pieces: Sequence[Any]) -> None:
        services.put_criteria(pieces)


class ToolExchange(Exchange):
    model, name, title = Tool, "tools", gettext_lazy("tools")

    def columns(self) -> list[Field]:
        self.categories: dict[str, Category] = {}
        return [
            *(column(name) for name in ("slug", "name", "maker", "tagline")),
            column("category", Named(self.categories)),
            *(column(name) for name in ("website", "licence")),
            *(column("launched_on", Day()), column("description")),
            *(column("status", only_written=True), column("published_at", Moment(), only_written=True)),
        ]

    def find(self, keys: set[tuple[str, ...]]) -> Iterable[Any]:
        slugs = [slug for (slug,) in keys]
        self.categories.update({category.slug: category for category in Category.objects.all()})
        self.homes = FormerSlug.objects.homes(slugs)
        return Tool.objects.filter(slug__in=slugs).select_related("category")

    def check(self, instance: Tool) -> None:
        super().check(instance)
        if instance.slug in self.homes:
            said = _("This tool is called %(slug)s now.")
            raise ValidationError({"slug": said % {"slug": self.homes[instance.slug]}})

    def put(self, pieces: Sequence[Any]) -> None:
        services.put_tools(pieces, [], [])

    def doubts(self, changed: Sequence[tuple[Any, set[str]]]) -> list[list[Doubt]]:
        """The tools that a new one may be, or one that is renamed or moved to another website."""
        entered = [
            (tool.name, tool.website) if {"name", "website"} & columns else ("", "") for tool, columns in changed
        ]
        found = find_lookalikes_of(entered, person=self.person)
        return [
            [Doubt(item.text, item.desk_url) for item in each if item.pk != tool.pk]
            for (tool, _columns), each in zip(changed, found, strict=True)
        ]

    def visible(self, pieces: QuerySet[Any]) -> Iterable[Any]:
        return pieces.select_related("category")


class _Part(Exchange):
    """What hangs on a tool and is changed by whoever may change the tool."""

    def columns(self) -> list[Field]:
        self.tools: dict[str, Tool] = {}
        return [column("tool", Named(self.tools))]

    def piece_of(self, row: Any) -> Publishable | None:
        return row.tool if row.tool_id else None

    def find_tools(self, slugs: set[str]) -> None:
        self.tools.update({tool.slug: tool for tool in Tool.objects.filter(slug__in=slugs)})

    def init_instance(self, row: Any = None) -> Model:
        return self.model()

    def with_their_tool(self, parts: Iterable[Any]) -> list[Any]:
        """Each with the very tool that its row names, so that all of one tool change with one."""
        found = []
        for part in parts:
            part.tool = self.tools[part.tool.slug]
            found.append(part)
        return found

    def tools_of(self, pieces: Sequence[Any]) -> list[Tool]:
        return list({piece.tool.pk: piece.tool for piece in pieces}.values())


class PlanExchange(_Part):
    model, name, title = Plan, "plans", gettext_lazy("prices of tools")
    keys = ("tool", "name")

    def columns(self) -> list[Field]:
        return [
            *super().columns(),
            *(column("name"), column("amount", Amount())),
            *(column(name) for name in ("currency", "period", "unit", "note", "source")),
            *(column("checked_on", Day()), column("position", Number())),
        ]

    def find(self, keys: set[tuple[str, ...]]) -> Iterable[Any]:
        self.find_tools({slug for slug, _name in keys})
        stored = Plan.objects.filter(tool__in=self.tools.values(), name__in=[name for _slug, name in keys])
        return self.with_their_tool(stored.select_related("tool"))

    def put(self, pieces: Sequence[Any]) -> None:
        services.put_tools(self.tools_of(pieces), pieces, [])

    def visible(self, pieces: QuerySet[Any]) -> Iterable[Any]:
        return Plan.objects.filter(tool__in=pieces).select_related("tool").order_by("tool__slug", "position", "pk")


class FactExchange(_Part):
    model, name, title = Fact, "facts", gettext_lazy("facts of tools")
    keys = ("tool", "criterion")

    def columns(self) -> list[Field]:
        self.criteria: dict[str, Criterion] = {}
        return [
            *(*super().columns(), column("criterion", Named(self.criteria))),
            *(column(name) for name in ("value", "note", "source")),
            column("checked_on", Day()),
        ]

    def find(self, keys: set[tuple[str, ...]]) -> Iterable[Any]:
        self.find_tools({slug for slug, _criterion in keys})
        self.criteria.update({criterion.slug: criterion for criterion in Criterion.objects.all()})
        stored = Fact.objects.filter(tool__in=self.tools.values()).select_related("tool", "criterion")
        return self.with_their_tool(stored)

    def put(self, pieces: Sequence[Any]) -> None:
        services.put_tools(self.tools_of(pieces), [], pieces)

    def visible(self, pieces: QuerySet[Any]) -> Iterable[Any]:
        facts = Fact.objects.filter(tool__in=pieces).select_related("tool", "criterion")
        return facts.order_by("tool__slug", "criterion__position", "criterion__slug")


def tools_told_to(person: Any) -> QuerySet[Tool]:
    """The tools whose names somebody may read in a file: those that they find at the desk."""
    return Tool.objects.filter(permissions.visible(person, Tool))
