"""Cases: the votes that wait, why they wait, and the buttons that count them, void them or hold them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from editorial.choosing import NamedChoiceField
from tools.models import Tool
from votes.admin.ballots import list_votes
from votes.admin.desk import DeskAdmin, ReasonField, Step, actor_of, log_of, tool_widget
from votes.admin.evidence import evidence_measures, evidence_text, kind_text, reasons_text
from votes.admin.numbers import load_case_numbers, moved_text, now_text
from votes.models import Case, Crowd, Freeze, Vote
from votes.services import hold_votes, release_case, reopen_case, void_case


class HoldForm(forms.Form):
    """Which votes to set aside by hand."""

    tool = NamedChoiceField(Tool.objects.ever_out(), label=gettext_lazy("Tool"))
    crowd = forms.ChoiceField(label=gettext_lazy("Crowd"), choices=Crowd)
    since = forms.SplitDateTimeField(
        label=gettext_lazy("Votes since"),
        widget=AdminSplitDateTime,
        help_text=gettext_lazy("Votes of this crowd that were cast or changed since then wait, and so do new ones."),
    )
    reason = ReasonField()

    def clean_since(self) -> Any:
        since = self.cleaned_data["since"]
        if since and since > timezone.now():
            raise forms.ValidationError(_("Give a moment that has passed."))
        return since


def _by(service: Callable[..., int]) -> Callable[[Case, User, str], str]:
    """A service on a case as a step: how many votes moved, and what the tool's numbers are by then."""

    def run(case: Case, actor: User, reason: str) -> str:
        count = service(case, actor=actor, reason=reason)
        return f"{moved_text(count)} {now_text(case.tool)}"

    return run


@admin.register(Case)
class CaseAdmin(DeskAdmin):
    steps: ClassVar = {
        "release": Step(gettext_lazy("Release"), _by(release_case)),
        "void": Step(gettext_lazy("Void"), _by(void_case)),
        "hold_again": Step(gettext_lazy("Hold again"), _by(reopen_case)),
    }
    page_template = "admin/votes/case/case.html"
    actions: ClassVar = ["release_selected", "void_selected", "hold_again_selected"]
    list_display = ("tool", "decision", "votes_by_state", "reasons", "kind", "crowd", "opened")
    list_select_related = ("tool",)
    list_filter = ("decision", "crowd", "is_burst")
    search_fields = ("tool__name", "tool__slug")
    search_help_text = gettext_lazy("A tool's name or address")
    ordering = (F("closed_at").desc(nulls_first=True), "-opened_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        counts = {f"{state}_votes": Count("votes__voter", filter=Q(votes__state=state)) for state in Vote.State}
        cases: QuerySet[Case] = super().get_queryset(request)
        return cases.select_related("tool").annotate(**counts)

    @admin.display(description=gettext_lazy("set aside by"))
    def kind(self, case: Case) -> str:
        return kind_text(case)

    @admin.display(description=gettext_lazy("votes now"))
    def votes_by_state(self, case: Case) -> str:
        counts = [(getattr(case, f"{state}_votes"), state.label) for state in Vote.State]
        return ", ".join(f"{count} {label}" for count, label in counts if count) or _("none")

    @admin.display(description=gettext_lazy("opened"), ordering="opened_at")
    def opened(self, case: Case) -> str:
        return f"{case.opened_at:%Y-%m-%d %H:%M}"

    @admin.display(description=gettext_lazy("reasons"))
    def reasons(self, case: Case) -> str:
        return reasons_text(case)

    def steps_for(self, piece: Case) -> dict[str, Step]:
        useless = {"open": "hold_again", "released": "release", "voided": "void"}[piece.decision]
        return {name: step for name, step in self.steps.items() if name != useless}

    def page_of(self, piece: Case) -> dict[str, Any]:
        return {
            "kind": kind_text(piece),
            "sentences": evidence_text(piece),
            "measures": evidence_measures(piece),
            "numbers": load_case_numbers(piece),
            "freeze": Freeze.objects.filter(tool=piece.tool_id, lifted_at__isnull=True).first(),
            "log": log_of(piece.log.all()),
        }

    @admin.action(description=gettext_lazy("Release"), permissions=["change"])
    def release_selected(self, request: HttpRequest, queryset: QuerySet[Case]) -> HttpResponse | None:
        return self.ask(request, queryset, "release")

    @admin.action(description=gettext_lazy("Void"), permissions=["change"])
    def void_selected(self, request: HttpRequest, queryset: QuerySet[Case]) -> HttpResponse | None:
        return self.ask(request, queryset, "void")

    @admin.action(description=gettext_lazy("Hold again"), permissions=["change"])
    def hold_again_selected(self, request: HttpRequest, queryset: QuerySet[Case]) -> HttpResponse | None:
        return self.ask(request, queryset, "hold_again")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("hold/", view(self.hold_view), name="votes_case_hold"),
            path("votes/", view(self.votes_view), name="votes_case_votes"),
            *super().get_urls(),
        ]

    def votes_view(self, request: HttpRequest) -> HttpResponse:
        """Single votes: a model with a composite key cannot be registered, so its list is a page of the cases."""
        return list_votes(self, request)

    def hold_view(self, request: HttpRequest) -> HttpResponse:
        """Set the votes on a tool aside by hand."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        tool = Tool.objects.filter(slug=slugify(request.GET.get("tool", ""))).first()
        form = HoldForm(request.POST if request.method == "POST" else None, initial={"tool": tool})
        if widget := tool_widget(request, Case._meta.get_field("tool"), self.admin_site):
            form.fields["tool"].widget = widget
            form.fields["tool"].widget.choices = form.fields["tool"].choices  # type: ignore[attr-defined]
        if form.is_valid():
            chosen = form.cleaned_data
            case = hold_votes(**chosen, actor=actor_of(request))
            self.log_change(request, case, _("Held: %(reason)s") % {"reason": chosen["reason"]})
            waiting = case.votes.exclude(state__in=(Vote.State.COUNTED, Vote.State.WITHDRAWN)).count()
            said = ngettext("%(count)s of its votes wait.", "%(count)s of its votes wait.", waiting) % {
                "count": waiting
            }
            self.message_user(request, f"{said} {now_text(case.tool)}", messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:votes_case_change", args=[case.pk]))
        return self.show(request, "admin/votes/case/hold.html", _("Hold votes"), form, {})
