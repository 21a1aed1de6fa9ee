"""The desk's look and first page in a real browser: readable in both schemes and on a phone, one click to each list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.e2e.looking import overflow, violations
from tests.factories import make_link, make_plan, make_votes
from tests.votes.desk import make_burst
from tools.models import Tool

pytestmark = pytest.mark.django_db(transaction=True)

# Tables of a list or of a form may be wider than a phone; they scroll inside the page. Each kind of page in one scheme,
# the two that everybody sees all day in both.
PAGES = {
    "light": (
        *("/admin/", "/admin/tools/tool/?missing=any", "/admin/tools/tool/add/"),
        *("/admin/tools/tool/{tool}/history/", "/admin/tools/link/{link}/change/"),
    ),
    "dark": (
        *("/admin/", "/admin/tools/tool/", "/admin/tools/tool/{tool}/change/"),
        *("/admin/tools/tool/{draft}/delete/", "/admin/tools/link/?state=dead"),
    ),
}


def enter(page: Page) -> None:
    page.get_by_label("Email").fill("editor@example.org")
    page.get_by_label("Password").fill("harbour-light")
    page.get_by_role("button", name="Log in").click()


@pytest.fixture
def stocked() -> dict[str, int]:
    """Something of every kind that the first page can show; the demo has splits of its own."""
    User.objects.create_superuser("editor@example.org", "harbour-light", name="Editor")
    tool, draft = Tool.objects.published().order_by("pk")[0], Tool.objects.filter(status="draft")[0]
    make_plan(tool, checked_on=(timezone.now() - timedelta(days=400)).date())
    moment = timezone.now() + timedelta(days=3)
    Tool.objects.filter(pk=Tool.objects.published().last().pk).update(status="scheduled", published_at=moment)  # type: ignore[union-attr]
    link = make_link(tool, failed_days=3, failing_since=timezone.now(), problem="It answered 404.")
    make_votes(tool, 3, 1)
    make_burst()
    return {"tool": tool.pk, "draft": draft.pk, "link": link.pk}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_the_desk_reads_well(
    site: str, stocked: dict[str, int], open_page: Callable[..., Page], scheme: str, width: int
) -> None:
    page = open_page("/admin/", width=width, scheme=scheme)
    found = {"sign-in": [*violations(page), overflow(page)]}
    enter(page)
    for path in PAGES[scheme]:
        page.goto(path.format(**stocked))
        expect(page.locator(".select2-selection:not([aria-labelledby*='-label'])")).to_have_count(0)  # named by script
        found[path] = [*violations(page), overflow(page)]
    assert {path: faults for path, faults in found.items() if faults != [0]} == {}
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(238, 242, 242)" if scheme == "light" else "rgb(11, 23, 33)")


def test_one_click_leads_from_a_count_to_its_rows(
    site: str, stocked: dict[str, int], open_page: Callable[..., Page]
) -> None:
    page = open_page("/admin/")
    enter(page)
    for label in ("due for re-inspection", "split the panel", "Dead links", "Open cases"):
        page.goto("/admin/")
        link = page.locator("a.attention__link", has_text=label)
        count = int(link.locator("b").inner_text())
        link.click()
        expect(page.locator("#result_list tbody tr")).to_have_count(count)
    page.goto("/admin/")
    expect(page.locator(".calendar-days td ul li")).to_have_count(1)
    votes = page.get_by_role("region", name="Votes by day")
    votes.get_by_text("The same in figures").click()
    expect(votes.get_by_role("row")).to_have_count(31)
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(11, 23, 33)"
