"""Compress what every reader gets alike.

A page that depends on a cookie or sets one may hold a token, and the length of a compressed page tells on the secrets
beside what a stranger could put into its address (BREACH). Such a page says so in its headers and stays as it is.
Static files are compressed when they are collected.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import brotli
from django.http import HttpRequest, HttpResponse
from django.utils.cache import has_vary_header, patch_vary_headers

GetResponse = Callable[[HttpRequest], HttpResponse]

_LEAST = 500  # below that the headers of the answer outweigh what is saved
_TEXTS = {
    "application/atom+xml",
    "application/json",
    "application/problem+json",
    "application/manifest+json",
    "application/xml",
    "image/svg+xml",
    "text/html",
    "text/plain",
}
_NOUGHT = re.compile(r"q=0*\.?0*(?:;|$)")  # other parameters may follow the weight
# The levels at which both take about a millisecond for the longest page.
_CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda content: bytes(brotli.compress(content, mode=brotli.MODE_TEXT, quality=5)),
    "gzip": lambda content: gzip.compress(content, 6, mtime=0),  # no time: the same bytes for everyone
}


def compression(get_response: GetResponse) -> GetResponse:
    """Brotli or gzip, whichever the asker takes, for texts that hold nobody's secret."""

    def middleware(request: HttpRequest) -> HttpResponse:
        shrunk = _as_sent_whole(request)
        response = get_response(request)
        if response.status_code == 304 and shrunk:
            patch_vary_headers(response, ["Accept-Encoding"])
            _say_how(response, shrunk)
        if not _may_shrink(response):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if coding := _chosen(request.headers.get("Accept-Encoding", "")):
            response.content = _CODINGS[coding](response.content)
            response.headers["Content-Encoding"] = coding
            _say_how(response, coding)
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def _may_shrink(response: HttpResponse) -> bool:
    is_text = response.headers.get("Content-Type", "").partition(";")[0] in _TEXTS
    if not is_text or response.streaming or len(response.content) < _LEAST:
        return False
    is_somebodys = response.cookies or has_vary_header(response, "Cookie")
    return not is_somebodys and not response.has_header("Content-Encoding")


def _as_sent_whole(request: HttpRequest) -> str:
    """How the asker's copy was shrunk; the site then sees the fingerprint of the whole answer instead."""
    known = request.META.get("HTTP_IF_NONE_MATCH", "")  # whoever asks `headers` first keeps what they say
    coding = next((coding for coding in _CODINGS if f'-{coding}"' in known), "")
    if coding:
        request.META["HTTP_IF_NONE_MATCH"] = known.replace(f'-{coding}"', '"')
    return coding


def _say_how(response: HttpResponse, coding: str) -> None:
    """A strong fingerprint is of the bytes that are sent, and those of each coding are others."""
    etag = response.headers.get("ETag", "")
    if etag.startswith('"'):
        response.headers["ETag"] = f'{etag[:-1]}-{coding}"'


def _chosen(accepted: str) -> str | None:
    """The first of ours that the asker names and does not refuse with a weight of nought."""
    offers = (offer.partition(";") for offer in accepted.lower().replace(" ", "").split(","))
    taken = {name for name, _, weight in offers if not _NOUGHT.match(weight)}
    return next((coding for coding in _CODINGS if coding in taken), None)
