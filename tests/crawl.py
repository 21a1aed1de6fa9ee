"""Everything that the site answers to somebody who asks for all of it: every address, every link, every file."""

from __future__ import annotations

import gzip
import io
import itertools
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from django.conf import settings
from django.test import Client
from django.urls import URLPattern, reverse

from tests.e2e.page_types import public_patterns

_LINK = re.compile(rb'(?:href|src|action|content|url)"?\s*[=:]\s*"([^"]+)"|<loc>([^<]+)</loc>')
_NOT_OURS = ("/static/", "/admin/", "/accounts/google/", "/accounts/github/")


def addresses(values: Mapping[str, Sequence[object]]) -> Iterator[str]:
    """Every public address, with each of the values for each of its parts. A part without values is a KeyError."""
    for pattern in public_patterns():
        yield from _of(pattern, values)


def _of(pattern: URLPattern, values: Mapping[str, Sequence[object]]) -> Iterator[str]:
    given = pattern.default_args or {}
    names = [name for name in pattern.pattern.converters if name not in given]
    for chosen in itertools.product(*(values[name] for name in names)):
        try:
            yield reverse(str(pattern.name), kwargs={**given, **dict(zip(names, chosen, strict=True))})
        except LookupError:
            raise
        except Exception:  # noqa: S112 - a value of another address's part
            continue


def crawl(client: Client, begin: Iterator[str] | Sequence[str]) -> dict[str, bytes]:
    """What is at these addresses and at all that they lead to: status line, headers and content, unpacked.

    Of addresses that differ by the values of their query only, one is read.
    """
    waiting, found, seen = list(begin), dict[str, bytes](), set[tuple[str, frozenset[str]]]()
    while waiting:
        address = waiting.pop()
        parts = urlsplit(address)
        key = (parts.path, frozenset(parse_qs(parts.query)))
        if key in seen or parts.path.startswith(_NOT_OURS):
            continue
        seen.add(key)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        answer: Any = client.get(path)
        found[path] = told = _told(answer)
        waiting += _links(path, told, answer)
    return found


def _links(path: str, told: bytes, answer: Any) -> Iterator[str]:
    links = [(one or other).decode() for one, other in _LINK.findall(told)]
    for link in [*links, answer.headers.get("Location", "")]:
        address = unescape(link).removeprefix(settings.SITE_URL)
        if address.startswith(("/", "?")) and not address.startswith("//"):
            yield urljoin(path, address).partition("#")[0]


def _told(answer: Any) -> bytes:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    elif body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"\n".join(archive.read(name) for name in archive.namelist())
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{answer.status_code}\n{headers}\n\n".encode() + body
