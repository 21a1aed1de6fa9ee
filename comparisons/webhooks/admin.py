"""Receivers in the admin: a form, and a page with what became of deliveries and the steps to take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comparisons.models import Receipt, Webhook, WebhookDelivery
from comparisons.webhooks import desk, ledger
from comparisons.webhooks.addresses import AddressError, read_url
from tools.figures import minute

LATELY = 50


class WebhookForm(forms.ModelForm):
    kinds = forms.MultipleChoiceField(
        choices=Receipt.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Kinds"),
        help_text=gettext_lazy("Which receipts it wants; none chosen means all."),
    )

    class Meta:
        model = Webhook
        fields = ("name", "url", "kinds", "is_active")
        widgets: ClassVar = {"url": AdminTextInputWidget(attrs={"class": "vURLField"})}

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        try:
            read_url(url)
        except AddressError as problem:
            raise ValidationError(str(problem)) from problem
        return url


class ReplayForm(forms.Form):
    since = forms.DateField(
        label=gettext_lazy("Since"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean_since(self) -> date:
        day: date = self.cleaned_data["since"]
        if day > timezone.now().date():
            raise ValidationError(_("That day has not come yet."))
        return day


class Said(NamedTuple):
    """What a step did, for the operator; with `secret` the page is shown at once, for a message would store it."""

    text: str
    level: int = messages.SUCCESS
    secret: str = ""


def _ping(webhook: Webhook) -> Said:
    answer = desk.ping(webhook)
    if answer.is_ok:
        return Said(_("It answered %(status)s: the ping arrived.") % {"status": answer.status})
    return Said(_("The ping did not arrive. %(error)s") % {"error": answer.error}, messages.ERROR)


def _rotate(webhook: Webhook) -> Said:
    try:
        until = desk.rotate_secret(webhook)
    except desk.OverlapError as problem:
        return Said(str(problem), messages.ERROR)
    words = _("Deliveries are signed with both secrets until %(moment)s.")
    return Said(words % {"moment": minute(until)}, secret=webhook.secret)


def _stop_old(webhook: Webhook) -> Said:
    desk.stop_old_secret(webhook)
    return Said(_("Deliveries are signed with the new secret alone."))


def _show(webhook: Webhook) -> Said:
    return Said(_("That it was shown is in the history."), secret=webhook.secret)


def _resume(webhook: Webhook) -> Said:
    desk.resume(webhook)
    return Said(_("What has waited goes out within a minute, in order."))


STEPS: dict[str, tuple[Promise, Callable[[Webhook], Said]]] = {
    "ping": (gettext_lazy("Send a ping"), _ping),
    "show": (gettext_lazy("Show the secret"), _show),
    "rotate": (gettext_lazy("Make a new secret"), _rotate),
    "stop_old": (gettext_lazy("Stop the old secret"), _stop_old),
    "resume": (gettext_lazy("Resume now"), _resume),
}


class FailingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("failing", gettext_lazy("Not getting through"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.failing() if self.value() == "failing" else queryset


@admin.register(Webhook)
class WebhookAdmin(admin.ModelAdmin):
    form = WebhookForm
    fields = ("name", "url", "kinds", "is_active")
    list_display = ("name", "standing", "waiting", "last_ok_at", "url")
    list_filter = (FailingFilter,)
    search_fields = ("name", "url")

    class Media:
        css: ClassVar = {"all": ["votes/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_waiting()  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("state"))
    def standing(self, webhook: Webhook) -> str:
        """In capitals what somebody has to look at."""
        if webhook.paused_at:
            words = _("PAUSED since %(moment)s: %(reason)s")
            return words % {"moment": minute(webhook.paused_at), "reason": webhook.pause_reason}
        if not webhook.is_active:
            return _("off")
        if webhook.failing_since:
            return _("FAILING since %(moment)s") % {"moment": minute(webhook.failing_since)}
        return _("in order")

    @admin.display(description=gettext_lazy("waiting"), ordering="waiting_count")
    def waiting(self, webhook: Any) -> int:
        return int(webhook.waiting_count)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Deliveries go with their receiver: they are nobody's to keep, and may be many."""
        names = [str(webhook) for webhook in objs]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), []

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:  # noqa: FBT001
        if change:
            desk.change(obj)
        else:
            desk.register(obj)

    def response_add(self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None) -> HttpResponse:
        """To the page where its secret is, and the ping; no more than that is said."""
        if {"_addanother", "_continue"} & request.POST.keys():
            return super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(reverse("admin:comparisons_webhook_receiver", args=[obj.pk]))

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<path:object_id>/receiver/",
            self.admin_site.admin_view(self.receiver_view),
            name="comparisons_webhook_receiver",
        )
        return [own, *super().get_urls()]

    def receiver_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        webhook = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, webhook):
            raise PermissionDenied
        if webhook is None:
            raise Http404
        form, said = ReplayForm(request.POST if "since" in request.POST else None), None
        if request.method == "POST":
            if not self.has_change_permission(request, webhook):
                raise PermissionDenied
            said = self._again(request, webhook, form) if form.is_bound else self._step(request, webhook)
        if said:
            self.message_user(request, said.text, said.level)
            if not said.secret:
                return HttpResponseRedirect(request.path)
        context = {
            "title": webhook.name,
            "opts": self.opts,
            "original": webhook,
            "standing": self.standing(webhook),
            "deliveries": ledger.lately(webhook, LATELY),
            "secret": said.secret if said else "",
            "replay": form,
            "media": self.media,
            "steps": _steps_for(webhook) if self.has_change_permission(request, webhook) else {},
        }
        return self._page(request, context)

    def _page(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), **context}
        return TemplateResponse(request, "admin/comparisons/webhook/receiver.html", context)

    def _again(self, request: HttpRequest, webhook: Webhook, form: ReplayForm) -> Said | None:
        if said := _replay(webhook, form):
            self.log_change(request, webhook, _("Sent again: %(outcome)s") % {"outcome": said.text})
        return said

    def _step(self, request: HttpRequest, webhook: Webhook) -> Said:
        step = STEPS.get(request.POST.get("step", ""))
        if step is None:
            return Said(_("Choose one of the buttons."), messages.ERROR)
        self.log_change(request, webhook, f"{step[0]}.")
        return step[1](webhook)


def _replay(webhook: Webhook, form: ReplayForm) -> Said | None:
    if not form.is_valid():
        return None
    since = datetime.combine(form.cleaned_data["since"], time.min, UTC)
    number = desk.replay(webhook, since=since)
    words = _("%(count)s queued. Ids stay the same, so a receiver can tell what it had already.")
    return Said(words % {"count": number})


def _steps_for(webhook: Webhook) -> dict[str, str]:
    senseless = {
        "rotate": webhook.old_secret != "",
        "stop_old": webhook.old_secret == "",
        "resume": webhook.paused_at is None,
    }
    return {name: str(label) for name, (label, _) in STEPS.items() if not senseless.get(name)}


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(admin.ModelAdmin):
    """To look at, and nothing else."""

    list_display = ("receipt_id", "webhook", "state", "attempts", "status_code", "error", "not_before", "settled_at")
    list_display_links = None
    list_filter = ("webhook", "state")
    list_select_related = ("webhook",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
