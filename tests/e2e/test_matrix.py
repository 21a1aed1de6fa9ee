"""Every type of page × three widths × light and dark × with and without script: accessible, no wider than the window,
and without a complaint on the console.

`make e2e` looks at a slice that is drawn anew each day (MATRIX_SEED draws a known one): every type at every width, with
each scheme, with and without script. `make matrix` looks at all of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import resolve
from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Page, Route

from comparisons.models import Comparison
from reviews.models import Review, Reviewer
from tests.e2e.conftest import MATRIX_SEED
from tests.e2e.looking import overflow, violations
from tests.e2e.page_types import EMPTY, NO_PAGES, PAGE_TYPES, Harbour, PageType, fill_harbour, public_patterns
from tools.models import Fact, Plan, Tool

pytestmark = pytest.mark.django_db(transaction=True)


class Light(NamedTuple):
    """How a page is looked at."""

    width: int
    scheme: str
    script: bool

    def __str__(self) -> str:
        return f"{self.width} {self.scheme} {'with' if self.script else 'without'} script"


WIDTHS, SCHEMES, SCRIPTS = (360, 768, 1280), ("light", "dark"), (True, False)
LIGHTS = [Light(width, scheme, script) for script in SCRIPTS for scheme in SCHEMES for width in WIDTHS]


class Inspector:
    """A browser with one context for each light, and what it complains of."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.browser, self.site = browser, site
        self.complaints: list[str] = []
        self.pages: dict[Light, tuple[Page, CDPSession]] = {}

    def look(
        self, light: Light, path: str, *, status: int = 200, send: Callable[[Route], None] | None = None
    ) -> list[str]:
        """What is wrong with a page; `send` fetches it in another way than by its address."""
        page, session = self._page(light)
        self.complaints.clear()
        # Without script, axe would wait for ever: its timers do not run. The page is loaded and laid out without, then
        # script is allowed for axe alone. What was not run while the page was read is not run any more.
        session.send("Emulation.setScriptExecutionDisabled", {"value": not light.script})
        page.goto("about:blank")  # the next address may differ from the last in its fragment only
        if send:
            page.route(self.site + path, send)
        answer = page.goto(self.site + path)
        faults = [] if answer and answer.status == status else [f"answered {answer and answer.status}"]
        faults += [f"{pixels} pixels too wide"] if (pixels := overflow(page)) else []
        session.send("Emulation.setScriptExecutionDisabled", {"value": False})
        faults += violations(page)
        if send:
            page.unroute(self.site + path)
        return faults + [
            said for said in self.complaints if status == 200 or not said.startswith(f"{page.url}: Failed")
        ]

    def give(self, light: Light, cookies: dict[str, str]) -> None:
        context = self._page(light)[0].context
        context.clear_cookies()
        context.add_cookies([{"name": name, "value": value, "url": self.site} for name, value in cookies.items()])

    def _page(self, light: Light) -> tuple[Page, CDPSession]:
        if light not in self.pages:
            context = self.browser.new_context(
                viewport={"width": light.width, "height": 800},
                color_scheme=light.scheme,  # type: ignore[arg-type]
                java_script_enabled=light.script,
            )
            page = context.new_page()
            page.on("console", self._hear)
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            page.on("request", lambda request: self._watch(request.url))
            self.pages[light] = page, context.new_cdp_session(page)
        return self.pages[light]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.location['url']}: {message.text}")

    def _watch(self, address: str) -> None:
        if not address.startswith((self.site, "about:", "data:")):
            self.complaints.append(f"asked another host: {address}")

    @property
    def contexts(self) -> list[BrowserContext]:
        return [page.context for page, _ in self.pages.values()]


@pytest.fixture
def inspector(browser: Browser, site: str) -> Iterator[Inspector]:
    inspector = Inspector(browser, site)
    yield inspector
    for context in inspector.contexts:
        context.close()


def inspect(inspector: Inspector, harbour: Harbour, cells: list[tuple[PageType, Light]]) -> dict[str, list[str]]:
    """The faults of these pages in these lights."""
    found = {}
    for page_type, light in cells:
        inspector.give(light, harbour.cookies[page_type.reader])
        path = harbour.address(page_type.path)
        send = sender(page_type) if page_type.form else None
        if faults := inspector.look(light, path, status=page_type.status, send=send):
            found[f"{page_type}, {light}"] = faults
    return found


def sender(page_type: PageType) -> Callable[[Route], None]:
    """Opens a form's address by sending the form: the answer is shown where a reader would see it."""
    headers = {"content-type": "application/x-www-form-urlencoded", **page_type.sent_from}

    def send(route: Route) -> None:
        body = urlencode(page_type.form)
        route.fulfill(response=route.fetch(method="POST", headers=headers, post_data=body, max_redirects=0))

    return send


def show(html: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=html, content_type="text/html")


def drawn(page_types: list[PageType], seed: int) -> list[tuple[PageType, Light]]:
    """Each type three times: at every width, each time with another of the four pairs of scheme and script."""
    chance = random.Random(seed)  # noqa: S311
    pairs = [(scheme, script) for scheme in SCHEMES for script in SCRIPTS]
    return [
        (page_type, Light(width, *pair))
        for page_type in page_types
        for width, pair in zip(WIDTHS, chance.sample(pairs, len(WIDTHS)), strict=True)
    ]


def empty_the_publication() -> None:
    for model in (Comparison, Review, Reviewer, Fact, Plan, Tool):
        model.objects.all().delete()


def test_a_slice_of_every_type_of_page(inspector: Inspector) -> None:
    harbour = fill_harbour()
    assert inspect(inspector, harbour, drawn(PAGE_TYPES, MATRIX_SEED)) == {}


def test_a_slice_of_an_empty_publication(inspector: Inspector) -> None:
    empty_the_publication()
    assert inspect(inspector, Harbour({}, {"": {}}), drawn(EMPTY, MATRIX_SEED)) == {}


@pytest.mark.matrix
@pytest.mark.parametrize("light", LIGHTS, ids=str)
def test_every_type_of_page(inspector: Inspector, light: Light) -> None:
    harbour = fill_harbour()
    assert inspect(inspector, harbour, [(page_type, light) for page_type in PAGE_TYPES]) == {}


@pytest.mark.matrix
@pytest.mark.parametrize("script", SCRIPTS)
def test_an_empty_publication(inspector: Inspector, *, script: bool) -> None:
    empty_the_publication()
    cells = [(page_type, light) for page_type in EMPTY for light in LIGHTS if light.script == script]
    assert inspect(inspector, Harbour({}, {"": {}}), cells) == {}


def test_the_page_for_our_own_faults(inspector: Inspector) -> None:
    """Rendered here: nothing of ours breaks when asked to."""
    broken = render(HttpRequest(), "comparisons/server_error.html").content.decode()
    assert "Taking on water" in broken
    assert [inspector.look(light, "/broken/", send=show(broken)) for light in LIGHTS] == [[]] * len(LIGHTS)


FAULTY = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Faulty</title><style>
body { margin: 0; background: #fff; color: #000 }
@media (prefers-color-scheme: dark) { body { background: #888; color: #999 } }
@media (width < 700px) { .wide { inline-size: 720px; block-size: 1px } }
button { display: block; inline-size: 10px; block-size: 10px; padding: 0; border: 1px solid; margin: 0 }
</style></head><body><main><h1>Faulty</h1><p>Words to read.</p><div class="wide"></div>
<button aria-label="One"></button><button aria-label="Two"></button>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">
<script>document.querySelector("img").alt = "Named by script";
document.querySelector("main").append(document.createElement("button")); missing()</script>
<script src="/no-such-script.js"></script></main></body></html>"""


def test_a_faulty_page_is_found_faulty_in_every_light(inspector: Inspector) -> None:
    """Each fault is there in some lights only, so that each light is shown to be what it says."""
    for light in LIGHTS:
        found = inspector.look(light, "/faulty/", send=show(FAULTY))
        words = "\n".join(found)
        assert "target-size: " in words
        assert ("pixels too wide" in words) == (light.width == 360)
        assert ("color-contrast: " in words) == (light.scheme == "dark")
        assert ("image-alt: " in words) == (not light.script)
        assert ("button-name: " in words) == light.script
        assert ("missing is not defined" in words) == light.script
        assert ("no-such-script.js" in words) == light.script
        assert "answered 404" in "".join(inspector.look(light, "/no-such-page/"))


def test_nothing_is_there_only_while_script_is_off() -> None:
    """It would change between the load without script and the look of axe, which also never looks into <noscript>."""
    for sheet in (Path(settings.BASE_DIR) / "static/css").glob("*.css"):
        assert "scripting" not in sheet.read_text(), sheet.name
    for template in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
        assert "<noscript" not in template.read_text(), template.name


def test_the_slice_holds_every_type_in_every_width_scheme_and_with_and_without_script() -> None:
    for seed in range(20):
        cells = drawn(PAGE_TYPES, seed)
        for page_type in PAGE_TYPES:
            lights = [light for drawn_type, light in cells if drawn_type is page_type]
            assert {light.width for light in lights} == set(WIDTHS)
            assert {light.scheme for light in lights} == set(SCHEMES)
            assert {light.script for light in lights} == set(SCRIPTS)
    assert drawn(PAGE_TYPES, 1) != drawn(PAGE_TYPES, 2)


def test_every_address_is_a_type_of_page_or_no_page() -> None:
    """A new address must be looked at, or be named among those that answer with no page."""
    places = dict.fromkeys(("passkey", "ask", "receipt"), "1")
    places |= dict.fromkeys(("token", "preview", "expired", "preferences", "paused", "left", "leave"), "token")
    looked_at = set()
    for page_type in PAGE_TYPES:
        path = page_type.path.format(**places).partition("?")[0].partition("#")[0]
        if path != "/nowhere/":
            looked_at.add(resolve(path).url_name)
    assert {pattern.name for pattern in public_patterns()} == looked_at | NO_PAGES
    assert looked_at & NO_PAGES == set()
