"""The blocks of an issue as rows of its form: their order, an editor's words, what is left out and what stays."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Max
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from editorial.permissions import has_right
from newsletter.admin.telling import Told, told
from newsletter.assembling import STEP
from newsletter.models import Block, Issue

_NAME = 60  # characters of a note by which editors know it


class BlockForm(forms.ModelForm):
    """Of a found block all that is an editor's; a new row is a note."""

    position = forms.IntegerField(
        label=_("Position"),
        min_value=0,
        max_value=1_000_000,
        required=False,
        widget=forms.NumberInput(attrs={"class": "vIntegerField"}),
    )

    class Meta:
        model = Block
        fields = ("position", "is_dropped", "is_pinned", "words")
        widgets = {"words": AdminTextareaWidget(attrs={"rows": 4})}  # noqa: RUF012

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.is_new:
            self.initial["position"] = None  # at the end, unless somebody types another place

    @property
    def is_new(self) -> bool:
        return self.instance.pk is None

    @property
    def is_note(self) -> bool:
        return self.is_new or self.instance.kind == Block.Kind.NOTE

    @property
    def told(self) -> Told:
        return told(self.instance)

    def has_changed(self) -> bool:
        """A new row in which nobody wrote anything is none."""
        if self.is_new and not self.data.get(self.add_prefix("words"), "").strip():
            return False
        return super().has_changed()

    def clean_position(self) -> int | None:
        given: int | None = self.cleaned_data["position"]
        return self.instance.position if given is None and not self.is_new else given

    def clean_words(self) -> str:
        words = str(self.cleaned_data["words"])
        if self.is_note and not words.strip():
            raise forms.ValidationError(_("A note needs words. Write some, or delete it."))
        return words

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002
        if self.is_note:
            self.instance.name = _gist(self.instance.words)
        return super().save(commit)


class BlockFormSet(BaseInlineFormSet):
    """Notes can be deleted; what was found is dropped, so that it stays away when the issue is assembled anew."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if not form.is_note:
            form.fields.pop("DELETE", None)

    def save_new(self, form: Any, commit: bool = True) -> Any:  # noqa: FBT001, FBT002
        note = form.instance
        note.kind, note.about = Block.Kind.NOTE, f"note:{uuid4().hex}"
        if form.cleaned_data["position"] is None:
            last = Block.objects.filter(issue=self.instance).aggregate(last=Max("position"))["last"]
            note.position = (last or 0) + STEP
        return super().save_new(form, commit)


class BlockInline(admin.StackedInline):
    """Rights are the issue's: a block is nothing by itself."""

    model = Block
    form = BlockForm
    formset = BlockFormSet
    template = "admin/newsletter/issue/blocks.html"
    extra = 0
    fields = ("position", "is_dropped", "is_pinned", "words")
    ordering = ("position", "pk")
    verbose_name = _("note")
    verbose_name_plural = _("blocks")

    def has_view_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        return has_right(request.user, "change", Issue) and obj is not None and obj.status == Issue.Status.DRAFT

    def has_add_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        return self.has_change_permission(request, obj)


def _gist(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _NAME else f"{line[: _NAME - 3].rstrip()}..."
