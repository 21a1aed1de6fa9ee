"""The desk of issues: their list, and one issue with its blocks, its steps and what keeps it from going out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from editorial.history.desk import KeptHistory
from editorial.permissions import has_right
from editorial.writing import MarkdownDesk
from newsletter.admin.blocks import BlockInline
from newsletter.admin.previews import IssuePreviews
from newsletter.admin.sendings import IssueSendings
from newsletter.admin.stepping import IssueSteps
from newsletter.admin.telling import left_out
from newsletter.models import Issue
from newsletter.outlook import in_zone, look_ahead
from newsletter.rendering import checks
from newsletter.services.issues import CannotStepError
from newsletter.services.ticking import due_issues, make_issue, may_make_issue
from tools.figures import minute

LIST = "admin:newsletter_issue_changelist"


class _Reasons:
    """What holds back each issue that has not gone out, asked once for a whole list."""

    @cached_property
    def by_issue(self) -> Mapping[int, Sequence[str]]:
        return {due.issue.pk: due.reasons for due in due_issues()}

    def of(self, issue: Issue) -> Sequence[str] | None:
        """None of an issue that has gone out, or never will."""
        return self.by_issue.get(issue.pk)


@admin.register(Issue)
class IssueAdmin(IssuePreviews, IssueSendings, IssueSteps, MarkdownDesk, KeptHistory):
    change_form_template = "admin/newsletter/issue/change_form.html"
    change_list_template = "admin/newsletter/issue/change_list.html"
    markdown: ClassVar = {"introduction": 2}
    fields = ("subject", "preheader", "introduction")
    inlines: ClassVar = [BlockInline]
    list_filter = ("status",)
    search_fields = ("subject", "iso_week")
    search_help_text = gettext_lazy("Words of the subject, or a week such as 2026-W48")
    ordering = ("-number",)
    actions = None
    view_on_site = False  # only what went out has a page, and a link of its own to it
    show_full_result_count = False

    class Media:
        css: ClassVar = {"all": ["editorial/desk.css", "newsletter/desk/issues.css"]}
        js: ClassVar = ["newsletter/desk/blocks.js"]

    def get_urls(self) -> list[URLPattern]:
        make = path("make/", self.admin_site.admin_view(require_POST(self.make_view)), name="newsletter_issue_make")
        return [make, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # the schedule makes them, or the button beside the list

    def has_delete_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        return False  # numbers have no gaps

    def has_change_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        """What is approved is read before it can be changed again: the approval is taken back first."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.status == Issue.Status.DRAFT)

    def has_view_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        return has_right(request.user, "view", Issue) or has_right(request.user, "change", Issue)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        reasons = _Reasons()

        @admin.display(description=_("what holds it back"))
        def held_by(issue: Issue) -> str:
            found = reasons.of(issue)
            return "" if found is None else " ".join(found) or _("Nothing: it goes out now.")

        return ["__str__", "subject", "status", "due", held_by]

    @admin.display(description=gettext_lazy("due at (UTC)"), ordering="due_at")
    def due(self, issue: Issue) -> str:
        return minute(issue.due_at)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {"outlook": look_ahead(), "may_make": self._may_make(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def make_view(self, request: HttpRequest) -> HttpResponse:
        """This week's issue, for whoever does without the schedule."""
        if not has_right(request.user, "change", Issue):
            raise PermissionDenied
        try:
            issue = make_issue()
        except CannotStepError as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return HttpResponseRedirect(reverse(LIST))
        self.log_addition(request, issue, [{"added": {}}])
        self.message_user(request, _("%(issue)s is made.") % {"issue": issue}, messages.SUCCESS)
        return HttpResponseRedirect(self.page_of(issue))

    def _may_make(self, request: HttpRequest) -> bool:
        return has_right(request.user, "change", Issue) and may_make_issue()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        issue = context["original"]
        context["steps"] = [(step, ()) for step in self.steps_for(request, issue)]
        context["reasons"] = _Reasons().of(issue)
        context["problems"] = checks(issue) if issue.content_sha256 is None else []
        context["left_out"] = left_out(issue)
        context["due"] = {"there": in_zone(issue.due_at, issue.zone), "universal": minute(issue.due_at)}
        return super().render_change_form(request, context, *args, **options)
