"""Addresses that get no weekly email, as the desk shows them: by keyed hash, because that is all there is.

Whoever wants to know whether an address is among them types it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.paging import WITHIN_REACH, NearPaginator
from newsletter.admin.adding import AddressField
from newsletter.admin.pages import ReaderDesk, ReasonField
from newsletter.admin.standing import suppression_sentence
from newsletter.finding import suppressed_hashes
from newsletter.models import Subscriber, Suppression
from newsletter.services import lift_hash, suppress
from tools.figures import day

_BYTES = 32


class SuppressForm(forms.Form):
    email = AddressField()
    reason = ReasonField()


class LiftForm(forms.Form):
    reason = ReasonField()


@admin.register(Suppression)
class SuppressionAdmin(ReaderDesk):
    list_display = ("short_hash", "reason", "since", "source", "whose")
    list_display_links = None  # its key is 32 bytes: the link is ours
    list_filter = ("reason",)
    search_fields = ("address_hmac",)  # looked up by newsletter/finding.py
    search_help_text = gettext_lazy("A whole address, in any spelling")
    ordering: ClassVar = ["-at"]
    paginator = NearPaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suppression]:
        found: QuerySet[Suppression] = super().get_queryset(request)
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Suppression | None:
        """By its hash in letters."""
        try:
            hashed = bytes.fromhex(object_id)
        except ValueError:
            return None
        return self.get_queryset(request).filter(pk=hashed).first() if len(hashed) == _BYTES else None

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(address_hmac__in=suppressed_hashes(search_term)), False

    @admin.display(description=gettext_lazy("keyed hash"))
    def short_hash(self, suppression: Suppression) -> str:
        letters = bytes(suppression.address_hmac).hex()
        return format_html('<a href="{}"><code>{}</code></a>', self.address_of("change", letters), letters[:12])

    @admin.display(description=gettext_lazy("since"))
    def since(self, suppression: Suppression) -> str:
        return day(suppression.at)

    @admin.display(description=gettext_lazy("subscriber"))
    def whose(self, suppression: Suppression) -> str:
        """Of one who has a row still; the list asks once for all it shows."""
        pk = getattr(suppression, "subscriber_pk", None)
        return format_html('<a href="{}">{}</a>', _page_of(pk), pk) if pk else "-"

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changes = super().get_changelist_instance(request)
        rows: Any = changes.result_list
        if not isinstance(rows, list):
            changes.result_list = rows = list(rows)
        hashes = [bytes(row.address_hmac) for row in rows]
        known = Subscriber.objects.filter(address_hmac__in=hashes).values_list("address_hmac", "pk")
        by_hash = {bytes(hashed): pk for hashed, pk in known}
        for row in rows:
            row.subscriber_pk = by_hash.get(bytes(row.address_hmac))
        return changes

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = str(self.opts.verbose_name_plural).capitalize()
        return super().changelist_view(request, {"title": title, "reach": WITHIN_REACH, **(extra_context or {})})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = SuppressForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            key, reason = form.cleaned_data["email"].key, form.cleaned_data["reason"]
            suppress(key, Suppression.Reason.BY_HAND, source=reason)
            kept = suppressed_hashes(form.cleaned_data["email"].address)[0].hex()
            self.note(request, kept, _("Suppressed by hand: %(reason)s") % {"reason": reason}, flag=1)
            self.message_user(request, _("Suppressed. No weekly email goes there."), messages.SUCCESS)
            return HttpResponseRedirect(self.address_of("change", kept))
        return self.show(request, "suppression/add", _("Suppress an address"), form=form, errors=form.errors)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What is known of one, and the button that lifts it."""
        found = self.get_object(request, object_id)
        if not self.has_view_or_change_permission(request, found):
            raise PermissionDenied
        if found is None:
            return super().change_view(request, object_id, form_url, extra_context)  # which says that it is gone
        may = self.has_change_permission(request)
        if request.method == "POST" and not may:
            raise PermissionDenied
        form = LiftForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            lift_hash(bytes(found.address_hmac))
            self.note(request, object_id, _("Lifted: %(reason)s") % {"reason": form.cleaned_data["reason"]})
            self.message_user(request, _("Lifted. Weekly email may go to this address again."), messages.SUCCESS)
            return HttpResponseRedirect(self.address_of("changelist"))
        names = {
            "said": suppression_sentence(found),
            "letters": bytes(found.address_hmac).hex(),
            "subscriber": Subscriber.objects.filter(address_hmac=bytes(found.address_hmac)).first(),
            "form": form if may else None,
            "errors": form.errors,
        }
        return self.show(request, "suppression/suppression", _("A suppressed address"), original=found, **names)


def _page_of(pk: int) -> str:
    return reverse("admin:newsletter_subscriber_change", args=[pk])
