"""Writing at the desk in a real browser: buttons, shortcuts, what becomes of it, and who outside may read it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from accounts.models import OwnedSession, User
from editorial.models import PreviewLink
from tests.e2e.looking import overflow, violations
from tests.e2e.test_desk import enter
from tools.models import Tool

pytestmark = pytest.mark.django_db(transaction=True)

DRAFT = "capstan-forms"


def written(page: Page) -> str:
    return page.locator("#id_description").input_value()


def test_an_editor_writes_with_buttons_and_keys_and_sees_what_becomes_of_it(open_page: Callable[..., Page]) -> None:
    page = open_page(f"/admin/tools/tool/{Tool.objects.get(slug=DRAFT).pk}/change/")
    enter(page, "Editor")
    area = page.locator("#id_description")
    area.fill("It turns. It hums.")
    frame = page.locator(".writing__pane iframe").first.content_frame  # the newest, below the one it will replace
    expect(frame.locator("main")).to_have_text("It turns. It hums.")
    expect(page.locator(".writing__count")).to_have_text("Words: 4. Minutes to read: 1.")
    area.press("Control+End")
    area.press("Control+Shift+ArrowLeft")
    area.press("Control+Shift+ArrowLeft")
    area.press("Control+b")
    assert written(page) == "It turns. It **hums.**"
    expect(frame.locator("strong")).to_have_text("hums.")
    area.press("Control+z")
    assert written(page) == "It turns. It hums."
    page.get_by_role("button", name="Bold").click()
    page.get_by_role("button", name="Bold").click()
    assert written(page) == "It turns. It hums."
    page.get_by_role("button", name="Italic").click()
    assert written(page) == "It turns. It *hums.*"
    area.fill("One\nTwo")
    area.press("Control+a")
    page.get_by_role("button", name="List").click()
    assert written(page) == "- One\n- Two"
    expect(frame.get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="List").click()
    page.get_by_role("button", name="Quote").click()
    assert written(page) == "> One\n> Two"
    area.fill("See the chart")
    area.press("Control+Shift+ArrowLeft")
    area.press("Control+k")
    page.keyboard.type("https://harbour.example.org/")
    assert written(page) == "See the [chart](https://harbour.example.org/)"
    expect(frame.get_by_role("link")).to_have_attribute("rel", "nofollow noopener")
    area.fill("<img src=x onerror=alert(1)><script>alert(2)</script>")
    expect(frame.locator("main")).to_contain_text("<script>alert(2)</script>")
    assert frame.locator("img, script").count() == 0
    assert page.locator(".writing__pane iframe").first.get_attribute("sandbox") == (
        "allow-popups allow-popups-to-escape-sandbox"
    )
    assert violations(page, {"include": [[".writing"]], "exclude": [["iframe"]]}) == []
    page.get_by_role("button", name="Show as readers see it").click()
    assert page.locator(".writing__pane iframe").count() == 0
    page.reload()
    expect(page.get_by_role("button", name="Show as readers see it")).to_have_attribute("aria-pressed", "false")


def test_a_draft_is_previewed_at_both_widths_and_shown_to_somebody_outside(open_page: Callable[..., Page]) -> None:
    User.objects.create_superuser("editor@example.org", "harbour-light", name="Editor")
    tool = Tool.objects.get(slug=DRAFT)
    page = open_page(f"/admin/tools/tool/{tool.pk}/change/", width=1180)
    page.get_by_label("Email").fill("editor@example.org")
    page.get_by_label("Password").fill("harbour-light")
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Description").fill("It *turns*.")
    page.get_by_role("button", name="Save and preview").click()
    phone = page.frame_locator(".preview-frame--phone iframe")
    expect(phone.get_by_text("Preview: a draft, not published.")).to_be_visible()
    expect(phone.locator(".survey-about em")).to_have_text("turns")
    expect(phone.get_by_role("button", name="Menu")).to_be_visible()
    desktop = page.frame_locator(".preview-frame--desktop iframe")
    expect(desktop.get_by_role("button", name="Menu")).to_be_hidden()
    assert phone.locator("body").evaluate("() => innerWidth") == 390
    assert phone.locator("body").evaluate("() => document.documentElement.scrollWidth") == 390
    expect(phone.get_by_role("button", name="Ship").first).to_be_disabled()
    page.get_by_label("For how long").select_option(label="1 day")
    page.get_by_role("button", name="Make a link for somebody outside").click()
    link = page.locator("#preview-link").input_value()
    assert violations(page, {"include": [["#content-main"]], "exclude": [["iframe"]]}) == []
    outside = open_page(urlsplit(link).path, width=360, scheme="dark")
    expect(outside.get_by_role("heading", level=1)).to_have_text("Capstan Forms")
    expect(outside.get_by_text("Preview: a draft, not published.")).to_be_visible()
    assert overflow(outside) == 0
    assert violations(outside) == []
    assert outside.context.cookies() == []
    assert PreviewLink.objects.get().opened_count == 1
    page.set_viewport_size({"width": 360, "height": 800})
    assert violations(page, {"include": [["#content-main"]], "exclude": [["iframe"]]}) == []
    page.goto(f"/admin/tools/tool/{tool.pk}/preview/?width=phone")
    assert page.locator("iframe").count() == 1
    expect(page.get_by_role("region", name="Links that open it now").get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator(".messagelist")).to_contain_text("opens nothing from now on")
    outside.reload()
    expect(outside.get_by_text("Ask the editor who sent it to you for a new one.")).to_be_visible()


def test_whoever_is_signed_out_while_writing_reads_so_signs_in_elsewhere_and_goes_on(
    open_page: Callable[..., Page],
) -> None:
    page = open_page(f"/admin/tools/tool/{Tool.objects.get(slug=DRAFT).pk}/change/", refused="403")
    enter(page, "Editor")
    area = page.locator("#id_description")
    frame = page.locator(".writing__pane iframe").first.content_frame
    area.fill("It turns.")
    expect(frame.locator("main")).to_have_text("It turns.")
    OwnedSession.objects.all().delete()
    area.press_sequentially(" And it hums.")
    expect(frame.locator("main")).to_contain_text("You are signed out. Nothing you typed is lost")
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="Sign in again, in another tab").click()
    door = opened.value
    door.get_by_label("Email").fill("editor@example.org")
    door.get_by_label("Password").fill("harbour-light")
    door.get_by_role("button", name="Log in").click()
    expect(door.get_by_role("heading", level=1)).to_be_visible()
    with page.expect_response("**/admin/markdown/"):
        door.close()
        page.evaluate("() => dispatchEvent(new Event('focus'))")  # a browser without windows does not send it
    area.press_sequentially(" So.")
    expect(frame.locator("main")).to_have_text("It turns. And it hums. So.")
    page.get_by_role("button", name="Save and continue editing").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    assert written(page) == "It turns. And it hums. So."
