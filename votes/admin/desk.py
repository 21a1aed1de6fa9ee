"""What the pages of the desk share: a reason, a button that calls a service, and a word on what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, AdminForm
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from editorial.choosing import NamedChoiceField, SearchSelect
from tools.models import Tool
from votes.models import Moderation
from votes.services import CannotModerateError


class ReasonField(forms.CharField):
    """Why a moderator acts, in one line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=gettext_lazy("Reason"),
            max_length=200,
            widget=AdminTextareaWidget(attrs={"rows": 2}),
            help_text=gettext_lazy("Published in the log; name no reader."),
            error_messages={"required": gettext_lazy("Say why: the reason is published in the log.")},
            **options,
        )

    def clean(self, value: Any) -> Any:
        return " ".join(super().clean(value).split())


class ReasonForm(forms.Form):
    reason = ReasonField()


class ToolChoice(admin.ModelAdmin):
    """A form that asks for a tool: by search, or from a plain list for whoever may not see the tools' own desk."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "tool" and (widget := tool_widget(request, db_field, self.admin_site)):
            options |= {"widget": widget, "form_class": NamedChoiceField}
        if db_field.name == "tool":
            options["queryset"] = Tool.objects.ever_out()
        return super().formfield_for_foreignkey(db_field, request, **options)


def tool_widget(request: HttpRequest, field: Any, site: admin.AdminSite) -> SearchSelect | None:
    """The search for a tool; it asks the right to see tools."""
    may_see = request.user.has_perm("tools.view_tool") or request.user.has_perm("tools.change_tool")
    return SearchSelect(field, site) if may_see else None


@dataclass(frozen=True, slots=True)
class Step:
    """A decision: what its button says, and the service behind it, which answers with a sentence on the outcome."""

    label: str | Promise
    run: Callable[[Any, User, str], str]


class DeskAdmin(admin.ModelAdmin):
    """Pieces that are read here and moved by steps alone: nothing is typed over, nothing is deleted.

    The page of a piece and the list's actions ask for a reason, then call a service. A step that cannot be taken is
    explained, and what was typed stays.
    """

    steps: ClassVar[dict[str, Step]]
    page_template: ClassVar[str]
    show_full_result_count = False

    class Media:
        css: ClassVar = {"all": ["votes/admin.css"]}

    def steps_for(self, piece: Any) -> dict[str, Step]:
        """The steps that make sense for a piece as it stands."""
        return self.steps

    def page_of(self, piece: Any) -> dict[str, Any]:
        """What the template of a piece shows."""
        return {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "POST" and not self.has_change_permission(request):
            raise PermissionDenied
        title = self.opts.verbose_name_plural
        return super().changelist_view(request, {"title": str(title).capitalize(), **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        piece = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, piece):
            raise PermissionDenied
        if piece is None:
            return super().change_view(request, object_id, form_url, extra_context)  # which says that it is gone
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            if not self.has_change_permission(request, piece):
                raise PermissionDenied
            step = self.steps.get(request.POST.get("step", ""))
            if step is None:
                self.message_user(request, _("Choose one of the buttons."), messages.ERROR)
            elif form.is_valid() and self.take(request, piece, step, form.cleaned_data["reason"]):
                return HttpResponseRedirect(request.get_full_path())
            piece.refresh_from_db()
        steps = self.steps_for(piece) if self.has_change_permission(request, piece) else {}
        context = {"original": piece, "steps": steps, **self.page_of(piece)}
        return self.show(request, self.page_template, str(piece), form, context)

    def ask(self, request: HttpRequest, chosen: QuerySet[Any], name: str) -> HttpResponse | None:
        """Between a list's action and its step: the page that asks why, for all chosen pieces at once."""
        pieces, step = list(chosen), self.steps[name]
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            taken = [self.take(request, piece, step, form.cleaned_data["reason"]) for piece in pieces]
            if any(taken):
                return None
        hidden = [(ACTION_CHECKBOX_NAME, piece.pk) for piece in pieces]
        context = {"pieces": pieces, "hidden": [*hidden, ("action", f"{name}_selected")], "steps": {name: step}}
        return self.show(request, "admin/votes/ask.html", _("%(step)s: say why") % {"step": step.label}, form, context)

    def take(self, request: HttpRequest, piece: Any, step: Step, reason: str) -> bool:
        """Take a step and tell the moderator; False when it could not be taken."""
        try:
            outcome = step.run(piece, actor_of(request), reason)
        except CannotModerateError as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return False
        self.log_change(request, piece, f"{step.label}: {reason}")
        self.message_user(request, outcome, messages.SUCCESS)
        return True

    def show(
        self, request: HttpRequest, template: str, title: str, form: forms.Form, context: dict[str, Any]
    ) -> HttpResponse:
        """One of the desk's own pages, dressed as the admin's forms are."""
        fieldsets: Any = [(None, {"fields": list(form.fields)})]
        return TemplateResponse(
            request,
            template,
            {
                **self.admin_site.each_context(request),
                "title": title,
                "opts": self.opts,
                "adminform": AdminForm(form, fieldsets, {}, model_admin=self),  # type: ignore[arg-type]
                "media": self.media + form.media,
                "errors": form.errors,
                **context,
            },
        )


def actor_of(request: HttpRequest) -> User:
    """Who is at the desk; the admin lets nobody in without an account."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def actor_text(actor_id: int | None, actor: User | None) -> str:
    """Who acted, never by email: several people read the log."""
    if actor_id is None:
        return _("the published rules")
    return (actor and actor.name) or _("moderator %(number)s") % {"number": actor_id}


def log_of(entries: QuerySet[Moderation]) -> list[tuple[Moderation, str]]:
    """Entries of the log with who acted, newest first; one query."""
    found = entries.select_related("actor").order_by("-at", "-pk")
    return [(entry, actor_text(entry.actor_id, entry.actor)) for entry in found]
