"""The desk from end to end: a tool from an empty form to a turned verdict, and a writer at every publish door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils import timezone
from playwright.sync_api import APIResponse, Locator, Page, expect

from accounts.models import User
from comparisons.models import Receipt
from tests.e2e.test_desk import enter
from tests.editorial.people import make_piece, page_of
from tools.models import Tool

pytestmark = pytest.mark.django_db(transaction=True)

ATOM = "{http://www.w3.org/2005/Atom}"
SOURCE = "https://lathe.example.com/pricing"
VERDICTS = {"The Builder": "ship", "The Skeptic": "ship", "The Futurist": "ship", "The Founder": "skip"}
DOORS = ("publish", "schedule", "withdraw")
ASKED = {"step_at": "2099-01-01T09:00", "step_note": "It needs more.", "reason": "Because."}
REASON = "The Crew plan meters every turn now; the first review took it for a flat price."


def test_a_tool_goes_from_an_empty_form_to_a_turned_verdict(open_page: Callable[..., Page]) -> None:
    desk, reader = open_page("/admin/tools/tool/add/"), open_page("/tools/")
    enter(desk, "Publisher")
    write_the_tool(desk)
    write_the_panel(desk)
    preview_it_on_a_phone(desk)
    assert reader.request.get("/tools/lathe/").status == 404
    moment = schedule_it_with_its_reviews(desk)
    wait_for(reader, "/tools/lathe/", moment)
    reader.goto("/tools/lathe/")
    expect(reader.locator(".hull-count")).to_have_text("3 of 4 ship")
    expect(reader.locator(".title-row")).to_contain_text("Ship")
    turn_the_skeptic(desk)
    readers_are_told(reader)
    machines_are_told(reader, surveyed=moment)


def write_the_tool(desk: Page) -> None:
    """Two plans and two facts, each with its source and day, are typed on the form with the tool."""
    for label, words in (("Maker", "Turners"), ("Tagline", "It turns."), ("Description", "A plain lathe.")):
        desk.get_by_label(label).fill(words)
    desk.get_by_label("Name:", exact=True).fill("Lathe")
    desk.get_by_label("Website").fill("https://lathe.example.com/")
    desk.get_by_label("Category").select_option(label="Developer Tools")
    for name, amount in (("Solo", "9"), ("Crew", "40")):
        plan = add_row(desk, "plans", "Plan")
        plan.locator("[name$=-name]").fill(name)
        plan.locator("[name$=-amount]").fill(amount)
        plan.locator("[name$=-currency]").fill("EUR")
        plan.locator("[name$=-period]").select_option("month")
    for criterion, value in (("Self-hosting", "yes"), ("Platforms", "Linux")):
        fact = add_row(desk, "facts", "Fact")
        fact.locator("[name$=-criterion]").select_option(label=criterion)
        fact.locator("[name$=-value]").fill(value)
    desk.get_by_role("button", name="Save and continue editing").click()
    expect(desk.locator(".messagelist")).to_contain_text("was added successfully")


def add_row(desk: Page, table: str, called: str) -> Locator:
    desk.get_by_text(f"Add another {called}").click()
    row = desk.locator(f"#{table}-group .dynamic-{table}").last
    row.locator("[name$=-source]").fill(SOURCE)
    row.locator("[name$=-checked_on]").fill(f"{timezone.now():%Y-%m-%d}")
    return row


def write_the_panel(desk: Page) -> None:
    desk.get_by_role("link", name="The panel on one page").click()
    for reviewer, verdict in VERDICTS.items():
        berth = desk.get_by_role("region", name=reviewer)
        berth.get_by_role("radio", name=verdict.upper()).check()
        berth.get_by_label("Headline").fill(f"{reviewer} has tried it.")
        berth.get_by_label("The rest").fill("It turned all week.")
    expect(desk.locator("[data-told]")).to_contain_text("3 of 4 ship: Ship.")
    desk.get_by_role("button", name="Save all").click()
    expect(desk.locator(".messagelist")).to_contain_text("4 reviews saved")


def preview_it_on_a_phone(desk: Page) -> None:
    desk.goto(form_of_the_tool())
    desk.get_by_role("button", name="Save and preview").click()
    desk.get_by_role("link", name="Phone").click()
    phone = desk.frame_locator(".preview-frame--phone iframe")
    expect(phone.get_by_text("Preview: a draft, not published.")).to_be_visible()
    expect(phone.locator(".hull-count")).to_have_text("3 of 4 ship")
    expect(phone.locator("main")).to_contain_text("Crew")
    assert phone.locator("body").evaluate("() => document.documentElement.scrollWidth") == 390


def schedule_it_with_its_reviews(desk: Page) -> datetime:
    """The tool is planned for tomorrow, its reviews are dated with it, then the tool is brought forward."""
    plan_the_tool(desk, timezone.now() + timedelta(days=1))
    desk.goto("/admin/reviews/review/?q=Lathe")
    desk.locator("#action-toggle").check()
    desk.locator("select[name=action]").select_option(label="Schedule")
    desk.locator("button[name=index]").click()
    desk.get_by_label("Publish at (UTC)").fill(typed(in_a_moment()))
    desk.get_by_role("button", name="Schedule").click()
    expect(desk.locator(".messagelist li")).to_have_count(4)
    expect(desk.locator(".messagelist .success")).to_have_count(4)
    moment = in_a_moment()
    plan_the_tool(desk, moment)
    return moment


def plan_the_tool(desk: Page, moment: datetime) -> None:
    desk.goto(form_of_the_tool())
    desk.get_by_label("Publish at (UTC)").fill(typed(moment))
    desk.get_by_role("button", name="Schedule").click()
    expect(desk.locator(".messagelist")).to_contain_text("Lathe is scheduled for")


def in_a_moment() -> datetime:
    """Soon, and long enough from now for one press of a button on a busy machine."""
    return timezone.now().replace(microsecond=0) + timedelta(seconds=5)


def typed(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def wait_for(reader: Page, path: str, moment: datetime) -> None:
    """Ask until the page is there: never before its moment, and at once when asked after it. No worker runs."""
    while True:
        asked = timezone.now()
        if reader.request.get(path).status == 200:
            assert timezone.now() >= moment
            return
        assert asked < moment
        reader.wait_for_timeout(100)


def turn_the_skeptic(desk: Page) -> None:
    desk.get_by_role("link", name="The panel on one page").click()
    berth = desk.get_by_role("region", name="The Skeptic")
    berth.get_by_role("radio", name="SKIP").check()
    berth.get_by_label("Reason for readers").fill(REASON)
    desk.get_by_role("button", name="Save all").click()
    expect(desk.locator(".messagelist")).to_contain_text("1 review saved: The Skeptic.")


def readers_are_told(reader: Page) -> None:
    """Each page prints the new verdict, the count, the reason and the day, in its own place."""
    receipt = turned()
    day = in_words(receipt.effective_at)
    pages = {
        f"/receipts/{receipt.pk}/": {"article": ["SHIP", "SKIP", REASON, day]},
        "/receipts/?tool=lathe&kind=verdict": {
            f"#receipt-{receipt.pk}": ["SKIP", REASON],
            ".journal > li:first-child": [day],
            ".result-line": ["5 receipts"],  # four signed, one turned; what was only planned is none
        },
        "/tools/lathe/": {".title-row": ["Split"], ".hull-count": ["2 of 4 ship"], ".turned": [REASON, day]},
        "/compare/code-llama-4-vs-lathe/": {
            ".hull.side-b .hull-verdict": ["Split"],
            ".hull.side-b .hull-count": ["2 of 4 ship"],
            ".turned": [REASON, day],
        },
        "/search/?q=Lathe": {".hit-verdict >> nth=0": ["Split", "2 of 4"]},
    }
    for path, parts in pages.items():
        reader.goto(path)
        for part, words in parts.items():
            for said in words:
                expect(reader.locator(part), path).to_contain_text(said)
    reader.goto("/search/?q=Lathe&in=reviews")
    skeptics = reader.locator(".hits > li", has_text="The Skeptic")
    expect(skeptics.locator(".hit-verdict")).to_have_text("Skip")


def machines_are_told(reader: Page, *, surveyed: datetime) -> None:
    receipt = turned()
    badge = reader.request.get("/badge/lathe.svg").text()
    assert f"Drydock on Lathe: Split, 2 of 4 on the panel, surveyed {in_words(surveyed)}." in badge
    verdict = entry(reader, "/feeds/verdicts.atom", "Lathe: SKIP says The Skeptic")
    assert verdict.findtext(f"{ATOM}summary", "").startswith("SKIP.")
    told = entry(reader, "/feeds/receipts.atom", f"/receipts/{receipt.pk}/")
    assert REASON in told.findtext(f"{ATOM}content", "")
    assert told.findtext(f"{ATOM}updated", "")[:10] == f"{receipt.effective_at:%Y-%m-%d}"
    assert record(reader, "tools/lathe")["panel"] == {
        "ship": 2,
        "total": 4,
        "share": 50,
        "word": "split",
        "text": "2 of 4",
    }
    stored = record(reader, f"receipts/{receipt.pk}")
    assert (stored["before"]["verdict"], stored["after"]["verdict"]) == ("ship", "skip")
    assert (stored["reason"], stored["effective_at"][:10]) == (REASON, f"{receipt.effective_at:%Y-%m-%d}")


def entry(reader: Page, feed: str, told: str) -> ElementTree.Element:
    """The one entry of a feed whose title, or whose link's end, is this."""
    entries = ElementTree.fromstring(reader.request.get(feed).body()).findall(f"{ATOM}entry")  # noqa: S314 (our own)
    [found] = [
        one
        for one in entries
        if one.findtext(f"{ATOM}title") == told or one.find(f"{ATOM}link").get("href", "").endswith(told)  # type: ignore[union-attr]
    ]
    return found


def record(reader: Page, name: str) -> Any:
    return reader.request.get(f"/api/v1/{name}/").json()


def turned() -> Receipt:
    return Receipt.objects.get(kind="verdict", act="changed")


def in_words(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"


def form_of_the_tool() -> str:
    return f"/admin/tools/tool/{Tool.objects.get(slug='lathe').pk}/change/"


def test_a_writer_is_refused_at_every_publish_door(open_page: Callable[..., Page]) -> None:
    page = open_page("/admin/")
    enter(page, "Writer")
    for kind in ("tool", "review", "comparison", "page"):
        piece = make_piece(kind, "draft", User.objects.get(name="Writer"))
        the_form_refuses(page, piece)
        the_list_refuses(page, piece)
        if kind == "review":
            the_panel_refuses(page, piece)
        piece.refresh_from_db()
        assert (piece.status, piece.published_at) == ("draft", None), kind


def the_form_refuses(page: Page, piece: Any) -> None:
    page.goto(page_of(piece))
    assert page.locator("button[name=_step]").all_inner_texts() == ["Send to review"]
    assert [forge(page, _step=step, **ASKED).status for step in DOORS] == [403] * len(DOORS)


def the_list_refuses(page: Page, piece: Any) -> None:
    """An action that is not offered is none, whoever types its name."""
    page.goto(f"/admin/{piece._meta.app_label}/{piece._meta.model_name}/")
    page.locator(f"[name=_selected_action][value='{piece.pk}']").check()
    offered = [option.get_attribute("value") for option in page.locator("select[name=action] option").all()]
    assert offered == ["", "delete_selected", "submit_selected"]
    forged = forge(page, action="publish_selected", _step="publish", **ASKED)
    assert "No action selected." in forged.text()


def the_panel_refuses(page: Page, review: Any) -> None:
    page.goto(f"/admin/tools/tool/{review.tool_id}/panel/")
    assert page.locator("button[value=submit]").count() == 1
    assert page.locator("button[value=publish]").count() == 0
    assert forge(page, _step="publish").status == 403


def forge(page: Page, **more: str) -> APIResponse:
    """The answer to the page's form as it stands, with what none of its buttons says."""
    form = page.locator("#content-main form[method=post]")
    sent = form.evaluate("form => Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim))")
    return page.request.post(page.url, form={**sent, **more})
