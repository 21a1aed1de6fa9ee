"""What the desk's pages on readers share: their dress, and notes in the log that name no reader.

The log of the desk is for good, and an erased address must not stand in it: a subscriber is a number there.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editorial.characters import check_characters
from editorial.stepping import reader_of

LONGEST_REASON = 200


class ReasonField(forms.CharField):
    """Why an editor acts, in one line that names nobody."""

    def __init__(self, **options: Any) -> None:
        given: dict[str, Any] = {
            "label": gettext_lazy("Reason"),
            "max_length": LONGEST_REASON,
            "widget": forms.TextInput(attrs={"size": 50, "autocomplete": "off"}),
            "error_messages": {"required": gettext_lazy("Say why: the reason is kept for good.")},
        }
        super().__init__(**{**given, **options})

    def clean(self, value: Any) -> str:
        said = " ".join(super().clean(value).split())
        check_characters(said, is_line=True)
        if "@" in said:
            raise ValidationError(_("Leave addresses out: these words are kept for good, also after an erasure."))
        return said


class ReaderDesk(admin.ModelAdmin):
    """A list whose rows are moved by services alone, and pages of our own beside it."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would be a count of all rows
    actions = None
    sortable_by: ClassVar[tuple[str, ...]] = ()
    list_per_page = 100

    class Media:
        css: ClassVar = {"all": ["newsletter/desk/readers.css"]}

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def address_of(self, page: str, *parts: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=parts)

    def show(self, request: HttpRequest, template: str, title: str, **names: Any) -> HttpResponse:
        """One of the desk's own pages."""
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "media": self.media}
        return TemplateResponse(request, f"admin/newsletter/{template}.html", {**context, **names})

    def note(self, request: HttpRequest, object_id: Any, words: str, flag: int = CHANGE) -> None:
        """In the history of this row and in the log of the desk."""
        LogEntry.objects.create(
            user=reader_of(request),
            content_type=ContentType.objects.get_for_model(self.model),
            object_id=str(object_id),
            object_repr=f"{self.opts.verbose_name} {str(object_id)[:12]}",
            action_flag=flag,
            change_message=words,
        )
