"""Every address of the site."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, register_converter

from accounts.views.sign_in import admin_sign_in
from editorial.converters import PictureConverter
from editorial.media.serving import picture
from editorial.visits import visit
from editorial.writing import markdown_preview

register_converter(PictureConverter, "picture")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("comparisons.urls")),
    path("", include("votes.urls")),
    path("media/<picture:name>", picture, name="media"),
    path("accounts/", include("accounts.urls")),
    path("", include("tools.urls")),
    path("", include("newsletter.urls")),
    path("admin/login/", admin_sign_in),
    path("admin/r/<int:kind>/<path:key>/", admin.site.admin_view(visit)),  # instead of Django's admin:view_on_site
    path("admin/markdown/", markdown_preview, name="desk_markdown"),
    path("admin/", admin.site.urls),
]
if settings.LOCAL:
    # The local mailbox: installed by `make run` only, and never part of a production address list.
    urlpatterns += [path("__mail__/", include("django_mail_preview.urls"))]

handler400 = "comparisons.views.errors.bad_request"
handler403 = "comparisons.views.errors.forbidden"
handler404 = "comparisons.views.errors.not_found"
handler429 = "accounts.views.refusals.too_many_requests"  # Django knows no such name, django-allauth does
handler500 = "comparisons.views.errors.server_error"
