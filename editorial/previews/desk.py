"""Previews at the desk: the buttons that lead there, the page with its frames, and the links for people outside."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.csp import CSP, build_policy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from editorial.models import Publishable
from editorial.previews.links import DAYS, live_links, make_link, may_share, revoke_link
from editorial.previews.showing import CannotShowError, show
from editorial.stepping import reader_of

WIDTHS = {
    "both": gettext_lazy("Side by side"),
    "desktop": gettext_lazy("Desktop"),
    "phone": gettext_lazy("Phone"),
}
MEDIA = forms.Media(css={"all": ["editorial/desk/preview.css"]})


def _lifetimes() -> list[tuple[int, str]]:
    return [(days, ngettext("%(count)s day", "%(count)s days", days) % {"count": days}) for days in DAYS]


class LinkForm(forms.Form):
    """For how long a link opens."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("For how long"),
        coerce=int,
        initial=7,
        choices=_lifetimes,
        error_messages={
            "required": gettext_lazy("Choose for how long."),
            "invalid_choice": gettext_lazy("Choose for how long."),
        },
    )


class PreviewDesk(admin.ModelAdmin):  # type: ignore[type-arg]
    """Whoever finds a piece at the desk may preview it; whoever may change or publish it may show it to others."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        own = [
            path("<path:object_id>/preview/", self.admin_site.admin_view(self.preview_view), name=name),
            path(
                "<path:object_id>/preview/page/",
                self.admin_site.admin_view(require_safe(self.preview_page_view)),
                name=f"{name}_page",
            ),
        ]
        return [*own, *super().get_urls()]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._preview_after(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._preview_after(request, obj) or super().response_change(request, obj)

    def _preview_after(self, request: HttpRequest, piece: Any) -> HttpResponse | None:
        if "_preview" not in request.POST or IS_POPUP_VAR in request.POST:
            return None
        return HttpResponseRedirect(self.preview_of(piece))

    def preview_of(self, piece: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_preview"
        return reverse(name, args=[piece.pk], current_app=self.admin_site.name)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        piece = context["original"]
        context["preview_address"] = self.preview_of(piece) if piece and not piece.is_closed else ""
        return super().render_change_form(request, context, *args, **options)

    def preview_page_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What the frames show: the public page, at an address of the desk, for no public one may be framed."""
        piece = self._found(request, object_id)
        if piece is None:
            raise Http404
        try:
            response = show(piece, reader_of(request), is_framed=True).response
        except CannotShowError as problem:
            context = {"words": str(problem)}
            response = TemplateResponse(request, "admin/editorial/cannot_show.html", context, status=409)
        policy = {**settings.SECURE_CSP, "frame-ancestors": [CSP.SELF]}
        response.headers[str(CSP.HEADER_ENFORCE)] = build_policy(policy)
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The frames, and who outside may read the piece; a post makes a link or takes one back."""
        piece = self._found(request, object_id)
        if piece is None:
            return self._lost(request, object_id)
        form, made = LinkForm(request.POST if request.method == "POST" else None), ""
        if request.method == "POST":
            if "revoke" in request.POST:
                return self._revoke(request, piece)
            if not may_share(request.user, piece):
                raise PermissionDenied
            made = self._make(request, piece, form) if form.is_valid() else ""
        return self._preview(request, piece, form, made)

    def _lost(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Django's own answer for what is not found."""
        desk: Any = self
        answer: HttpResponse = desk._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return answer

    def _found(self, request: HttpRequest, object_id: str) -> Any:
        """The piece, or None for what the person does not find at the desk; as everywhere there."""
        piece = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, piece):
            raise PermissionDenied
        return piece

    def _make(self, request: HttpRequest, piece: Publishable, form: LinkForm) -> str:
        """The address of a new link; told once, so that no list at the desk and no log can give it away."""
        days = form.cleaned_data["days"]
        token = make_link(piece, by=reader_of(request), days=days)
        self.log_change(request, piece, _("Made a preview link for %(count)s days.") % {"count": days})
        return f"{settings.SITE_URL}{reverse('preview', args=[token])}"

    def _revoke(self, request: HttpRequest, piece: Publishable) -> HttpResponse:
        given = request.POST["revoke"]
        if given.isdecimal() and revoke_link(piece, pk=int(given), by=reader_of(request)):
            self.log_change(request, piece, _("Revoked a preview link."))
            self.message_user(request, _("That link opens nothing from now on."), messages.SUCCESS)
        else:
            self.message_user(request, _("There is no such link any more."), messages.WARNING)
        return HttpResponseRedirect(request.path)

    def _preview(self, request: HttpRequest, piece: Any, form: LinkForm, made: str) -> HttpResponse:
        chosen = request.GET.get("width", "both")
        chosen = chosen if chosen in WIDTHS else "both"
        context = {
            **self.admin_site.each_context(request),
            "is_nav_sidebar_enabled": False,  # the room is for the page
            "title": _("Preview: %(piece)s") % {"piece": piece},
            "opts": self.opts,
            "original": piece,
            "widths": WIDTHS,
            "chosen": chosen,
            "frames": ["desktop", "phone"] if chosen == "both" else [chosen],
            "page_address": f"{request.path}page/",
            "may_share": may_share(request.user, piece),
            "links": live_links(piece),
            "form": form,
            "made": made,
            "media": self.media + MEDIA,
        }
        return TemplateResponse(request, "admin/editorial/preview.html", context)
