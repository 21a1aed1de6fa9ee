"""python -m testbed.screens [NAME ...]: take the pictures of docs/editors.md anew, all of them or those named.

An empty database with the demo publication, a web server of its own, a Chromium. Days and times of the run itself are
shown as one fixed moment, so that a picture changes when the desk does and not with every run; only the calendar of
what is coming follows the day. What a picture shows was done through the desk wherever that is its point.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Literal

import django
from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, Page, ViewportSize, sync_playwright

from config.env import BASE_DIR
from testbed.database import fresh_database
from testbed.server import procfile, web_server
from tests.e2e.conftest import QUIET, find_chromium

FOLDER = BASE_DIR / "docs" / "images" / "editors"
WIDE, NARROW = 1280, 360
MOST_BYTES = 120_000
_MARGIN = 16
# The moments of the run in every text of the page: the last one is shown as half past nine, each before it 17 minutes
# earlier.
_STILL = r"""today => {
  const moment = new RegExp(`${today}( \\d\\d:\\d\\d)?(:\\d\\d)?`, "g");
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) found.push(texts.currentNode);
  const said = found.flatMap(({ data }) => data.match(moment) || []).filter((one) => one !== today);
  const order = [...new Set(said)].sort().reverse();
  const still = (one) => {
    if (one === today) return "1 Dec 2026";
    const minutes = 570 - 17 * order.indexOf(one), two = (number) => String(number).padStart(2, "0");
    const seconds = one.split(":").length > 2 ? ":00" : "";
    return `1 Dec 2026 ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}${seconds}`;
  };
  for (const text of found) text.data = text.data.replace(moment, (one) => still(one));
}"""
_CLOSED_SIDEBAR = "localStorage.setItem('django.admin.navSidebarIsOpen', 'false')"


@dataclass
class Site:
    """Where the desk listens (`guarded`: where it asks for a second factor), and the cookies of who enters it."""

    browser: Browser
    origin: str
    guarded: str
    cookies: dict[str, str]
    scheme: Literal["light", "dark"] = "light"

    @contextmanager
    def page(self, email: str, *, width: int = WIDE, guarded: bool = False) -> Iterator[Page]:
        """The desk as this person finds it; where it is `guarded`, before they have shown a second factor."""
        origin, size = self.guarded if guarded else self.origin, ViewportSize(width=width, height=800)
        context = self.browser.new_context(
            base_url=origin, viewport=size, color_scheme=self.scheme, reduced_motion="reduce"
        )
        context.add_init_script(_CLOSED_SIDEBAR)
        name, _, value = self.cookies[email].partition("=")
        context.add_cookies([{"name": name, "value": value, "url": origin}])
        page = context.new_page()
        page.goto("/admin/")
        yield page
        context.close()


Shot = Callable[[Site], bytes]


def picture(page: Page, first: Locator, last: Locator | None = None, *, most: int = 1400) -> bytes:
    """The page in its whole width, from the one element to the end of the other, as a PNG with few colours."""
    page.wait_for_load_state("networkidle")
    for frame in page.frames:
        frame.evaluate(_STILL, f"{datetime.now(UTC):%-d %b %Y}")
    page.evaluate("() => document.activeElement?.blur()")
    begin = max(0, _edge(first, "top") - _MARGIN)
    end = _edge(last or first, "bottom") + _MARGIN
    clip = FloatRect(x=0, y=begin, width=page.evaluate("innerWidth"), height=min(most, end - begin))
    return _lightened(page.screenshot(full_page=True, clip=clip, animations="disabled", caret="hide"))


def _edge(place: Locator, side: str) -> float:
    return float(place.evaluate("(element, side) => element.getBoundingClientRect()[side] + scrollY", side))


def _lightened(png: bytes) -> bytes:
    """With as many colours as the most bytes allow."""
    found = Image.open(BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32, 16):
        written = BytesIO()
        found.quantize(colours, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
        if written.tell() <= MOST_BYTES:
            break
    return written.getvalue()


@contextmanager
def _site(scheme: Literal["light", "dark"]) -> Iterator[Site]:
    with fresh_database("screens") as environment:
        os.environ.update({**environment, "DJANGO_SETTINGS_MODULE": "config.settings"})
        django.setup()
        from testbed import newsroom, readers

        people = newsroom.people()
        newsroom.furnish(str(BASE_DIR / "demo"), people[-1])
        cookies = dict(zip((person.email for person in people), readers.sign_in(people), strict=True))
        strict = {**environment, "STAFF_SECOND_FACTOR": "1", "WEB_CONCURRENCY": "1"}
        try:
            with _served(environment) as desk, _served(strict) as door, _chromium() as browser:
                yield Site(browser, desk, door, cookies, scheme)
        finally:
            from django.db import connections

            connections.close_all()
            connections["default"].close_pool()  # type: ignore[attr-defined]


@contextmanager
def _served(environment: dict[str, str]) -> Iterator[str]:
    with web_server(environment, procfile("web"), -3) as server:  # a run's own lines, and no access log
        yield f"http://127.0.0.1:{server.port}"


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=QUIET)
        yield browser
        browser.close()


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers and the database end with us
    parser = argparse.ArgumentParser(prog="python -m testbed.screens", description="Take the pictures of the handbook.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which; all of them when none is named")
    parser.add_argument("--dark", action="store_true", help="the dark scheme")
    parser.add_argument("--into", type=Path, default=FOLDER, help="another folder, to look first")
    options = parser.parse_args()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in this thread, never while we ask
    from testbed.desk_shots import SHOTS

    if unknown := set(options.names) - set(SHOTS):
        parser.error(f"there is no picture {min(unknown)}, only {', '.join(SHOTS)}")
    options.into.mkdir(parents=True, exist_ok=True)
    with _site("dark" if options.dark else "light") as site:
        for name in options.names or list(SHOTS):
            taken = SHOTS[name](site)
            (options.into / f"{name}.png").write_bytes(taken)
            sys.stdout.write(f"{name}.png {len(taken):>8}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
