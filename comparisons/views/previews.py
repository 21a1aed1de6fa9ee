"""A draft for somebody outside, by the link that an editor made for them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from editorial.previews.links import DeadLinkError, NoSuchLinkError, open_link
from editorial.previews.showing import PRIVATE, CannotShowError, show


@require_safe
def shared_preview(request: HttpRequest, token: str) -> HttpResponse:
    """The page as it will be; once it is out, the way to it. Whatever the answer is, nobody keeps or lists it."""
    try:
        piece, maker = open_link(token)
        shown = show(piece, maker)
    except NoSuchLinkError:
        return _nothing(request, 404)
    except (DeadLinkError, CannotShowError):
        return _nothing(request, 410)
    if shown.is_out:
        return HttpResponse(status=302, headers={**PRIVATE, "Location": shown.address})
    return shown.response


def _nothing(request: HttpRequest, status: int) -> HttpResponse:
    response = render(request, "comparisons/no_preview.html", {"was_good": status == 410}, status=status)
    for name, value in PRIVATE.items():
        response.headers[name] = value
    return response
