"""The weekly email in public: subscribe, and every issue that went out. The same bytes for everyone."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from comparisons.views.machines import plain
from newsletter.archive import feed, load_archived, load_list
from newsletter.views.answers import page


@require_safe
def issue_list(request: HttpRequest) -> HttpResponse:
    return page(request, "newsletter", issues=load_list(request.GET.get("page")))


@require_safe
def issue_detail(request: HttpRequest, number: int) -> HttpResponse:
    """What "read in a browser" of a mail leads to."""
    archived = load_archived(number)
    if archived is None:
        raise Http404
    return page(request, "issue", archived=archived, issue=archived.issue)


@require_safe
def issue_feed(request: HttpRequest) -> HttpResponse:
    return plain(feed(), "application/atom+xml")
