"""Who saves something at the desk is told to the database with it."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse

from editorial.history.who import named_by

GetResponse = Callable[[HttpRequest], HttpResponse]


def name_who_saves(get_response: GetResponse) -> GetResponse:
    """Whatever one request at the desk saves is one version, by one person. Other pages pass untouched."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/") or request.method in ("GET", "HEAD", "OPTIONS"):
            return get_response(request)
        with connection.execute_wrapper(named_by(lambda: request.user.pk)):
            return get_response(request)

    return middleware
