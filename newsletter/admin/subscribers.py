"""Subscribers at the desk: who they are, what they agreed to, and the few things an editor does for one of them.

No row is typed over: what changes does so by a button, a reason and a service, and the log names the subscriber's
number alone. docs/decisions/0036.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import note_export
from accounts.paging import WITHIN_REACH, NearPaginator
from editorial.filters import OneClick
from editorial.stepping import reader_of
from newsletter.admin.adding import AddForm
from newsletter.admin.bringing import ListsDesk
from newsletter.admin.drawing import drawn_figures
from newsletter.admin.standing import STANDINGS, page_of, standing_of, with_standing
from newsletter.admin.steps import STEPS, Step, StepForm
from newsletter.finding import wanted
from newsletter.models import Subscriber
from newsletter.services import CannotAddError, add_by_hand, proof_of, suppression_of
from tools.figures import day


def _narrowing(name: str) -> Any:
    return (STANDINGS[name], lambda subscribers, _request: subscribers.filter(standing_of(name)))


class StandingFilter(OneClick):
    title = gettext_lazy("state")
    parameter_name = "standing"
    narrowings: ClassVar = {name: _narrowing(name) for name in ("waiting", "active", "paused", "unsubscribed")} | {
        "suppressed": _narrowing("suppressed")
    }


@admin.register(Subscriber)
class SubscriberAdmin(ListsDesk):
    list_display = ("address", "state_in_words", "confirmed", "asked")
    list_display_links = ("address",)
    list_filter = (StandingFilter, ("confirmed_at", admin.DateFieldListFilter))
    search_fields = ("address_key",)  # looked up by newsletter/finding.py
    search_help_text = gettext_lazy("An address in any spelling, the beginning of one, or a number")
    ordering: ClassVar = ["-pk"]
    paginator = NearPaginator
    change_list_template = "admin/newsletter/subscriber/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "newsletter_subscriber"
        return [
            path("figures/", view(self.figures_view), name=f"{name}_figures"),
            path("<path:object_id>/proof/", view(self.proof_view), name=f"{name}_proof"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscriber]:
        found: QuerySet[Subscriber] = super().get_queryset(request)
        return with_standing(found)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        return (queryset.filter(wanted(search_term)) if search_term.strip() else queryset), False

    @admin.display(description=gettext_lazy("state"))
    def state_in_words(self, subscriber: Any) -> str:
        return str(STANDINGS[subscriber.standing])

    @admin.display(description=gettext_lazy("confirmed"))
    def confirmed(self, subscriber: Subscriber) -> str:
        return day(subscriber.confirmed_at) if subscriber.confirmed_at else "-"

    @admin.display(description=gettext_lazy("asked"))
    def asked(self, subscriber: Subscriber) -> str:
        return day(subscriber.asked_at)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {
            "title": str(self.opts.verbose_name_plural).capitalize(),
            "may_import": self.may_import(request),
            "reach": WITHIN_REACH,
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """By hand, with where the consent is from."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = AddForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid() and (added := self._add(request, form)):
            return HttpResponseRedirect(self.address_of("change", added.pk))
        return self.show(request, "subscriber/add", _("Add a subscriber"), form=form, errors=form.errors)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Everything about one, and the buttons of those who may press them."""
        subscriber = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, subscriber):
            raise PermissionDenied
        if subscriber is None:
            return super().change_view(request, object_id, form_url, extra_context)  # which says that it is gone
        may = self.has_change_permission(request)
        if request.method == "POST" and not may:
            raise PermissionDenied
        step, form = self._pressed(request, subscriber)
        if step and form and form.is_valid():
            return self._take(request, subscriber, step, form.cleaned_data["reason"])
        suppression = suppression_of(subscriber.address_key)
        offered = [one for one in STEPS.values() if may and (one == step or one.is_for(subscriber, suppression))]
        names = {
            **page_of(subscriber),
            "steps": [(one, form if one == step else one.form(subscriber, prefix=one.name)) for one in offered],
            "original": subscriber,
            "errors": bool(form and form.errors),
            "may_prove": request.user.has_perm("newsletter.view_consent"),
        }
        return self.show(request, "subscriber/subscriber", subscriber.address, **names)

    def proof_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The proof of consent, as a file; that it was taken is in the log."""
        may_see = self.has_view_or_change_permission(request) and request.user.has_perm("newsletter.view_consent")
        if not may_see:
            raise PermissionDenied
        subscriber = self.get_object(request, unquote(object_id))
        if subscriber is None or request.method != "POST":
            return HttpResponseRedirect(self.address_of("changelist"))
        note_export(by=reader_of(request), kind=Subscriber, count=1)
        self.note(request, subscriber.pk, _("Proof of consent taken as a file."))
        headers = {"Content-Disposition": f'attachment; filename="drydock-consent-{subscriber.pk}.json"'}
        text = json.dumps(proof_of(subscriber.address), indent=2, ensure_ascii=False)
        return HttpResponse(text, content_type="application/json", headers=headers)

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        """Growth, churn and the rate of confirmation, each as a chart and in figures."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return self.show(request, "subscriber/figures", _("Subscribers in figures"), **drawn_figures())

    def _add(self, request: HttpRequest, form: AddForm) -> Subscriber | None:
        mailbox, source = form.cleaned_data["email"], form.cleaned_data["source"]
        try:
            added, is_new = add_by_hand(address=mailbox.address, source=source, wishes=form.wishes)
        except CannotAddError:  # since the form was looked at
            form.add_error("email", _("This address has been suppressed just now."))
            return None
        if not is_new:
            form.add_error("email", _("This mailbox is on the list already, perhaps in another spelling."))
            return None
        self.note(request, added.pk, _("Added by hand: %(source)s") % {"source": source}, flag=1)
        self.message_user(request, _("Added. The next issue goes there."), messages.SUCCESS)
        return added

    def _pressed(self, request: HttpRequest, subscriber: Subscriber) -> tuple[Step | None, StepForm | None]:
        if request.method != "POST":
            return None, None
        step = STEPS.get(request.POST.get("step", ""))
        if step is None:
            self.message_user(request, _("Choose one of the buttons."), messages.ERROR)
            return None, None
        return step, step.form(subscriber, request.POST, prefix=step.name)

    def _take(self, request: HttpRequest, subscriber: Subscriber, step: Step, reason: str) -> HttpResponse:
        number = subscriber.pk
        step.run(subscriber, reason)
        self.note(request, number, f"{step.label}: {reason}", flag=3 if step.name == "erase" else 2)
        self.message_user(request, str(step.done), messages.SUCCESS)
        gone = step.name == "erase"
        return HttpResponseRedirect(self.address_of("changelist") if gone else self.address_of("change", number))
