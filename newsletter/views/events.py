"""Where providers report what became of our mail."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletter.sending.webhooks import MOST_BYTES, ForgedError, UnreadableError, is_believed, read_events
from newsletter.services.events import store_events


@csrf_exempt  # the provider's signature is the proof
@require_http_methods(["HEAD", "POST"])
def events(request: HttpRequest, provider: str) -> HttpResponse:
    """Written down and answered; a worker does the rest. HEAD is how some providers try the address."""
    if not is_believed(provider):
        raise Http404
    if request.method == "HEAD":
        return HttpResponse()
    size = request.headers.get("Content-Length", "")
    if not size.isdecimal() or int(size) > MOST_BYTES:
        return HttpResponse(status=413 if size.isdecimal() else 411)
    try:
        told = read_events(provider, request)
    except ForgedError:
        return HttpResponse(status=403)
    except UnreadableError:
        return HttpResponse(status=400)
    store_events(told)
    return HttpResponse()
