"""An issue as its readers will get it: the page with the frames, as whom, and a test to somebody who is named."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from editorial.permissions import has_right
from editorial.previews.desk import MEDIA
from editorial.stepping import reader_of
from newsletter.addresses import Mailbox, read_mailbox
from newsletter.admin.framing import LIGHTS, SANDBOX, framed
from newsletter.models import Issue, Subscriber
from newsletter.rendering import is_silent, preview, readers_of, render
from newsletter.services.testing import CannotTestError, send_test
from tools.figures import number

VIEWS = {
    "both": gettext_lazy("Side by side"),
    "desktop": gettext_lazy("Desktop"),
    "phone": gettext_lazy("Phone"),
    "text": gettext_lazy("Plain text"),
}
_LIGHTS = {"light": gettext_lazy("Light"), "dark": gettext_lazy("Dark")}
_SALT = "newsletter.preview"
_HOUR = 3600


class AsForm(forms.Form):
    """Whose mail is looked at, by an address that somebody knows: the list cannot be leafed through from here."""

    address = forms.CharField(
        label=gettext_lazy("Address of a subscriber"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )

    def clean_address(self) -> Subscriber | None:
        typed = self.cleaned_data["address"]
        if not typed:
            return None
        mailbox: Mailbox = read_mailbox(typed)
        found = Subscriber.objects.filter(address_key=mailbox.key, state=Subscriber.State.ACTIVE).first()
        if found is None:
            raise forms.ValidationError(_("Nobody with that address is on the list."))
        return found


class TestForm(forms.Form):
    """Who gets a test."""

    __test__ = False
    addresses = forms.CharField(
        label=gettext_lazy("Send a test to"),
        max_length=3000,
        widget=AdminTextareaWidget(attrs={"rows": 2}),
        help_text=gettext_lazy("Addresses, one on each line or with commas between them. Ten at most."),
        error_messages={"required": gettext_lazy("Name somebody who is to get the test.")},
    )

    def clean_addresses(self) -> list[str]:
        lines = self.cleaned_data["addresses"].replace(",", "\n").splitlines()
        return [line.strip() for line in lines if line.strip()]


class IssuePreviews(admin.ModelAdmin):
    """Whoever finds an issue may look at it. As a given subscriber only those who approve, for it says what somebody
    follows; a test is sent by those who work on issues.
    """

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<path:object_id>/preview/", wrap(self.preview_view), name="newsletter_issue_preview"),
            path(
                "<path:object_id>/preview/page/",
                wrap(require_safe(self.preview_page_view)),
                name="newsletter_issue_preview_page",
            ),
        ]
        return [*own, *super().get_urls()]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if "_preview" in request.POST:
            return HttpResponseRedirect(self.preview_of(obj))
        return super().response_change(request, obj)

    def preview_of(self, issue: Issue, **asked: str) -> str:
        address = reverse("admin:newsletter_issue_preview", args=[issue.pk])
        return f"{address}?{urlencode(asked)}" if asked else address

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        context["preview_address"] = self.preview_of(context["original"])
        return super().render_change_form(request, context, *args, **options)

    def preview_page_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What the frames show: the mail's HTML, under a policy that lets nothing run."""
        issue = self._issue(request, object_id)
        if issue is None:
            raise Http404
        light = request.GET.get("light", "")
        return framed(preview(issue, self._reader(request))[0], light if light in LIGHTS else LIGHTS[0])

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The frames; a post says as whom, or sends a test."""
        issue = self._issue(request, object_id)
        if issue is None:
            desk: Any = self
            lost: HttpResponse = desk._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return lost
        chosen = AsForm(request.POST if "_as" in request.POST else None)
        test = TestForm(request.POST if "_test" in request.POST else None, initial={"addresses": _own(request)})
        if request.method == "POST":
            if "_as" in request.POST and self._may_look_as(request):
                if chosen.is_valid():
                    return self._look_as(request, issue, chosen.cleaned_data["address"])
            elif "_test" in request.POST and self._may_test(request):
                if test.is_valid():
                    self._send(request, issue, test.cleaned_data["addresses"])
                    return HttpResponseRedirect(request.get_full_path())
            else:
                raise PermissionDenied
        return self._preview(request, issue, chosen, test)

    def _issue(self, request: HttpRequest, object_id: str) -> Any:
        issue = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, issue):
            raise PermissionDenied
        return issue

    def _may_look_as(self, request: HttpRequest) -> bool:
        return has_right(request.user, "approve", Issue)

    def _may_test(self, request: HttpRequest) -> bool:
        return has_right(request.user, "change", Issue) or has_right(request.user, "approve", Issue)

    def _look_as(self, request: HttpRequest, issue: Issue, subscriber: Subscriber | None) -> HttpResponse:
        """Back to the page with a word for the subscriber that nobody can guess: numbers could be tried one by one."""
        asked = {name: value for name in ("width", "light") if (value := request.GET.get(name))}
        if subscriber:
            asked["as"] = signing.dumps([subscriber.pk, request.user.pk], salt=_SALT)
        return HttpResponseRedirect(self.preview_of(issue, **asked))

    def _reader(self, request: HttpRequest) -> Subscriber | None:
        """As whom the person at the desk looks; nobody for a word of another's or of an hour ago."""
        try:
            key, by = signing.loads(request.GET.get("as", ""), salt=_SALT, max_age=_HOUR)
        except signing.BadSignature:
            return None
        is_theirs = by == request.user.pk and self._may_look_as(request)
        return Subscriber.objects.filter(pk=key).first() if is_theirs else None

    def _send(self, request: HttpRequest, issue: Issue, addresses: list[str]) -> None:
        try:
            sent = send_test(issue, addresses, as_subscriber=self._reader(request), by=reader_of(request))
        except CannotTestError as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return
        said = ngettext("A test is on its way to %(who)s.", "Tests are on their way to %(who)s.", len(sent))
        self.message_user(request, said % {"who": _(", ").join(sent), "count": number(len(sent))}, messages.SUCCESS)

    def _preview(self, request: HttpRequest, issue: Issue, chosen: AsForm, test: TestForm) -> HttpResponse:
        width, light = request.GET.get("width", ""), request.GET.get("light", "")
        width, light = width if width in VIEWS else "both", light if light in LIGHTS else LIGHTS[0]
        subscriber = self._reader(request)
        asked = {"width": width, "light": light, **({"as": request.GET["as"]} if subscriber else {})}
        context = {
            **self.admin_site.each_context(request),
            "is_nav_sidebar_enabled": False,  # the room is for the mail
            "title": _("Preview: %(piece)s") % {"piece": issue},
            "opts": self.opts,
            "original": issue,
            "widths": [
                (label, f"?{urlencode({**asked, 'width': name})}", name == width) for name, label in VIEWS.items()
            ],
            "lights": [
                (label, f"?{urlencode({**asked, 'light': name})}", name == light) for name, label in _LIGHTS.items()
            ],
            "width": width,
            "frames": {"both": ["desktop", "phone"], "text": []}.get(width, [width]),
            "page_address": f"{request.path}page/?{urlencode({**asked, 'width': width})}",
            "sandbox": SANDBOX,
            "text": preview(issue, subscriber)[1] if width == "text" else "",
            "subscriber": subscriber,
            "is_silent": subscriber is not None and is_silent(render(issue), next(readers_of([subscriber]))),
            "as_form": chosen if self._may_look_as(request) else None,
            "test_form": test if self._may_test(request) else None,
            "errors": chosen.errors or test.errors,
            "media": self.media + MEDIA,
        }
        return TemplateResponse(request, "admin/newsletter/issue/preview.html", context)


def _own(request: HttpRequest) -> str:
    return reader_of(request).email
