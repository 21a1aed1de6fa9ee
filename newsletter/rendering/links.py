"""Where the links of a mail lead, as far as we know without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote, urldefrag, urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404, HttpRequest, QueryDict
from django.urls import Resolver404, resolve, reverse

from editorial.media.names import FOLDER
from tools.models import Link

_ADDRESS = re.compile(r'(?:href|src)="([^"]*)"')
_ELSEWHERE = {"http", "https", "mailto", "tel"}


def broken_addresses(html: str) -> Iterator[tuple[str, bool]]:
    """Addresses of a mail that lead nowhere, each with whether that is only what our weekly checks say of a site
    elsewhere. What would do something for a reader is not tried.
    """
    addresses = list(dict.fromkeys(unescape(found) for found in _ADDRESS.findall(html)))
    ours = [address for address in addresses if _is_ours(address)]
    others = [address for address in addresses if not _is_ours(address)]
    dead = set(Link.objects.dead().filter(url__in=others).values_list("url", flat=True))
    skipped = reverse("newsletter")
    for address in ours:
        path = address.removeprefix(settings.SITE_URL) or "/"
        if not path.startswith(skipped) and not _is_there(path):
            yield address, False
    for address in others:
        if urlsplit(address).scheme not in _ELSEWHERE:
            yield address, False
        elif address in dead:
            yield address, True


def _is_ours(address: str) -> bool:
    return address == settings.SITE_URL or address.startswith(f"{settings.SITE_URL}/")


def _is_there(address: str) -> bool:
    """Whether somebody without an account finds a page there: the view itself is asked, as for a preview."""
    parts = urlsplit(urldefrag(address).url)
    path = unquote(parts.path)
    if path.startswith(settings.STATIC_URL):
        return True  # our own file: no editor names one
    if path.startswith(FOLDER):
        return default_storage.exists(path.removeprefix(FOLDER))
    asked = HttpRequest()
    asked.method, asked.path, asked.path_info = "GET", path, path
    asked.GET = QueryDict(parts.query)
    try:
        match = asked.resolver_match = resolve(path)
        with transaction.atomic():  # what goes wrong in there leaves the step that asks as it was
            return bool(match.func(asked, *match.args, **match.kwargs).status_code < 400)
    except (Resolver404, Http404):
        return False
    except Exception:
        return True  # a page that wants to know who asks: no claim
