"""What mails need of the web server: their pictures seen anywhere, and in a local run a mailbox that shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csp import csp_override

GetResponse = Callable[[HttpRequest], HttpResponse]


def let_mails_show(headers: Any, path: str, url: str) -> None:
    """The headers of one static file: a mail is read on its reader's own site, which may show what mails hold."""
    if url.startswith(f"{settings.STATIC_URL}img/email-"):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def mailbox_policy(get_response: GetResponse) -> GetResponse:
    """The local mailbox shows a mail's HTML in a frame, which has a policy of its own and no origin."""
    get_mailbox_response = csp_override(settings.MAILBOX_CSP)(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/__mail__/"):
            return get_mailbox_response(request)
        return get_response(request)

    return middleware
