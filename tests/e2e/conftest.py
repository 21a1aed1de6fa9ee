"""A real Chromium against a live server with the demo publication."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.http import HttpRequest, HttpResponseBase
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

# Playwright's loop runs in this thread while the tests use the database: they never do both at once.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

# Draws what test_matrix.py looks at: another slice each day, the same one again for whoever names it.
MATRIX_SEED = int(os.environ.get("MATRIX_SEED") or datetime.now(UTC).strftime("%Y%m%d"))

QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
]


def pytest_report_header() -> str:
    return f"matrix: slice MATRIX_SEED={MATRIX_SEED}"


def find_chromium() -> str:
    named = os.environ.get("CHROMIUM")
    for name in (named, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if name and (found := shutil.which(name)):
            return found
    mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    if mac.exists():
        return str(mac)
    raise pytest.UsageError(
        "The browser tests need Chromium: install it (Debian: apt install chromium) or name it: CHROMIUM=/path/to/it"
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session", autouse=True)
def static_files() -> Iterator[None]:
    """Open to every origin, as WhiteNoise sends them: the desk shows a text in a frame that has none.

    The server of the tests has a way of its own round our middleware. A browser that is asked to hold each request up
    for a header would keep no file.
    """
    serve = StaticFilesHandler.serve

    def serve_to_all(handler: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
        response = serve(handler, request)
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandler, "serve", serve_to_all)
        yield


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """The address of a server that shows the demo."""
    call_command("load_publication", str(Path(settings.BASE_DIR) / "demo"), stdout=StringIO())
    return str(live_server.url)


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Opens pages that fail the test on a console error, a script error or a request to another host."""

    def _complaint(message: ConsoleMessage, page: Page, refused: str) -> list[str]:
        # Chromium reports a page that is itself a refusal as an error; that is what it is meant to be.
        own = message.location["url"] == page.url and re.search("status of 4(0[14]|10)", message.text)
        meant = message.text.startswith("Failed to load resource") and refused in message.text
        return [message.text] if message.type == "error" and not (own or meant) else []

    complaints: list[str] = []
    contexts = []

    def open_one(
        path: str = "/",
        *,
        width: int = 1280,
        scheme: str = "light",
        touch: bool = False,
        script: bool = True,
        refused: str = "never",
    ) -> Page:
        """`refused`: what the browser reports of an answer that is meant to be an error."""
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            has_touch=touch,
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.extend(_complaint(message, page, refused)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.extend([] if request.url.startswith(site) else [request.url]))
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []
