"""A right-to-left edition: every page as a reader of Hebrew would get it, with a catalogue made up for the test.

Every message of locale/django.pot is "translated" by turning its letters into Hebrew ones, through gettext itself. What
is left in Latin letters was either written by an editor, or somebody forgot to mark it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from bench.pages import COMMAND
from config.env import BASE_DIR
from testbed.catalogue import compiled, extract
from testbed.database import fresh_database, manage, of_the_tests
from testbed.server import web_server
from tests.pseudo import hebrew, translate

PAGES = {
    "home": "/",
    "tool": "/tools/bilgewatch/",
    "comparison": "/compare/bilgewatch-vs-ropewalk/",
    "fleet": "/compare/bilgewatch-vs-leadsman-vs-ropewalk/",
    "browse": "/tools/?verdict=ship&sort=name",
    "search": "/search/?q=review",
    "leaderboard": "/leaderboard/",
    "reviewer": "/reviewers/the-skeptic/",
    "votes": "/methodology/votes/",
    "receipts": "/receipts/?kind=price&kind=verdict&kind=tool&kind=name&tool=bilgewatch",
    "all receipts": "/receipts/",
    "past tool": "/tools/bilgewatch/?as_of=2026-11-10",
    "past comparison": "/compare/bilgewatch-vs-ropewalk/?as_of=2026-11-10",
    "embed": "/embed/bilgewatch/",
    "ask": "/ask/",
    "sign in": "/accounts/login/",
}
# What is the same in every language, or typed by a reader: the name, units of numbers, currencies, names of formats.
SAME = {"drydock", "dry", "dock", "sha", "review", "https", "google", "github"}

UNMARKED = """() => {
  const said = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const owner = walker.currentNode.parentElement;
    if (!owner.closest("script, style, code")) said.push(walker.currentNode.data);
  }
  for (const element of document.querySelectorAll("[aria-label], [placeholder], [title], [alt]"))
    for (const name of ["aria-label", "placeholder", "title", "alt"])
      if (element.hasAttribute(name)) said.push(element.getAttribute(name));
  return [...said, document.title];
}"""


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Hebrew edition that shows the demo."""
    folder = tmp_path_factory.mktemp("locale")
    catalogue = extract()
    catalogue.locale = "he"
    translate(catalogue)
    compiled(catalogue, folder, "he")
    with fresh_database("hebrew", of_the_tests) as services:
        manage({**services, "DJANGO_SETTINGS_MODULE": "config.settings"}, "load_publication", "demo")
        hebrew_edition = {
            **services,
            "LANGUAGE_CODE": "he",
            "PSEUDO_LOCALE": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.pseudo_settings",
        }
        with web_server(hebrew_edition, COMMAND) as server:
            yield f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def content() -> str:
    """Every word an editor wrote, in lower case, one after the other."""
    text = "\n".join(path.read_text() for path in (BASE_DIR / "demo").rglob("*.*") if path.suffix in {".md", ".yaml"})
    return " " + " ".join(re.findall("[a-z]+", text.lower())) + " "


@pytest.fixture
def opened(browser: Browser, edition: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that fails the test on an error in its console."""
    name, width = request.param
    complaints: list[str] = []
    context = browser.new_context(base_url=edition, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(PAGES[name])
    yield page
    context.close()
    assert complaints == []


WIDTHS = pytest.mark.parametrize(
    "opened",
    [pytest.param((name, width), id=f"{name} {width}") for name in PAGES for width in (360, 1280)],
    indirect=True,
)


@WIDTHS
def test_a_right_to_left_page_is_whole(opened: Page, content: str) -> None:
    assert opened.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["he", "rtl"]
    room = opened.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert room[0] <= room[1]
    heading = opened.locator("h1").first
    assert heading.evaluate("heading => getComputedStyle(heading).direction") == "rtl"
    said = opened.evaluate(UNMARKED)
    assert len(said) > 40
    assert [words for text in said for words in _phrases(text) if f" {words} " not in content] == []


def _phrases(text: str) -> list[str]:
    """What stands in Latin letters between other letters and punctuation, but for what is the same everywhere."""
    phrases = [re.findall("[a-z]+", part.lower()) for part in re.split(r"[^A-Za-z\s’'-]+", text)]
    return [" ".join(words) for words in phrases if set(words) - SAME and any(len(word) > 1 for word in words)]


def test_a_pseudo_translation_keeps_places_and_tags() -> None:
    assert hebrew("About <b>%(name)s</b>, 5%%") == "אבפתט <b>%(name)s</b>, 5%%".replace("אבפתט", hebrew("About"))
    assert not re.search("[a-z]", hebrew("zebra"))


def test_marks_of_a_page_stand_on_the_side_where_reading_begins(browser: Browser, edition: str) -> None:
    """The list of chapters runs from the right; so do the bars of a share."""
    page = browser.new_page(base_url=edition, viewport={"width": 1280, "height": 800})
    page.goto(PAGES["comparison"])
    places = page.evaluate(
        "['.side-a', '.side-b'].map(name => document.querySelector('.hulls ' + name).getBoundingClientRect().left)"
    )
    assert places[0] > places[1]
    page.close()
