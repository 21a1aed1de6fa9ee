"""The page about the open data, and the files of the dump."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from comparisons.opendata import archive
from comparisons.opendata.collections import COLLECTIONS
from comparisons.opendata.parameters import MOST, USUAL
from comparisons.opendata.problems import KINDS
from comparisons.opendata.shipping import shipped, shipped_sha256
from comparisons.views.open_answers import is_known, json_answer

_HOUR, _WEEK = 3600, 7 * 24 * 3600


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    context = {
        "dump": archive.newest(),
        "collections": COLLECTIONS,
        "most": MOST,
        "usual": USUAL,
        "problems": KINDS,
        "verifier_sha256": shipped_sha256(),
        "licence": settings.DATA_LICENCE,
        "licence_url": settings.DATA_LICENCE_URL,
    }
    return render(request, "comparisons/open_data.html", context)


@require_safe
def about_moved(request: HttpRequest) -> HttpResponse:
    return redirect("open_data", permanent=True)


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The file with which anybody can recompute all of this."""
    etag = f'"{shipped_sha256()}"'
    response = HttpResponse(status=304)
    if not is_known(request, etag):
        response = HttpResponse(shipped(), content_type="text/plain; charset=utf-8")
    response["ETag"], response["Cache-Control"] = etag, f"public, max-age={_HOUR}"
    return response


@require_safe
def newest_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file of the newest dump; the manifest says which one that is."""
    return _file(request, archive.newest(), name, f"public, max-age={_HOUR}")


@require_safe
def dated_file(request: HttpRequest, stamp: str, name: str) -> HttpResponseBase:
    """A file of a dump that is still kept: it never changes."""
    return _file(request, archive.dump(stamp), name, f"public, max-age={_WEEK}, immutable")


def _file(request: HttpRequest, dump: archive.Dump | None, name: str, keeping: str) -> HttpResponseBase:
    if dump and name == archive.MANIFEST:
        return json_answer(request, {**dump.manifest, "dump": dump.name}, seconds=_HOUR)
    found = dump.file(name) if dump else None
    if found is None or not found.path.exists():
        raise Http404
    etag = f'"{found.sha256}"'
    if is_known(request, etag):
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        response = FileResponse(found.path.open("rb"), content_type=found.media_type)
    response["ETag"], response["Cache-Control"] = etag, keeping
    return response
