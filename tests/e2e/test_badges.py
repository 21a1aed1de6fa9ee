"""Badge and embed as readers of other sites see them: on a page of another origin, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from tests.e2e.looking import overflow, violations
from tests.factories import make_votes
from tools.models import Fact, Plan, Tool

pytestmark = pytest.mark.django_db(transaction=True)

SHIP = {"light": (7, 90, 102), "dark": (99, 208, 201)}
Visit = tuple[Page, list[str]]  # a page, and what the console complains of
HOST = '<!doctype html><html lang="en"><title>Elsewhere</title><meta name="color-scheme" content="light dark"><body>'


class _Elsewhere(BaseHTTPRequestHandler):
    """Somebody's site; the strictest there is lets nothing in that does not say that it may be shown elsewhere."""

    body, is_strict = b"", True

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if self.is_strict:
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing to say."""


@pytest.fixture
def elsewhere(browser: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    """Opens a page of another site, with what is given as its body, and notes complaints."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    Thread(target=server.serve_forever, daemon=True).start()
    assert "127.0.0.1" not in site  # another site, not only another port
    contexts = []

    def open_it(body: str, *, scheme: str = "light", is_strict: bool = True) -> Visit:
        _Elsewhere.is_strict = is_strict
        _Elsewhere.body = f"{HOST}{body}".replace("SITE", site).encode()
        context = browser.new_context(color_scheme=scheme, viewport={"width": 700, "height": 700})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.extend([said.text] if said.type == "error" else []))
        page.goto(f"http://127.0.0.1:{server.server_port}/favicon.ico", wait_until="networkidle")
        return page, complaints

    yield open_it
    for context in contexts:
        context.close()
    server.shutdown()
    server.server_close()


def has_colour(shown: Locator, colour: tuple[int, ...]) -> bool:
    picture = Image.open(BytesIO(shown.screenshot())).convert("RGB")
    return colour in {found for _, found in picture.getcolors(1 << 20) or []}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_badge_is_drawn_on_another_site(elsewhere: Callable[..., Visit], scheme: str) -> None:
    page, complaints = elsewhere('<img alt="Verdict" src="SITE/badge/code-llama-4.svg">', scheme=scheme)
    badge = page.get_by_alt_text("Verdict")
    assert badge.evaluate("image => [image.complete, image.naturalHeight, image.naturalWidth > 200]") == [
        True,
        28,
        True,
    ]
    assert has_colour(badge, SHIP[scheme])
    assert complaints == []


def test_a_badge_of_no_tool_is_drawn_too(elsewhere: Callable[..., Visit]) -> None:
    page, complaints = elsewhere('<img alt="Verdict" src="SITE/badge/ghost.svg">')
    assert page.get_by_alt_text("Verdict").evaluate("image => image.naturalHeight") == 28
    assert len(complaints) == 1
    assert "404" in complaints[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_badge_opened_by_itself_keeps_its_colours_under_its_policy(
    open_page: Callable[..., Page], scheme: str
) -> None:
    page = open_page("/badge/code-llama-4.svg", scheme=scheme)
    filled = page.evaluate("getComputedStyle(document.querySelector('.ship')).fill")
    assert filled == f"rgb{SHIP[scheme]}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_embed_is_shown_in_a_frame_of_another_site(elsewhere: Callable[..., Visit], scheme: str) -> None:
    tool = Tool.objects.get(slug="code-llama-4")
    make_votes(tool, 27, 15)
    Fact.objects.filter(tool=tool).update(checked_on="2026-01-01")
    frames = "".join(
        f'<iframe title="Verdict {width}" src="SITE/embed/code-llama-4/" width="{width}" height="300"></iframe>'
        for width in (280, 600)
    )
    page, complaints = elsewhere(frames, scheme=scheme)
    for width in (280, 600):
        frame = page.frame_locator(f"iframe[width='{width}']")
        assert frame.locator("h1").inner_text() == "Code Llama 4"
        assert frame.locator(".stamp").inner_text().upper() == "SHIP"
        assert "64% of 42 votes" in frame.locator("main").inner_text().replace("\n", " ")
        assert "re-inspection due" in frame.locator("main").inner_text()
        assert "Besley" in frame.locator("h1").evaluate("heading => getComputedStyle(heading).fontFamily")
        assert frame.locator("h1").evaluate(
            "() => document.fonts.ready.then(() => document.fonts.check('20px Besley'))"
        )
        # All of it fits: there is nothing to scroll in either direction.
        room = "({scrollWidth, scrollHeight}) => [scrollWidth - innerWidth, scrollHeight - innerHeight]"
        assert frame.locator(":root").evaluate(room) == [0, 0]
        assert has_colour(page.locator(f"iframe[width='{width}']"), SHIP[scheme])
    assert complaints == []


def test_nothing_else_of_ours_can_be_framed(elsewhere: Callable[..., Visit]) -> None:
    page, complaints = elsewhere('<iframe title="Tool" src="SITE/tools/code-llama-4/"></iframe>', is_strict=False)
    assert page.frames[1].url.startswith("chrome-error:")
    assert any("frame-ancestors" in said or "X-Frame-Options" in said for said in complaints)


@pytest.mark.parametrize("width", [280, 360, 600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_embed_is_accessible_at_every_width(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    Tool.objects.filter(slug="parley-recap").update(name="The Unabbreviatedlylongnamed " * 3 + "👩‍🚀 <b>" + "W" * 20)
    page = open_page("/embed/code-llama-4/", width=width, scheme=scheme)
    for path in ("/embed/code-llama-4/", "/embed/parley-recap/", "/embed/ghost/"):
        page.goto(path)
        assert violations(page) == []
        assert overflow(page) == 0


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_what_is_due_is_accessible_where_it_stands(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    Fact.objects.update(checked_on="2026-01-01")
    Plan.objects.update(checked_on="2026-01-01")
    page = open_page("/", width=width, scheme=scheme)
    for names in ("code-llama-4-vs-mistral-3-1", "bilgewatch-vs-code-llama-4-vs-mistral-3-1", ""):
        page.goto(f"/compare/{names}/" if names else "/tools/code-llama-4/")
        assert page.get_by_text("days ago: re-inspection due").first.is_visible()
        assert violations(page) == []
        assert overflow(page) == 0


def test_what_is_to_be_copied_is_copied(open_page: Callable[..., Page]) -> None:
    page = open_page("/tools/code-llama-4/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_text("Copy the badge or the embed").click()
    area = page.get_by_label("Badge in HTML")
    buttons = page.get_by_role("button", name="Copy", exact=True)
    assert buttons.count() == 3
    buttons.nth(1).click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == area.input_value()
    assert violations(page) == []
    assert (
        page.get_by_role("img", name="Drydock on Code Llama 4: Ship, 3 of 4").evaluate("image => image.naturalHeight")
        == 28
    )


def test_without_script_the_words_to_copy_are_there(open_page: Callable[..., Page]) -> None:
    page = open_page("/tools/code-llama-4/", script=False, width=360)
    page.get_by_text("Copy the badge or the embed").click()
    assert (
        page.get_by_label("Badge in Markdown, for a readme").input_value().startswith("[![The verdict of Drydock on ")
    )
    assert page.get_by_role("button", name="Copy", exact=True).count() == 0
    assert overflow(page) == 0
