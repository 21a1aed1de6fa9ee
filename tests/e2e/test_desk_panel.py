"""A panel written on one page with two keys, and evidence that is checked again, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from reviews.models import Review, Reviewer
from tests.e2e.looking import overflow, violations
from tests.e2e.test_desk import OURS, enter
from tests.factories import make_plan, make_review, make_tool

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_panel_is_written_with_two_keys_and_old_evidence_is_checked_again(open_page: Callable[..., Page]) -> None:
    page = open_page("/admin/tools/tool/")
    tool = make_tool(name="Lathe", slug="lathe")
    make_plan(tool, name="Pro", checked_on=timezone.now().date() - timedelta(days=400))
    make_plan(tool, name="Seats", checked_on=timezone.now().date() - timedelta(days=175))
    enter(page, "Publisher")
    row = page.locator("#result_list tbody tr").filter(has_text="Lathe")
    row.get_by_role("link", name="Panel", exact=True).click()
    told = page.locator("[data-told]")
    expect(told).to_have_text("No review yet: Unreviewed.")
    for reviewer, keys in zip(Reviewer.objects.on_panel(), ("s", "k", "ks", "sk"), strict=True):
        berth = page.get_by_role("region", name=reviewer.name)
        berth.get_by_role("radio", name="SHIP").focus()
        for key in keys:
            page.keyboard.press(key)
        expect(berth.get_by_role("radio", name="SHIP" if keys[-1] == "s" else "SKIP")).to_be_checked()
        page.keyboard.press("Tab")
        page.keyboard.type(f"What {keys} leads to.")  # letters in a text are letters
        expect(berth.get_by_label("Headline")).to_have_value(f"What {keys} leads to.")
    expect(told).to_have_text("2 of 4 ship: Split. The panel is split down the middle, 2 of 4.")
    expect(told).to_be_in_viewport()  # beside the last of them too
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("4 reviews saved")
    page.get_by_role("radio", name="SHIP").last.focus()
    page.keyboard.press("ArrowLeft" if page.get_by_role("radio", name="SKIP").last.is_checked() else "ArrowRight")
    expect(told).to_contain_text("ship: ")
    page.get_by_role("radio", name="SHIP").last.focus()
    page.keyboard.press("S")
    expect(told).to_have_text("3 of 4 ship: Ship. 1 of 4 on the panel disagrees, 25%.")
    page.get_by_role("button", name="publish all").click()
    expect(page.locator(".messagelist")).to_contain_text("on Lathe is published.")
    assert page.get_by_label("Reason for readers").first.is_hidden()
    page.get_by_role("radio", name="SKIP").first.check()
    expect(page.get_by_label("Reason for readers").first).to_be_visible()
    page.goto("/tools/lathe/")
    expect(page.locator(".hull-count")).to_have_text("3 of 4 ship")
    expect(page.locator(".due-tag")).to_have_count(1)

    page.goto("/admin/tools/tool/evidence/")
    page.get_by_role("button", name="Checked again today: Lathe, Pro").click()
    expect(page.locator(".messagelist")).to_contain_text("Pro of Lathe is checked today")
    expect(page.get_by_role("button", name="Undo the last check (1)")).to_be_visible()
    page.goto("/tools/lathe/")
    expect(page.locator("main")).to_contain_text("3 of 4 ship")
    expect(page.locator(".due-tag")).to_have_count(0)

    page.set_viewport_size({"width": 360, "height": 800})
    page.emulate_media(color_scheme="dark")
    for path in (f"/admin/tools/tool/{tool.pk}/panel/", "/admin/tools/tool/evidence/"):
        page.goto(path)
        assert overflow(page) == 0, path
        assert violations(page, OURS) == [], path
    expect(page.get_by_role("button", name="Checked again today: Lathe, Seats")).to_be_visible()
    page.goto(f"/admin/tools/tool/{tool.pk}/change/")
    assert violations(page, {"include": [[".evidence"]]}) == []


def test_remarks_on_the_panel_are_written_with_tools_and_kept_until_they_are_saved(
    open_page: Callable[..., Page],
) -> None:
    tool = make_tool(name="Lathe")
    review = make_review(tool, Reviewer.objects.on_panel()[0], status="draft", published_at=None)
    page = open_page(f"/admin/tools/tool/{tool.pk}/panel/")
    enter(page, "Publisher")
    berth = page.get_by_role("region", name=review.reviewer.name)
    remark = berth.get_by_label("The rest of the remark")
    remark.fill("It turns.")
    remark.press("Control+a")
    berth.get_by_role("button", name="Bold").click()
    expect(remark).to_have_value("**It turns.**")
    expect(berth.get_by_text("Words: 2.")).to_be_visible()
    berth.get_by_role("button", name="Show as readers see it").click()
    frame = berth.locator(".writing__pane iframe").first.content_frame
    expect(frame.locator("strong")).to_have_text("It turns.")
    review.refresh_from_db()
    assert review.verdict == "ship"
    berth.get_by_role("radio", name="SKIP").check()
    page.wait_for_function(
        "() => Object.values(localStorage).some((kept) => kept.includes('**It turns.**') && kept.includes('skip'))"
    )
    Review.objects.filter(pk=review.pk).update(headline="Another's words.", updated_at=timezone.now())
    page.reload()
    offer = page.locator("#typed")
    expect(offer.get_by_role("listitem")).to_have_count(2)
    expect(offer.get_by_role("listitem").first).to_have_text(
        f"Verdict ({review.reviewer.name}): SKIP kept, SHIP in the form."
    )
    expect(berth.get_by_role("radio", name="SHIP")).to_be_checked()
    assert violations(page, {**OURS, "exclude": [["iframe"]]}) == []
    offer.get_by_role("button", name="Put it back into the form").click()
    expect(remark).to_have_value("**It turns.**")
    expect(berth.get_by_role("radio", name="SKIP")).to_be_checked()
    expect(page.locator("[data-told]")).to_contain_text("0 of 1 ship")
    page.get_by_role("button", name="Save all").click()
    expect(page.locator(".berth__theirs")).to_contain_text("Another's words.")
    page.get_by_role("button", name="Save all").click()
    expect(page.locator(".messagelist")).to_contain_text("1 review saved")
    expect(offer).to_be_hidden()
    assert not page.evaluate("() => Object.keys(localStorage).some((key) => key.startsWith('drydock:typed'))")
    review.refresh_from_db()
    assert review.verdict == "skip"
