"""What each picture of docs/editors.md shows, and the way there through the desk. Their order is that of a day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import FilePayload, Locator, Page

from testbed.screens import NARROW, WIDE, Shot, Site, picture

EDITOR, COLLEAGUE = "editor@drydock.example", "ada@drydock.example"
DRAFT = "Capstan Forms"
_IMPORTED = """slug,tagline,licence
bilgewatch,"Reads the night’s logs and opens one ticket per cause, with its evidence.",Proprietary
tin-lantern,Live captions made on the machine in front of you.,MIT or Apache 2.0
"""


@contextmanager
def _tool(site: Site, name: str, *, email: str = EDITOR, width: int = WIDE) -> Iterator[Page]:
    with site.page(email, width=width) as page:
        page.goto("/admin/tools/tool/")
        page.locator("#result_list").get_by_role("link", name=name, exact=True).click()
        yield page


def _top(page: Page) -> Locator:
    return page.locator("#header")


def _title(page: Page) -> Locator:
    return page.locator("#content .titles-and-tools")


def _door(site: Site) -> bytes:
    with site.page(EDITOR, guarded=True) as page:
        return picture(page, page.locator("header").first, page.get_by_role("link", name="Back to your account"))


def _attention(site: Site) -> bytes:
    with site.page(EDITOR) as page:
        page.goto("/admin/")
        return picture(page, _top(page), page.locator(".calendar-days"))


def _attention_on_a_phone(site: Site) -> bytes:
    with site.page(EDITOR, width=NARROW) as page:
        page.goto("/admin/")
        return picture(page, _top(page), page.locator(".cockpit__part").first)


def _writing(site: Site) -> bytes:
    with _tool(site, DRAFT) as page:
        area = page.get_by_label("Description:")
        area.fill(area.input_value().replace("is left blank", "is **left blank**").partition("\n\nThe tool")[0])
        newest = page.locator(".writing__pane iframe").first  # below the one that it will replace
        newest.content_frame.get_by_text("left blank", exact=True).wait_for()
        page.wait_for_function("() => document.querySelectorAll('.writing__pane iframe').length === 1")
        return picture(page, page.locator(".field-description"))


def _prices(site: Site) -> bytes:
    with _tool(site, DRAFT) as page:
        return picture(page, page.locator("#plans-group"), page.locator("#facts-group"))


def _panel(site: Site, width: int = WIDE) -> bytes:
    with _tool(site, DRAFT, width=width) as page:
        page.get_by_role("link", name="The panel on one page").click()
        return picture(page, _title(page), page.locator(".berth").nth(1 if width == WIDE else 0))


def _panel_on_a_phone(site: Site) -> bytes:
    return _panel(site, NARROW)


def _preview(site: Site) -> bytes:
    with _tool(site, DRAFT) as page:
        page.get_by_role("link", name="Preview", exact=True).click()
        return picture(page, _title(page), page.locator(".preview-frames"))


def _steps(site: Site) -> bytes:
    with _tool(site, DRAFT) as page:
        return picture(page, page.locator(".submit-row").first, page.locator(".steps"))


def _collision(site: Site) -> bytes:
    with _tool(site, DRAFT) as page:
        with _tool(site, DRAFT, email=COLLEAGUE) as other:
            other.get_by_label("Tagline:").fill("Fills in long official forms, and says where each answer is from.")
            other.get_by_label("Licence:").fill("Proprietary, source to read")
            other.get_by_role("button", name="Save and continue editing").click()
            other.locator(".messagelist").wait_for()
        page.get_by_label("Tagline:").fill("Fills in long official forms from papers you already hold.")
        page.get_by_role("button", name="Save", exact=True).click()
        return picture(page, _title(page), page.locator("#collision"))


def _history(site: Site) -> bytes:
    with _tool(site, DRAFT) as page:
        page.get_by_role("link", name="History").click()
        return picture(page, _title(page), page.locator(".past"))


def _evidence(site: Site) -> bytes:
    with site.page(EDITOR) as page:
        page.goto("/admin/tools/tool/evidence/")
        return picture(page, _title(page), page.locator(".evidence"))


def _merge(site: Site) -> bytes:
    with _tool(site, "Waybill Reader App") as page:
        gone = page.url.split("/")[-3]
        page.goto("/admin/tools/tool/")
        page.get_by_role("link", name="Waybill Reader", exact=True).click()
        page.goto(f"/admin/comparisons/merge/add/?gone={gone}&kept={page.url.split('/')[-3]}")
        return picture(page, _title(page), page.locator("#content-main"))


def _import(site: Site) -> bytes:
    with site.page(EDITOR) as page:
        page.goto("/admin/tools/tool/")
        page.get_by_role("link", name="Import").click()
        file = FilePayload(name="tools.csv", mimeType="text/csv", buffer=_IMPORTED.encode())
        page.locator("[name=file]").set_input_files(file)
        page.get_by_role("button", name="Show what would change").click()
        page.locator(".exchange").wait_for()
        return picture(page, _title(page), page.locator("#content-main"))


SHOTS: dict[str, Shot] = {
    "second-key": _door,
    "attention": _attention,
    "attention-phone": _attention_on_a_phone,
    "writing": _writing,
    "prices-and-facts": _prices,
    "panel": _panel,
    "panel-phone": _panel_on_a_phone,
    "preview": _preview,
    "steps": _steps,
    "collision": _collision,
    "history": _history,
    "evidence": _evidence,
    "merge": _merge,
    "import": _import,
}
