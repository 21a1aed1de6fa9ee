"""What is made for machines: share images, feeds, sitemap and the plain files at known addresses.

All of it is public, the same for everyone, and may be kept by any cache.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from comparisons import feeds, notices, sitemaps
from comparisons.reading import load_pair_cards, load_tool_card
from comparisons.renames import current_address
from comparisons.scorecards import Scorecard
from comparisons.sharing.pictures import SITE, Picture, draw, picture_of
from tools.models import Category
from tools.renames import follows_renames

_HOUR, _YEAR = 3600, 365 * 24 * 3600


@require_safe
def site_picture(request: HttpRequest) -> HttpResponse:
    return _picture(request, SITE)


@require_safe
@follows_renames()
def tool_picture(request: HttpRequest, slug: str) -> HttpResponse:
    return _picture_of(request, load_tool_card(slug))


@require_safe
@follows_renames("address", current_address)
def pair_picture(request: HttpRequest, address: str) -> HttpResponse:
    """A pair in the order of its page's address; any other spelling is unknown."""
    return _picture_of(request, load_pair_cards(address))


@require_safe
def verdict_feed(request: HttpRequest) -> HttpResponse:
    return plain(feeds.verdict_feed(), "application/atom+xml")


@require_safe
def category_feed(request: HttpRequest, slug: str) -> HttpResponse:
    return plain(feeds.category_feed(get_object_or_404(Category, slug=slug)), "application/atom+xml")


@require_safe
def receipt_feed(request: HttpRequest) -> HttpResponse:
    return plain(feeds.receipt_feed(), "application/atom+xml")


@require_safe
def receipt_feed_moved(request: HttpRequest) -> HttpResponse:
    return redirect("receipt_feed", permanent=True)


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    return plain(sitemaps.index(), "application/xml")


@require_safe
def sitemap_section(request: HttpRequest, section: str, number: int) -> HttpResponse:
    document = sitemaps.urlset(section, number)
    if document is None:
        raise Http404
    return plain(document, "application/xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return plain(notices.robots(), "text/plain")


@require_safe
def llms(request: HttpRequest) -> HttpResponse:
    return plain(notices.llms(), "text/plain")


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    return plain(notices.security(), "text/plain")


@require_safe
def web_manifest(request: HttpRequest) -> HttpResponse:
    return plain(notices.web_manifest(), "application/manifest+json")


def plain(text: str, media_type: str) -> HttpResponse:
    """What every cache may keep for an hour."""
    headers = {"Cache-Control": f"public, max-age={_HOUR}"}
    return HttpResponse(text, content_type=f"{media_type}; charset=utf-8", headers=headers)


def _picture_of(request: HttpRequest, cards: list[Scorecard]) -> HttpResponse:
    """What is unknown is refused before anything is drawn."""
    if not cards:
        raise Http404
    return _picture(request, picture_of(cards))


def _picture(request: HttpRequest, picture: Picture) -> HttpResponse:
    """Drawn unless the asker has it. With its version in the address it never changes; without, it ages in an hour."""
    etag = f'"{picture.version}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(draw(picture), content_type="image/png")
    is_named = request.GET.get("v") == picture.version
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if is_named else f"public, max-age={_HOUR}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # it is made to be shown on other sites
    return response
