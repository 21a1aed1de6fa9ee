"""The editors' desk: what every publishable piece has in common, and the pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import ForeignKey, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from editorial import permissions, services
from editorial.choosing import SearchedChoices
from editorial.filters import FilteredPieces
from editorial.forms import DeskForm, ReasonedStepForm, StepForm
from editorial.history.desk import KeptHistory
from editorial.media import admin as pictures
from editorial.models import Page, Publishable
from editorial.permissions import Step
from editorial.previews.desk import PreviewDesk
from editorial.stepping import BUTTONS, ListSteps, last_note, reader_of
from editorial.writing import MarkdownDesk

__all__ = ["LastingAddress", "PageAdmin", "PublishableAdmin", "pictures"]

admin.site.site_header = gettext_lazy("Drydock: the editors' desk")
admin.site.site_title = gettext_lazy("Drydock desk")
admin.site.index_title = gettext_lazy("What shall we publish?")


class LastingAddress(KeptHistory):
    """An address is for good once a thing exists: other pages and other sites may point at it."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "slug") if obj and hasattr(obj, "slug") else self.readonly_fields

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else self.prepopulated_fields


class PublishableAdmin(FilteredPieces, PreviewDesk, MarkdownDesk, SearchedChoices, ListSteps, LastingAddress):
    """Status and date are shown, never typed: they move by buttons and actions, which call services.

    A button saves what was typed, then takes its step, in one transaction; a step that is refused leaves what was
    typed saved. Rights are asked of editorial/permissions.py for each piece, and asked again by the services.
    """

    form: Any = DeskForm
    step_form: ClassVar[type[StepForm]] = ReasonedStepForm
    change_form_template = "admin/editorial/change_form.html"
    readonly_fields: Any = ("status", "published_at", "updated_at")
    list_filter: Any = ("status",)
    date_hierarchy = "published_at"
    show_full_result_count = False
    # What withdrawing means beyond the piece itself, in a sentence for whoever is about to.
    withdrawal: Promise = gettext_lazy("Readers then find a notice in its place.")

    class Media:
        css: ClassVar = {"all": ["editorial/desk.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        pieces: QuerySet[Any] = super().get_queryset(request)
        return pieces.filter(permissions.visible(request.user, self.model))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """While somebody saves, deletes or takes a step the row is held: rights depend on where the piece stands."""
        piece = super().get_object(request, object_id, from_field)
        if piece is None or request.method != "POST" or not connection.in_atomic_block:
            return piece
        return self.get_queryset(request).select_for_update(of=("self",)).filter(pk=piece.pk).first()

    def has_change_permission(self, request: HttpRequest, obj: Publishable | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or permissions.may_change(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Publishable | None = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or permissions.may_delete(request.user, obj))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """All that was asked for or nothing: what somebody published meanwhile stays."""
        with transaction.atomic():
            pieces = list(queryset.select_for_update(of=("self",)))
            if not all(permissions.may_delete(request.user, piece) for piece in pieces):
                raise PermissionDenied
            queryset.delete()

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Any:
        """Only what the person finds at the desk can be chosen: a forged choice tells no name either."""
        related = self.admin_site._registry.get(db_field.remote_field.model)
        if related is None:
            return super().get_field_queryset(db, db_field, request)
        return related.open_to(request) if isinstance(related, PublishableAdmin) else related.get_queryset(request)

    def open_to(self, request: HttpRequest) -> QuerySet[Any]:
        """The pieces about which somebody may write."""
        return self.get_queryset(request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002
        """What a piece names already stays a choice, whoever may look at that one."""
        form = super().get_form(request, obj, change, **options)
        for name, field in form.base_fields.items() if obj else ():
            relation = self.model._meta.get_field(name) if hasattr(self.model, name) else None
            if isinstance(relation, ForeignKey):
                everything = relation.remote_field.model._base_manager.all()
                chosen = Q(pk=getattr(obj, relation.attname))
                offered = Q(pk__in=field.queryset.values("pk"))
                field.queryset = everything.filter(offered | chosen)
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look is asked for no reason beside the fields."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        read = [(name, [field for field in given["fields"] if field != "reason"]) for name, given in fieldsets]
        return [(name, {"fields": fields}) for name, fields in read if fields]

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:  # noqa: FBT001
        """Who begins a piece is its author; who changes a word of it is remembered for four eyes."""
        piece = super().save_form(request, form, change)
        if not change:
            piece.author = request.user
        if not change or form.changed_data:
            piece.changed_by = request.user
        return piece

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            form.instance.changed_by = reader_of(request)
            form.instance.save(update_fields=["changed_by", "updated_at"])

    def publish_piece(self, piece: Any, **how: Any) -> None:
        """What publishing means for this kind of piece; a subclass calls its own app's service. So below."""
        services.publish(piece, **how)

    def withdraw_piece(self, piece: Any, **how: Any) -> None:
        services.withdraw(piece, **how)

    def reopen_piece(self, piece: Any, **how: Any) -> None:
        services.reopen(piece, **how)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method == "POST" and "_step" in request.POST:
            with transaction.atomic():
                piece = self.get_object(request, unquote(object_id))
                if piece and not self.has_change_permission(request, piece):
                    return self._step_alone(request, piece)
                return super().change_view(request, object_id, form_url, extra_context)
        return super().change_view(request, object_id, form_url, extra_context)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._step_after(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._step_after(request, obj) or super().response_change(request, obj)

    def _step_after(self, request: HttpRequest, piece: Any) -> HttpResponse | None:
        """The step of the button that saved the piece; None when that was Save."""
        if "_step" not in request.POST or IS_POPUP_VAR in request.POST:
            return None
        form = self.step_form(request.POST)
        form.is_valid()  # the piece's own form has asked the same, and said so
        return self._step(request, piece, form)

    def _step_alone(self, request: HttpRequest, piece: Any) -> HttpResponse:
        """A step of somebody who may not change the piece itself, such as a publisher's with four eyes."""
        form = self.step_form(request.POST)
        if self.is_behind(request, piece):
            return HttpResponseRedirect(self.page_of(piece))
        if form.is_valid():
            return self._step(request, piece, form)
        for problems in form.errors.values():
            self.message_user(request, " ".join(map(str, problems)), messages.ERROR)
        return HttpResponseRedirect(self.page_of(piece))

    def _step(self, request: HttpRequest, piece: Any, form: StepForm) -> HttpResponse:
        chosen = request.POST["_step"]
        if chosen not in list(Step):
            raise PermissionDenied
        self.take(request, piece, Step(chosen), form)
        return HttpResponseRedirect(self.page_of(piece))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        """The buttons below the form: those that the person may press and that make sense as the piece stands."""
        piece = context["original"]
        form = context["adminform"].form
        typed = form if "step_at" in form.fields and self._may_save(request, piece) else self.step_form()
        steps = self._steps(request, piece)
        rows = [
            (BUTTONS[step], [typed[name] for name in BUTTONS[step].fields if name in typed.fields]) for step in steps
        ]
        context["steps"] = [] if context["is_popup"] else rows
        context["reason"] = typed["reason"] if typed is not form and "reason" in typed.fields else None
        context["four_eyes"] = piece and permissions.made_the_last_change(request.user, piece)
        context["held"] = piece and permissions.is_held(request.user, piece)
        context["withdrawal"] = self.withdrawal if Step.WITHDRAW in steps else ""
        context["note"] = last_note(piece) if piece and piece.status == Publishable.Status.DRAFT else None
        context["media"] += typed.media
        return super().render_change_form(request, context, *args, **options)

    def _may_save(self, request: HttpRequest, piece: Any) -> bool:
        return self.has_change_permission(request, piece) if piece else self.has_add_permission(request)

    def _steps(self, request: HttpRequest, piece: Any) -> Sequence[Step]:
        """With four eyes the steps that somebody else has to take are left out; the page says so."""
        if piece is None:
            offered = [Step.SUBMIT, *([Step.PUBLISH, Step.SCHEDULE] if self.has_publish_permission(request) else [])]
        else:
            offered = permissions.steps_for(request.user, piece)
        waits = piece and permissions.made_the_last_change(request.user, piece)
        return [step for step in offered if not (waits and step in (Step.PUBLISH, Step.SCHEDULE))]


@admin.register(Page)
class PageAdmin(PublishableAdmin):
    step_form = StepForm  # pages leave no receipts
    list_display = ("title", "slug", "status", "published_at")
    search_fields = ("title", "body")
    markdown: ClassVar = {"body": 2}
    fields = ("title", "slug", "body", *PublishableAdmin.readonly_fields)
    withdrawal = gettext_lazy("Readers then find the text that comes with Drydock.")
