"""What a first visit to a page carries over the line, by kind of file, as it is sent (compressed) and unpacked.

Everything the page and its style sheets name is counted, each file once: all four typefaces too, though a browser
leaves out one it shows no letter of. Headers are not counted.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import brotli
from lxml.html import document_fromstring

from gates.lighthouse import PAGES
from testbed.production import demo_site, fetch

KINDS = ("page", "styles", "scripts", "fonts", "pictures")
# For the comparison, in bytes as sent: all of it, and all but its fonts.
MOST, MOST_WITHOUT_FONTS = 150_000, 60_000
ACCEPTED = "gzip, deflate, br, zstd"
_ENDINGS = {"css": "styles", "js": "scripts", "woff2": "fonts"}
_RELATIONS = {"stylesheet", "preload", "icon", "manifest", "modulepreload"}
_UNPACKED: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}

# Asks for an address with these headers: status, coding ("" for none) and body as sent.
Ask = Callable[[str, dict[str, str]], tuple[int, str, bytes]]


class Weight(NamedTuple):
    """Bytes by kind."""

    sent: dict[str, int]
    unpacked: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.sent.values())

    @property
    def without_fonts(self) -> int:
        return self.total - self.sent["fonts"]


def weigh(ask: Ask, address: str) -> Weight:
    """Fetch a page and all it names."""
    weight = Weight(dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0))
    waiting, seen = [address], {address}
    while waiting:
        current = waiting.pop()
        status, coding, body = ask(current, {"Accept-Encoding": ACCEPTED})
        if status != 200:
            raise SystemExit(f"{current}, which {address} needs, answered {status}.")
        content, kind = _UNPACKED[coding](body), "page" if current == address else _kind(current)
        weight.sent[kind] += len(body)
        weight.unpacked[kind] += len(content)
        named = [] if kind not in ("page", "styles") else _named(content.decode(), current, is_page=kind == "page")
        waiting += [file for file in dict.fromkeys(named) if file not in seen]
        seen.update(named)
    return weight


def _named(text: str, address: str, *, is_page: bool) -> list[str]:
    found = _fetched_by(text) if is_page else re.findall(r"""url\(\s*["']?([^"')#]+)["']?\s*\)""", text)
    return [urljoin(address, file) for file in found if not file.startswith("data:")]


def _fetched_by(html: str) -> list[str]:
    """The files that a browser fetches of its own accord to show a page."""
    page = document_fromstring(html)
    links = [link.get("href") for link in page.iter("link") if _RELATIONS & set(link.get("rel", "").split())]
    return [file for file in [*links, *page.xpath("//*/@src")] if file]


def _kind(address: str) -> str:
    return _ENDINGS.get(urlsplit(address).path.rpartition(".")[2], "pictures")


def run(pages: list[str]) -> int:
    """Print the table; 1 when the comparison is too heavy."""
    with demo_site("weight") as site:

        def ask(address: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
            status, found, body = fetch(site, address, headers)
            return status, found.get("Content-Encoding", ""), body

        weights = {page: weigh(ask, PAGES[page]) for page in pages}
    head = " ".join(f"{kind:>16}" for kind in KINDS)
    print(f"\n{'bytes sent / unpacked':<22} {head} {'total':>16} {'without fonts':>14}")
    for page, weight in weights.items():
        cells = [f"{weight.sent[kind]:,} / {weight.unpacked[kind]:,}" for kind in KINDS]
        cells.append(f"{weight.total:,} / {sum(weight.unpacked.values()):,}")
        print(f"{page:<22} {' '.join(f'{cell:>16}' for cell in cells)} {weight.without_fonts:>14,}")
    print(f"target: the comparison at most {MOST:,}, without fonts {MOST_WITHOUT_FONTS:,}")
    return int(any(is_too_heavy(weights[page]) for page in weights if page == "comparison"))


def is_too_heavy(weight: Weight) -> bool:
    return weight.total > MOST or weight.without_fonts > MOST_WITHOUT_FONTS
