"""The steps of a piece's life as the desk offers them: what their buttons say, and the list's actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from editorial import permissions, services
from editorial.forms import StepForm
from editorial.models import Publishable
from editorial.permissions import Step

AT_ONCE = 100  # pieces that one action of a list may move
SENT_BACK = "Sent back: "


@dataclass(frozen=True, slots=True)
class Button:
    """A step as its button: `fields` are what it asks beside it, `because` whether it takes a reason for readers."""

    step: Step
    label: Promise
    fields: tuple[str, ...] = ()
    because: bool = False

    @property
    def asked(self) -> tuple[str, ...]:
        """All that a page asks which knows no form of the piece."""
        return (*self.fields, *(("reason",) if self.because else ()))


BUTTONS = {
    button.step: button
    for button in (
        Button(Step.SUBMIT, gettext_lazy("Send to review")),
        Button(Step.SEND_BACK, gettext_lazy("Send back"), ("step_note",)),
        Button(Step.PUBLISH, gettext_lazy("Publish now"), because=True),
        Button(Step.SCHEDULE, gettext_lazy("Schedule"), ("step_at",), because=True),
        Button(Step.WITHDRAW, gettext_lazy("Withdraw"), because=True),
        Button(Step.REOPEN, gettext_lazy("Open again as a draft")),
    )
}


class ListSteps(admin.ModelAdmin):  # type: ignore[type-arg]
    """Taking steps: one piece's from its form, many from the list, after a page that names them and asks once more."""

    step_form: ClassVar[type[StepForm]]
    withdrawal: Promise
    publish_piece: Callable[..., None]
    withdraw_piece: Callable[..., None]
    reopen_piece: Callable[..., None]
    actions: Any = tuple(f"{step}_selected" for step in Step)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return permissions.has_right(request.user, "publish", self.model)

    def has_edit_permission(self, request: HttpRequest) -> bool:
        return permissions.works_on_all(request.user, self.model)

    @admin.action(description=gettext_lazy("Send to review"), permissions=["change"])
    def submit_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.ask(request, queryset, Step.SUBMIT)

    @admin.action(description=gettext_lazy("Send back"), permissions=["edit"])
    def send_back_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.ask(request, queryset, Step.SEND_BACK)

    @admin.action(description=gettext_lazy("Publish"), permissions=["publish"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.ask(request, queryset, Step.PUBLISH)

    @admin.action(description=gettext_lazy("Schedule"), permissions=["publish"])
    def schedule_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.ask(request, queryset, Step.SCHEDULE)

    @admin.action(description=gettext_lazy("Withdraw"), permissions=["publish"])
    def withdraw_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.ask(request, queryset, Step.WITHDRAW)

    @admin.action(description=gettext_lazy("Open again as drafts"), permissions=["edit"])
    def reopen_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.ask(request, queryset, Step.REOPEN)

    def ask(self, request: HttpRequest, chosen: QuerySet[Any], step: Step) -> HttpResponse | None:
        """The page between an action and its step; None once the steps are taken, each piece for itself."""
        pieces = list(chosen.order_by("pk")[: AT_ONCE + 1])
        if len(pieces) > AT_ONCE:
            self.message_user(request, _("Choose at most %(count)s at once.") % {"count": AT_ONCE}, messages.ERROR)
            return None
        form = self.step_form(request.POST if request.POST.get("_step") == step else None)
        if form.is_valid():
            for piece in pieces:
                self._take_one(request, piece, step, form)
            return None
        hidden = [*((ACTION_CHECKBOX_NAME, piece.pk) for piece in pieces), ("action", f"{step}_selected")]
        button = BUTTONS[step]
        context = {
            **self.admin_site.each_context(request),
            "title": _("%(step)s: %(count)s chosen") % {"step": button.label, "count": len(pieces)},
            "opts": self.opts,
            "pieces": pieces,
            "hidden": hidden,
            "button": button,
            "fields": [form[name] for name in button.asked if name in form.fields],
            "withdrawal": self.withdrawal if step == Step.WITHDRAW else "",
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/editorial/confirm.html", context)

    def _take_one(self, request: HttpRequest, piece: Any, step: Step, form: StepForm) -> None:
        """One of many: what is refused to somebody for one piece is said, and the others go on."""
        try:
            self.take(request, piece, step, form)
        except PermissionDenied:
            words = _("%(piece)s: that is not yours to do as it stands (%(state)s).")
            named = {"piece": piece, "state": piece.stands_as}
            self.message_user(request, words % named, messages.ERROR)

    def take(self, request: HttpRequest, piece: Any, step: Step, form: StepForm) -> None:
        """Take a step and say what became of it; PermissionDenied where it is not theirs to take."""
        try:
            with transaction.atomic():
                self._run(piece, step, by=reader_of(request), given=form.cleaned_data)
        except (services.CannotPublishError, ValidationError) as problem:
            self.message_user(request, " ".join(getattr(problem, "messages", [str(problem)])), messages.ERROR)
            return
        noted = f"{SENT_BACK}{form.cleaned_data['step_note']}" if step == Step.SEND_BACK else ""
        self.log_change(request, piece, noted or f"{BUTTONS[step].label}: {piece.get_status_display().lower()}.")
        self.message_user(request, _outcome(piece), messages.SUCCESS)

    def _run(self, piece: Any, step: Step, *, by: User, given: dict[str, Any]) -> None:
        reason = given.get("reason", "")
        match step:
            case Step.SUBMIT:
                services.submit(piece, by=by)
            case Step.SEND_BACK:
                services.send_back(piece, by=by, note=given["step_note"])
            case Step.PUBLISH:
                self.publish_piece(piece, reason=reason, by=by)
            case Step.SCHEDULE:
                self.publish_piece(piece, at=given["step_at"], reason=reason, by=by)
            case Step.WITHDRAW:
                self.withdraw_piece(piece, reason=reason, by=by)
            case Step.REOPEN:
                self.reopen_piece(piece, by=by)

    def page_of(self, piece: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[piece.pk])


def reader_of(request: HttpRequest) -> User:
    """Who is at the desk; the admin lets nobody in without an account."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def last_note(piece: Publishable) -> LogEntry | None:
    """With what words, by whom and when this was last sent back; None when it never was. One query."""
    kind = ContentType.objects.get_for_model(piece)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(piece.pk))
    sent_back = entries.filter(change_message__startswith=SENT_BACK).select_related("user")
    return sent_back.order_by("-action_time").first()


def _outcome(piece: Any) -> str:
    if piece.status == Publishable.Status.SCHEDULED:
        moment = f"{piece.published_at:%Y-%m-%d %H:%M}"
        return _("%(piece)s is scheduled for %(moment)s UTC.") % {"piece": piece, "moment": moment}
    if piece.status == Publishable.Status.DRAFT:
        return _("%(piece)s is a draft again.") % {"piece": piece}
    return _("%(piece)s is %(state)s.") % {"piece": piece, "state": piece.stands_as}
