"""The page of an issue that goes out, or is about to: the account as it stands, what to do, and why it was halted."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from editorial.permissions import has_right
from editorial.stepping import reader_of
from newsletter.admin.reckoning import MOVING, halts_of, reckon, said_of
from newsletter.admin.send_steps import HELD_STEPS, STEPS, SendStep
from newsletter.models import Issue, Subscriber
from newsletter.sending.pausing import CannotStepError
from newsletter.services.issues import CannotStepError as CannotApproveError
from tools.figures import minute

REFRESH_SECONDS = 5


class IssueSendings(admin.ModelAdmin):
    """Whoever finds an issue may look at its account; who may send it takes the steps; and who may see subscribers
    reads addresses.
    """

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<path:object_id>/sending/", wrap(self.sending_view), name="newsletter_issue_sending"),
            path(
                "<path:object_id>/sending/numbers/",
                wrap(require_safe(never_cache(self.numbers_view))),
                name="newsletter_issue_numbers",
            ),
        ]
        return [*own, *super().get_urls()]

    def sending_of(self, issue: Issue) -> str:
        return reverse("admin:newsletter_issue_sending", args=[issue.pk])

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        context["sending_address"] = self.sending_of(context["original"])
        return super().render_change_form(request, context, *args, **options)

    def numbers_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What the script of an open page asks for every few seconds."""
        issue = self._issue_to_send(request, object_id)
        if issue is None:
            raise Http404
        found = reckon(issue, may_see_names=self._may_see_names(request))
        return JsonResponse({"live": found.live, "shape": found.shape})

    def sending_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The account and the steps; a post takes one of them."""
        issue = self._issue_to_send(request, object_id)
        if issue is None:
            desk: Any = self
            lost: HttpResponse = desk._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return lost
        if request.method != "POST":
            return self._sending(request, issue)
        step = {**STEPS, **HELD_STEPS}.get(request.POST.get("step", ""))
        if step is None or not has_right(request.user, "send", Issue):
            raise PermissionDenied
        if not step.is_for(issue):
            named = {"issue": issue, "state": issue.get_status_display().lower()}
            self.message_user(request, _("%(issue)s is %(state)s by now.") % named, messages.ERROR)
            return HttpResponseRedirect(self.sending_of(issue))
        form = step.form(issue, request.POST)
        if not form.is_valid():
            return self._sending(request, issue, (step, form))
        self._take(request, issue, step, form)
        return HttpResponseRedirect(self.sending_of(issue))

    def _take(self, request: HttpRequest, issue: Issue, step: SendStep, form: Any) -> None:
        """Say what became of it; what the engine refuses, in its own words."""
        try:
            with transaction.atomic():
                said = step.run(issue, reader_of(request), form)
        except (CannotStepError, CannotApproveError) as problem:
            self.message_user(request, str(problem), messages.ERROR)
        else:
            self.log_change(request, issue, f"{step.label}: {said}")
            self.message_user(request, said, messages.SUCCESS)

    def _issue_to_send(self, request: HttpRequest, object_id: str) -> Any:
        issue = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, issue):
            raise PermissionDenied
        return issue

    def _may_see_names(self, request: HttpRequest) -> bool:
        return has_right(request.user, "view", Subscriber)

    def _sending(self, request: HttpRequest, issue: Issue, tried: tuple[SendStep, Any] | None = None) -> HttpResponse:
        may_send = has_right(request.user, "send", Issue)
        found = reckon(issue, may_see_names=self._may_see_names(request)) if issue.frozen_at else None
        steps = [step for step in STEPS.values() if may_send and step.is_for(issue)]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Sending: %(piece)s") % {"piece": issue},
            "opts": self.opts,
            "original": issue,
            "reckoning": found,
            "since": _("Frozen and in the archive since %(moment)s.") % {"moment": minute(issue.frozen_at)}
            if found
            else "",
            "halts": found.halts if found else halts_of(issue),
            "pauses": [said_of(pause) for pause in found.pauses] if found else [],
            "steps": [(step, tried[1] if tried and tried[0] is step else step.form(issue)) for step in steps],
            "held_steps": [step for step in HELD_STEPS.values() if may_send and step.is_for(issue)],
            "held_errors": tried[1].non_field_errors() if tried and tried[0].name in HELD_STEPS else [],
            "errors": tried[1].errors if tried else None,
            "numbers_address": f"{self.sending_of(issue)}numbers/",
            "is_moving": issue.status in MOVING,
            "seconds": REFRESH_SECONDS,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/newsletter/issue/sending.html", context)
