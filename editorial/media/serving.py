"""The address of the pictures: fixed types, no cookie, nothing that runs, and good for as long as any cache likes."""

from __future__ import annotations

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, HttpResponseNotModified
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from editorial.media.names import TYPES

_YEAR = 365 * 24 * 3600


@require_safe
@csp_override(settings.MEDIA_CSP)
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file of the library. It asks the storage and no database: a name tells of nothing but its content."""
    etag = f'"{name}"'
    if etag in request.headers.get("If-None-Match", ""):
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        try:
            file = default_storage.open(name)
        except FileNotFoundError:
            raise Http404 from None
        response = FileResponse(file, content_type=TYPES[name.rpartition(".")[2]])
    response["ETag"], response["Cache-Control"] = etag, f"public, max-age={_YEAR}, immutable"
    response["Content-Disposition"] = "inline"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # feeds show it on other sites
    return response
