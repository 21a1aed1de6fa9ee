"""How the API answers: JSON that may be kept, and problems. The same bytes for everyone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.encoding import escape_uri_path
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt

from comparisons.opendata.problems import MEDIA_TYPE, Problem

API = "/api/"
METHODS = "GET, HEAD, OPTIONS"
View = Callable[..., HttpResponse]


def endpoint(view: View) -> View:
    """A view that only reads, and whose problems are answers."""

    @csrf_exempt  # or a form from elsewhere would be told of a token, and not that nothing can be written here
    @wraps(view)
    def answered(request: HttpRequest, **parts: Any) -> HttpResponse:
        try:
            if request.method not in ("GET", "HEAD"):
                raise Problem(405, f"Nothing can be written here. Use one of: {METHODS}.")
            return view(request, **parts)
        except Problem as problem:
            return problem_answer(request, problem)

    return answered


def json_answer(request: HttpRequest, record: Mapping[str, Any], *, seconds: int, following: str = "") -> HttpResponse:
    """A record, or that the asker has it already; `following` is the address of the next page."""
    content = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response: HttpResponse = (
        HttpResponseNotModified() if is_known(request, etag) else HttpResponse(content, "application/json")
    )
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={seconds}"
    if following:
        response["Link"] = f'<{following}>; rel="next"'
    return response


def is_known(request: HttpRequest, etag: str) -> bool:
    """Whether the asker has these bytes."""
    given = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in given or etag in {tag.removeprefix("W/") for tag in given}


def problem_answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    content = json.dumps(problem.record(escape_uri_path(request.path)), ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(content, MEDIA_TYPE, status=problem.status)
    response["Cache-Control"] = "no-store" if problem.status >= 500 else "public, max-age=10"
    if problem.status == 405:
        response["Allow"] = METHODS
    return response
