"""Choosing one of thousands: a search by script, and without it a field for an address or a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

_MOST = 5  # named when what was typed is none, or several


class Typed(str):
    """Words in place of a key: an address or a name."""

    __slots__ = ()


class SearchSelect(AutocompleteSelect):
    """Django's search for a choice. Without script it finds nothing, so that a field to type in stands below it.

    Both are sent under one name. Words in an address (`?tool=lathe`) are taken as if they had been typed.
    """

    def use_required_attribute(self, initial: Any) -> bool:
        """Either of the two is enough."""
        return False

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> Any:
        groups: list[Any] = super().optgroups(name, [key for key in value if _is_key(key)], attr)
        options = groups[0][1]
        if self.is_required:
            options.insert(0, self.create_option(name, "", "", False, 0))  # noqa: FBT003
        return groups

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        sent = data.getlist(name) if hasattr(data, "getlist") else [data.get(name)]
        typed = next((str(words).strip() for words in sent[1:] if str(words).strip()), "")
        chosen = sent[0] if sent else None
        return Typed(typed) if typed else _read(chosen)

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        found = _read(value)
        typed = found if isinstance(found, Typed) else ""
        kept = {**(attrs or {}), "class": "chosen" if found and not typed else "chosen chosen--empty"}
        select = super().render(name, None if typed else value, kept, renderer)
        words = _("Or type its address or name:") if found and not typed else _("Type its address or name:")
        asked = (
            '{}<noscript><label class="chosen__typed">{} <input type="text" name="{}" value="{}"></label></noscript>'
        )
        return format_html(asked, select, words, name, typed)


class NamedChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice by its key or, as somebody types it, by its address or name."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(self.found(value).pk if isinstance(value, Typed) else value)

    def found(self, typed: str) -> Model:
        """The one of this address, or else of this name; ValidationError that says which there are."""
        words = typed[:200]
        rows: QuerySet[Any] = self._rows()
        exact = list(rows.filter(slug=words.lower())) or list(rows.filter(name__iexact=words)[: _MOST + 1])
        if len(exact) == 1:
            return exact[0]  # type: ignore[no-any-return]
        if exact:
            said = _("Several are called “%(typed)s”. Type the address of one of them: %(names)s.")
            names = [row.slug for row in exact[:_MOST]]
        else:
            names = list(rows.filter(Q(name__icontains=words)).order_by("name").values_list("name", flat=True)[:_MOST])
            said = (
                _("There is none with the address or name “%(typed)s”. Is it one of these? %(names)s.")
                if names
                else _("There is none with the address or name “%(typed)s”.")
            )
        raise ValidationError(said % {"typed": words, "names": _(", ").join(names)})

    def _rows(self) -> QuerySet[Any]:
        if self.queryset is None:
            raise TypeError("a choice of nothing")
        return self.queryset.order_by("pk")


class SearchedChoices(admin.ModelAdmin):  # type: ignore[type-arg]
    """Fields that are searched by script (`autocomplete_fields`) and whose rows have a slug may be typed without it."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request) and has_address(db_field.remote_field.model):
            options.setdefault("widget", SearchSelect(db_field, self.admin_site, using=options.get("using")))
            options["form_class"] = NamedChoiceField
        return super().formfield_for_foreignkey(db_field, request, **options)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """`?tool=lathe` chooses as `?tool=12` does, for those who find it."""
        initial = super().get_changeform_initial_data(request)
        for name in self.get_autocomplete_fields(request):
            kind = self.model._meta.get_field(name).remote_field.model
            if name in initial and not _is_key(initial[name]) and has_address(kind):
                field: Any = self.formfield_for_dbfield(self.model._meta.get_field(name), request)
                initial[name] = field.queryset.filter(slug=str(initial[name])).values_list("pk", flat=True).first()
        return initial


def has_address(kind: type[Model]) -> bool:
    return {"slug", "name"} <= {field.name for field in kind._meta.concrete_fields}


def _is_key(value: Any) -> bool:
    text = str(value)
    return text.isascii() and text.isdecimal() and len(text) < 19


def _read(value: Any) -> Any:
    """A key as it is, and other words as typed."""
    return Typed(value.strip()) if isinstance(value, str) and value.strip() and not _is_key(value) else value
