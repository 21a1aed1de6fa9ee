"""Every type of page, and every picture of lines, held against the HTML standard by the Nu checker: no error, no
warning, nothing filtered."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.http import HttpRequest
from django.shortcuts import render
from django.test import Client

from tests.e2e.page_types import EMPTY, PAGE_TYPES, Harbour, PageType, fill_harbour
from tests.factories import make_fact, make_panel, make_review, make_tool

pytestmark = pytest.mark.django_db

Judge = Callable[[dict[str, bytes]], list[str]]


@pytest.fixture
def judge(checker: Path, tmp_path: Path) -> Judge:
    """What the checker says of pages, each with its name; one start of Java for all of them."""

    def messages(pages: dict[str, bytes]) -> list[str]:
        names = {}
        for number, (name, page) in enumerate(pages.items()):
            file = tmp_path / f"{number}.html"
            file.write_bytes(page)
            names[file.as_uri()] = name
        return _ask(checker, [str(tmp_path)], names)

    return messages


def _ask(checker: Path, arguments: list[str], names: dict[str, str]) -> list[str]:
    command = ["java", "-jar", str(checker), "--format", "json", "--stdout", "--exit-zero-always", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)["messages"]
    return [
        f"{names.get(said['url'].replace('file:/', 'file:///', 1), said['url'])}: {said.get('subType', said['type'])}: "
        f"{said['message']} At: {said.get('extract', '')!r}"
        for said in found
    ]


def _page(page_type: PageType, harbour: Harbour) -> bytes:
    client = Client(enforce_csrf_checks=True)
    for name, value in harbour.cookies[page_type.reader].items():
        client.cookies[name] = value
    path = harbour.address(page_type.path).partition("#")[0]
    form, headers = page_type.form, page_type.sent_from
    response = client.post(path, form, headers=headers) if form else client.get(path)
    assert response.status_code == page_type.status, page_type
    assert response["Content-Type"] == "text/html; charset=utf-8"
    return bytes(response.content)


def test_every_type_of_page_is_valid(judge: Judge) -> None:
    call_command("load_publication", str(Path(settings.BASE_DIR) / "demo"), stdout=StringIO())
    harbour = fill_harbour()
    pages = {str(page_type): _page(page_type, harbour) for page_type in PAGE_TYPES}
    pages["our own fault"] = render(HttpRequest(), "comparisons/server_error.html").content
    pages["too many"] = render(HttpRequest(), "429.html", {"minutes": 10}).content
    assert "\n".join(judge(pages)) == ""


def test_an_empty_publication_is_valid(judge: Judge) -> None:
    assert "\n".join(judge({str(page_type): _page(page_type, Harbour({}, {"": {}})) for page_type in EMPTY})) == ""


def test_awkward_words_are_valid(judge: Judge) -> None:
    """Quotes, angle brackets, ampersands, other scripts; and in a search what HTML forbids."""
    awkward = "\"A\" & 'B' <i>&amp; \u202eΩ 日本 😀"
    tool = make_tool(
        slug="awkward", name=awkward, maker=awkward, tagline=awkward, description=f"# {awkward}\n\n> {awkward}"
    )
    make_review(tool, headline=awkward, body=f"*{awkward}*\n\n- <b>\n\n| a | b |\n|---|---|\n| {awkward} | |")
    make_review(make_tool(slug="other", category=tool.category))
    paths = [
        "/",
        "/tools/",
        "/tools/awkward/",
        "/embed/awkward/",
        "/compare/awkward-vs-other/",
        "/search/?q=%22%26%3Ci%3E%00%0B",
    ]
    assert "\n".join(judge({path: _page(PageType(path), Harbour({}, {"": {}})) for path in paths})) == ""


def test_pictures_of_lines_are_valid(checker: Path) -> None:
    images = sorted(str(path) for path in (Path(settings.BASE_DIR) / "static/img").glob("*.svg"))
    assert images
    assert _ask(checker, ["--svg", *images], {}) == []


def test_badges_are_valid(checker: Path, tmp_path: Path) -> None:
    for verdicts in ("ssk", "skk", "sk", ""):
        tool = make_tool(slug=f"t-{verdicts}x", name="\"A\" & 'B' <i>")
        make_panel(tool, verdicts)
        make_fact(tool, checked_on=date(2020, 1, 1))
    for slug in ("t-sskx", "t-skkx", "t-skx", "t-x", "ghost"):
        (tmp_path / f"{slug}.svg").write_bytes(Client().get(f"/badge/{slug}.svg").content)
    assert _ask(checker, ["--svg", *map(str, sorted(tmp_path.glob("*.svg")))], {}) == []


def test_the_checker_finds_a_fault(judge: Judge) -> None:
    faulty = (
        b"<!doctype html><html lang=en><head><title>Faulty</title></head><body><p><div></p><img src=a></body></html>"
    )
    words = "\n".join(judge({"faulty": faulty}))
    assert "faulty: error: " in words
    assert "An “img” element must have an “alt” attribute" in words
