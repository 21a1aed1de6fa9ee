"""The steps of an issue's life as the desk offers them. A button saves what was typed, then takes its step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from editorial.permissions import has_right
from editorial.stepping import reader_of
from newsletter.models import Issue
from newsletter.services import issues as services

_S = Issue.Status


@dataclass(frozen=True, slots=True)
class Step:
    """`verb` is the right that it takes; `is_for` says whether it makes sense for an issue as it stands."""

    step: str
    label: Promise
    outcome: Promise
    verb: str
    is_for: Callable[[Issue], bool]
    run: Callable[[Issue, User], Any]


STEPS = {
    step.step: step
    for step in (
        Step(
            *("assemble", gettext_lazy("Assemble anew"), gettext_lazy("%(issue)s is assembled anew.")),
            *("change", lambda issue: issue.status == _S.DRAFT, lambda issue, by: services.assemble_issue(issue)),
        ),
        Step(
            *("approve", gettext_lazy("Approve"), gettext_lazy("%(issue)s is approved.")),
            *("approve", lambda issue: issue.status == _S.DRAFT, services.approve_issue),
        ),
        Step(
            *("take_back", gettext_lazy("Take the approval back")),
            gettext_lazy("%(issue)s is a draft again, and is held back."),
            *("approve", lambda issue: issue.status == _S.APPROVED),
            lambda issue, by: services.take_approval_back(issue),
        ),
        Step(
            *("hold", gettext_lazy("Hold back")),
            gettext_lazy("%(issue)s is held back: it does not go out by itself."),
            *("change", lambda issue: issue.status == _S.DRAFT and not issue.is_held),
            lambda issue, by: services.hold_back(issue),
        ),
        Step(
            *("let_go", gettext_lazy("Let it go")),
            gettext_lazy("%(issue)s is no longer held back."),
            *("approve", lambda issue: issue.status == _S.DRAFT and issue.is_held),
            lambda issue, by: services.let_go(issue),
        ),
    )
}


class IssueSteps(admin.ModelAdmin):
    """Taking steps from an issue's form."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """While somebody saves or takes a step the row is held: what may be done depends on where the issue stands."""
        issue = super().get_object(request, object_id, from_field)
        if issue is None or request.method != "POST" or not connection.in_atomic_block:
            return issue
        return self.get_queryset(request).select_for_update(of=("self",)).filter(pk=issue.pk).first()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "POST":
            return super().change_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            issue = self.get_object(request, unquote(object_id))
            if issue and not self.has_change_permission(request, issue) and self.has_view_permission(request, issue):
                return self._step_alone(request, issue)
            return super().change_view(request, object_id, form_url, extra_context)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if "_step" in request.POST:
            return self._step(request, obj)
        return super().response_change(request, obj)

    def _step_alone(self, request: HttpRequest, issue: Issue) -> HttpResponse:
        """Somebody saves or takes a step where nothing can be typed, such as when it was approved meanwhile."""
        if "_step" in request.POST:
            return self._step(request, issue)
        if not has_right(request.user, "change", Issue):
            raise PermissionDenied
        said = _("%(issue)s is %(state)s by now, so nothing was saved. What you typed is kept in your browser.")
        named = {"issue": issue, "state": issue.get_status_display().lower()}
        self.message_user(request, said % named, messages.ERROR)
        return HttpResponseRedirect(self.page_of(issue))

    def _step(self, request: HttpRequest, issue: Issue) -> HttpResponse:
        """Take the step of a button and say what became of it; what cannot be done is explained."""
        step = STEPS.get(request.POST["_step"])
        if step is None or not has_right(request.user, step.verb, Issue):
            raise PermissionDenied
        try:
            with transaction.atomic():
                step.run(issue, reader_of(request))
        except services.CannotStepError as problem:
            self.message_user(request, str(problem), messages.ERROR)
        else:
            self.log_change(request, issue, str(step.label))
            self.message_user(request, step.outcome % {"issue": issue}, messages.SUCCESS)
        return HttpResponseRedirect(self.page_of(issue))

    def steps_for(self, request: HttpRequest, issue: Issue) -> list[Step]:
        """The steps that make sense for an issue as it stands, and that somebody may take."""
        return [step for step in STEPS.values() if step.is_for(issue) and has_right(request.user, step.verb, Issue)]

    def page_of(self, issue: Issue) -> str:
        return reverse("admin:newsletter_issue_change", args=[issue.pk])
