"""Pictures and files at the desk in a real browser, under its strict policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.e2e.looking import overflow, violations
from tests.editorial.pictures import packed, painted
from tools.models import Tool

pytestmark = pytest.mark.django_db(transaction=True)

OURS = {"include": [["#content-main"]], "exclude": [[".select2"]]}


@pytest.fixture
def desk(open_page: Callable[..., Page], settings: Any, tmp_path: Path) -> Page:
    settings.MEDIA_ROOT = tmp_path
    User.objects.create_superuser("editor@example.org", "harbour-light", name="Editor")
    page = open_page("/admin/")
    page.get_by_label("Email").fill("editor@example.org")
    page.get_by_label("Password").fill("harbour-light")
    page.get_by_role("button", name="Log in").click()
    return page


def as_file(name: str, content: bytes) -> Any:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_a_logo_is_uploaded_and_readers_see_it(desk: Page) -> None:
    tool = Tool.objects.get(slug="code-llama-4")
    desk.goto(f"/admin/tools/tool/{tool.pk}/change/")
    desk.get_by_label("Or upload a logo").set_input_files(as_file("logo.png", packed("PNG", painted(400, 200))))
    desk.get_by_label("Its alt text").fill("Code Llama 4: its logo")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.locator(".messagelist")).to_contain_text("was changed successfully")
    for path in (tool.get_absolute_url(), "/compare/code-llama-4-vs-mistral-3-1/"):
        desk.goto(path)
        logo = desk.get_by_role("img", name="Code Llama 4: its logo").first
        expect(logo).to_be_visible()
        assert logo.evaluate("picture => picture.naturalWidth") == 192
    desk.goto("/admin/editorial/image/picker/")
    assert violations(desk, OURS) == []
    assert overflow(desk) == 0
    snippet = desk.locator(".snippet").inner_text()
    assert snippet.startswith("![Code Llama 4: its logo](/media/")


def test_a_file_with_a_bad_row_changes_nothing_until_it_is_mended(desk: Page) -> None:
    header = "slug,tagline,category\n"
    row = "code-llama-4,Answers when hailed.,developer-tools\n"
    desk.goto("/admin/tools/tool/")
    desk.get_by_role("link", name="Import").click()
    assert violations(desk, OURS) == []
    desk.locator("[name=file]").set_input_files(as_file("tools.csv", f"{header}{row}leadsman,,nowhere\n".encode()))
    desk.get_by_role("button", name="Show what would change").click()
    expect(desk.get_by_role("status")).to_contain_text("Changed: 1. As it was: 0. Refused: 1.")
    expect(desk.locator(".exchange__refused")).to_contain_text("There is none with the address “nowhere”.")
    expect(desk.get_by_role("button", name="Import all of it")).to_have_count(0)
    assert violations(desk, OURS) == []
    assert Tool.objects.get(slug="code-llama-4").tagline != "Answers when hailed."
    desk.get_by_role("link", name="Bring another file").click()
    desk.locator("[name=file]").set_input_files(as_file("tools.csv", f"{header}{row}".encode()))
    desk.get_by_role("button", name="Show what would change").click()
    expect(desk.locator(".exchange ins").first).to_be_visible()
    assert overflow(desk) == 0
    desk.get_by_role("button", name="Import all of it").click()
    expect(desk.locator(".messagelist")).to_contain_text("0 added, 1 changed, 0 as they were.")
    desk.goto("/tools/code-llama-4/")
    expect(desk.locator(".finding")).to_have_text("Answers when hailed.")
