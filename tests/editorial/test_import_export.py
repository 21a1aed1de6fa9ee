"""Files that leave the desk and come back: what changes, what is refused, and for whom."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.roles import EDITOR, PUBLISHER, REVIEWERS_WRITER, WRITER
from comparisons.models import Comparison, Receipt
from editorial.exchange.running import carry_out, look
from editorial.models import WaitingImport
from reviews.models import Review, Reviewer
from tests.editorial.people import at_desk, make_piece, person
from tests.factories import (
    make_category,
    make_comparison,
    make_criterion,
    make_fact,
    make_free_plan,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
)
from tests.pages import html_of, text_of
from tools.exchange import ToolExchange
from tools.models import Category, Criterion, Fact, Plan, Tool

pytestmark = pytest.mark.django_db

TOOLS = "/admin/tools/tool/"
REVIEWS = "/admin/reviews/review/"
LISTS = {
    "tools": TOOLS,
    "plans": TOOLS,
    "facts": TOOLS,
    "categories": "/admin/tools/category/",
    "criteria": "/admin/tools/criterion/",
    "reviewers": "/admin/reviews/reviewer/",
    "reviews": REVIEWS,
    "comparisons": "/admin/comparisons/comparison/",
}


@pytest.fixture
def chief() -> Client:
    return at_desk(person(PUBLISHER))


def exported(client: Client, kind: str, ending: str = "csv", query: str = "") -> str:
    return html_of(client.get(f"{LISTS[kind]}export/?kind={kind}&ending={ending}{query}"))


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text, newline="")))


def csv_of(*rows: dict[str, str]) -> str:
    file = StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def bring(client: Client, kind: str, content: str | bytes, name: str = "", reason: str = "") -> Any:
    """The preview, or the form again."""
    packed = content if isinstance(content, bytes) else content.encode()
    file = SimpleUploadedFile(name or f"{kind}.csv", packed)
    return client.post(f"{LISTS[kind]}import/", {"kind": kind, "file": file, "reason": reason}, follow=True)


def confirm(client: Client, preview: Any, reason: str = "") -> str:
    return text_of(client.post(preview.request["PATH_INFO"], {"reason": reason}, follow=True))


def tool_row(**fields: str) -> dict[str, str]:
    plain = {"name": "Lathe", "maker": "Turners", "tagline": "Turns.", "website": "https://lathe.example.com/"}
    return {"slug": "lathe", **plain, "category": "writing", "description": "It turns.", **fields}


def stock() -> Tool:
    """One or two of everything, with texts that files could spoil."""
    tool = make_tool(slug="anvil", category=make_category(slug="writing"), description='=1+1\r\n"quoted", ’\'=x')
    other = make_tool(slug="brig", tagline="'=SUM(A1)", licence="@home", launched_on="2026-01-02")
    criterion = make_criterion(kind="number", good_for_days=30)
    make_plan(tool, note="-5 %", amount="0.0025"), make_free_plan(other), make_fact(tool, criterion, value="256000")
    make_review(tool, make_reviewer(excites="a\nb", joined_on="2026-02-03"), body="| a |\n|---|\n\n+ b")
    make_comparison(tool, other, is_featured=True)
    return tool


@pytest.mark.parametrize("ending", ["csv", "json"])
@pytest.mark.parametrize("kind", LISTS)
def test_what_goes_out_comes_back_and_changes_nothing(chief: Client, kind: str, ending: str) -> None:
    stock()
    text = exported(chief, kind, ending)
    page = text_of(bring(chief, kind, text, f"file.{ending}"))
    count = len(rows_of(text)) if ending == "csv" else len(json.loads(text))
    assert count > 0
    assert f"New: 0. Changed: 0. As it was: {count}. Refused: 0." in page


def test_no_cell_is_a_formula_for_a_spreadsheet(chief: Client) -> None:
    stock()
    cells = [cell for kind in LISTS for row in csv.reader(StringIO(exported(chief, kind), newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    assert any(cell.startswith("'=1+1") for cell in cells)
    assert any(cell.startswith("''=SUM") for cell in cells)


def test_a_preview_shows_each_change_and_changes_nothing_yet(chief: Client) -> None:
    make_tool(slug="anvil", tagline="Does one thing well.", category=make_category(slug="writing"))
    rows = (tool_row(), {**tool_row(slug="anvil"), "tagline": "Does one thing badly."})
    page = bring(chief, "tools", csv_of(*rows))
    html = html_of(page)
    assert "New: 1. Changed: 1. As it was: 0. Refused: 0." in text_of(page)
    assert "Does one thing <del>well</del><ins>badly</ins>." in html
    assert "<script" not in html.replace("<script src=", "").replace("<script id=", "")
    assert not Tool.objects.filter(slug="lathe").exists()
    said = confirm(chief, page)
    assert "1 added, 1 changed, 0 as they were." in said
    assert Tool.objects.get(slug="anvil").tagline == "Does one thing badly."
    assert not WaitingImport.objects.exists()


def test_one_bad_row_and_nothing_is_changed(chief: Client) -> None:
    make_category(slug="writing")
    bad = tool_row(slug="No Slug", website="gopher", category="nowhere", launched_on="yesterday")
    page = bring(chief, "tools", csv_of({**tool_row(), "launched_on": ""}, bad))
    text = text_of(page)
    assert "New: 1. Changed: 0. As it was: 0. Refused: 1." in text
    for said in ("Use small letters", "Enter a valid URL", "“nowhere”", "2026-11-25"):
        assert said in text
    assert "Import all of it" not in text
    assert "will be before every row can be" in confirm(chief, page)
    assert not Tool.objects.exists()


def test_the_status_is_never_imported(chief: Client) -> None:
    published = make_tool(slug="anvil", category=make_category(slug="writing"))
    rows = (tool_row(status="published"), tool_row(slug="anvil", status="withdrawn"))
    page = bring(chief, "tools", csv_of(*rows))
    assert "Not imported, whatever the file says: status." in text_of(page)
    confirm(chief, page)
    draft = Tool.objects.get(slug="lathe")
    assert (draft.status, draft.published_at) == ("draft", None)
    published.refresh_from_db()
    assert (published.status, published.name) == ("published", "Lathe")


def test_whoever_imports_has_made_the_last_change(settings: Any) -> None:
    settings.FOUR_EYES = True
    publisher = person(PUBLISHER)
    make_category(slug="writing")
    draft = make_piece("tool", "draft", person(WRITER), slug="anvil")
    client = at_desk(publisher)
    confirm(client, bring(client, "tools", csv_of(tool_row(), tool_row(slug="anvil"))))
    draft.refresh_from_db()
    made = Tool.objects.get(slug="lathe")
    assert (draft.changed_by, made.changed_by, made.author) == (publisher, publisher, publisher)
    assert LogEntry.objects.filter(user=publisher, change_message="Imported.").count() == 2
    page = client.post(f"{TOOLS}{made.pk}/change/", {"_step": "publish"}, follow=True)
    assert "published" not in Tool.objects.get(pk=made.pk).status, page
    plan = {"tool": "lathe", "name": "Pro", "amount": "20", "currency": "USD", "period": "month"}
    Tool.objects.update(changed_by=None)
    source = {"source": "https://lathe.example.com/", "checked_on": "2026-11-02"}
    confirm(client, bring(client, "plans", csv_of({**plan, **source})))
    assert Tool.objects.get(slug="lathe").changed_by == publisher
    assert Plan.objects.get().amount == 20


def test_what_is_out_is_a_publishers_to_change() -> None:
    category = make_category(slug="writing")
    for status in ("draft", "published"):
        make_piece("tool", status, slug=f"tool-{status}", category=category)
    rows = [tool_row(slug="tool-draft"), tool_row(slug="tool-published")]
    editor = at_desk(person(EDITOR))
    text = text_of(bring(editor, "tools", csv_of(*rows)))
    assert "is published: it is not yours to change as it stands" in text
    assert "Changed: 1. As it was: 0. Refused: 1." in text
    plan = {"tool": "tool-published", "name": "Pro", "amount": "", "currency": "", "period": "free"}
    source = {"source": "https://lathe.example.com/", "checked_on": "2026-11-02"}
    assert "it is not yours to change" in text_of(bring(editor, "plans", csv_of({**plan, **source})))


@pytest.mark.parametrize("role", [WRITER, REVIEWERS_WRITER])
def test_a_drafts_name_is_a_secret_in_files_too(role: str) -> None:
    me = person(role)
    secret = make_piece("tool", "draft", name="Secretlathe", slug="secretlathe")
    make_fact(secret), make_plan(secret)
    make_piece("review", "draft", me, tool=secret)
    make_comparison(secret, make_tool(slug="open"))
    client = at_desk(me)
    kinds = ("tools", "plans", "facts", "reviews") if role == REVIEWERS_WRITER else tuple(LISTS)
    for kind in kinds:
        for ending in ("csv", "json"):
            assert "secretlathe" not in exported(client, kind, ending).lower(), kind
    assert client.post(f"{TOOLS}import/", {}).status_code == 403


def test_the_file_holds_what_the_list_shows(chief: Client) -> None:
    make_tool(slug="out"), make_piece("tool", "draft", slug="draft")
    assert [row["slug"] for row in rows_of(exported(chief, "tools", query="&status__exact=draft"))] == ["draft"]
    assert len(rows_of(exported(chief, "tools", query="&nonsense=1"))) == 2
    assert 'name="status__exact"' in html_of(chief.get(f"{TOOLS}export/?status__exact=draft"))


def test_a_seen_verdict_changes_for_a_reason_which_its_receipt_prints(chief: Client) -> None:
    review = make_review(make_tool(slug="anvil"), make_reviewer(slug="the-smith"), "ship")
    row = {"tool": "anvil", "reviewer": "the-smith", "verdict": "skip"}
    page = bring(chief, "reviews", csv_of(row))
    assert "Say why they change: The Reviewer" in text_of(page)
    assert "say why they change" in confirm(chief, page)
    review.refresh_from_db()
    assert review.verdict == "ship"
    page = bring(chief, "reviews", csv_of(row), reason="It broke.")
    assert "It broke." in html_of(page)
    assert "1 changed" in confirm(chief, page, reason="It broke.")
    review.refresh_from_db()
    assert (review.verdict, review.headline) == ("skip", "It floats.")
    assert Receipt.objects.latest("pk").reason == "It broke."


def test_every_kind_comes_in(chief: Client) -> None:
    """From nothing to a small publication of drafts, file by file."""
    checked = {"source": "https://lathe.example.com/", "checked_on": "2026-11-02"}
    reviewer = {"slug": "the-smith", "name": "The Smith", "lens": "Iron", "motto": "Hit it.", "emblem": "kilo"}
    files: dict[str, list[dict[str, Any]]] = {
        "categories": [{"slug": "writing", "name": "Writing"}],
        "criteria": [{"slug": "context", "name": "Context", "kind": "number", "good_for_days": 30, "position": 2}],
        "reviewers": [{**reviewer, "written_by": "person", "disclosure": "A person.", "is_active": True}],
        "tools": [tool_row(), tool_row(slug="anvil")],
        "plans": [{"tool": "lathe", "name": "Free", "period": "free", **checked}],
        "facts": [{"tool": "lathe", "criterion": "context", "value": 256000, **checked}],
        "reviews": [{"tool": "lathe", "reviewer": "the-smith", "verdict": "ship", "headline": "It turns."}],
        "comparisons": [{"first_tool": "anvil", "second_tool": "lathe", "summary": "Both.", "is_featured": False}],
    }
    for kind, rows in files.items():
        page = bring(chief, kind, json.dumps(rows), f"{kind}.json")
        assert f"New: {len(rows)}. Changed: 0." in text_of(page), kind
        assert f"{len(rows)} added" in confirm(chief, page), kind
    for model in (Category, Criterion, Reviewer, Plan, Fact, Review, Comparison):
        assert model._default_manager.count() == 1, model
    assert Fact.objects.get().value == "256000"
    assert {*Tool.objects.values_list("status", flat=True), Review.objects.get().status} == {"draft"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("tools.xlsx", b"PK", "ends in .csv or .json"),
        ("tools.csv", b"", "The submitted file is empty"),
        ("tools.csv", b"slug,name\n", "There is no row"),
        ("tools.csv", "slug,name\nä,b".encode("latin-1"), "not in UTF-8"),
        ("tools.csv", b"slug,name\nlathe", "Row 1 has 1 cells"),
        ("tools.csv", b'slug,name\nlathe,"x', "Row 1 cannot be read as CSV"),
        ("tools.csv", b"slug,slug\na,b", "name each column, and none twice"),
        ("tools.csv", b"slug,name\nlathe,\0", "U+0000"),
        ("tools.csv", b"slug,price\nlathe,2", "Unknown columns: price"),
        ("tools.csv", b"name\nLathe", "These columns are missing: slug"),
        ("tools.csv", b"slug\n" + b"x\n" * 10_001, "more than 10000 rows"),
        ("tools.csv", b"x" * (5 * 1024 * 1024 + 1), "at most 5 MB"),
        ("tools.csv", b"slug,name\nlathe,Lathe\nlathe,Lathe", "stands in an earlier row"),
        ("tools.csv", b"slug;name\nlathe;Lathe", "New: 0"),
        ("tools.json", b"{}", "a list of objects"),
        ("tools.json", b"[" * 100_000, "cannot be read as JSON"),
        ("tools.json", b'[{"slug": ["a"]}]', "a single value"),
        ("tools.json", b'[{"slug": "a", "slug": "b"}]', "cannot be read as JSON"),
        ("tools.json", b'[{"slug": "\\ud800"}]', "U+D800"),
        ("tools.json", b'[{"\\ud800": "a"}]', "U+D800"),
        ("tools.json", b'[{"slug": -1e999}]', "Use small letters"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(chief: Client, name: str, content: bytes, said: str) -> None:
    assert said in text_of(bring(chief, "tools", content, name))
    assert not Tool.objects.exists()


def test_rows_that_contradict_what_is_there_are_refused(chief: Client) -> None:
    make_category(slug="writing", name="Writing")
    text = text_of(bring(chief, "categories", csv_of({"slug": "prose", "name": "Writing"})))
    assert "The name belongs to “writing” already" in text
    tool = make_tool(slug="anvil")
    Tool.objects.filter(pk=tool.pk).update(slug="forge")
    assert "This tool is called forge now" in text_of(bring(chief, "tools", csv_of(tool_row(slug="anvil"))))
    make_tool(slug="beta")
    pair = csv_of({"first_tool": "forge", "second_tool": "beta", "summary": "Both."})
    assert "The first is the one whose address comes first" in text_of(bring(chief, "comparisons", pair))


def test_a_file_is_its_bringers_alone(chief: Client) -> None:
    make_category(slug="writing")
    page = bring(chief, "tools", csv_of(tool_row()))
    address = page.request["PATH_INFO"]
    other = at_desk(person(EDITOR))
    assert "That file is no longer here" in text_of(other.post(address, {}, follow=True))
    assert not Tool.objects.exists()
    WaitingImport.objects.update(brought_at=timezone.now() - timedelta(days=2))
    bring(other, "tools", csv_of(tool_row()))
    assert WaitingImport.objects.count() == 1


def test_five_thousand_rows_take_a_constant_number_of_queries(
    django_assert_max_num_queries: Any,
) -> None:
    user = person(PUBLISHER)
    assert isinstance(user, User)
    make_category(slug="writing")
    rows = [tool_row(slug=f"tool-{number}", name=f"Tool {number}") for number in range(5000)]
    with django_assert_max_num_queries(10):
        assert look(ToolExchange, rows, user).added == 5000
    outcome = carry_out(ToolExchange, rows[:500], user)
    assert (outcome.added, Tool.objects.count()) == (500, 500)


def test_rows_that_look_like_a_tool_that_is_here_are_marked_and_can_be_imported_all_the_same() -> None:
    category = make_category(slug="writing")
    there = make_tool(slug="lathe-pro", name="Lathe Pro", website="https://lathe.example.com/about", category=category)
    hidden = make_piece("tool", "draft", name="Capstan", slug="capstan", website="https://capstan.example.com/")
    make_tool(slug="anvil", name="Anvil", website="https://anvil.example.com/", maker="Smiths", category=category)
    rows = [
        tool_row(slug="zinc", name="Zinc", website="https://zinc.example.com/"),
        tool_row(slug="lathe-next", name="Lathe Next"),
        tool_row(slug="capstans", name="Capstans", website="https://capstan.example.org/"),
        tool_row(slug="anvil", name="Anvil", website="https://anvil.example.com/", maker="Other words"),
    ]
    chief = at_desk(person(PUBLISHER))
    preview = bring(chief, "tools", csv_of(*rows))
    page, words = html_of(preview), text_of(preview)
    assert "2 rows look like something that is here already" in words
    assert f'href="/admin/tools/tool/{there.pk}/change/" target="_blank"' in page
    assert "Lathe Pro (published): the same website" in words
    assert f"{hidden.name} (draft): a similar name" in words
    assert words.index("lathe-next") < words.index("capstans") < words.index("zinc")  # what needs an eye comes first
    assert "3 added, 1 changed" in confirm(chief, preview)


def test_a_preview_asks_for_duplicates_once_and_not_for_each_row() -> None:
    make_category(slug="writing")
    make_tool(name="Lathe", website="https://lathe.example.com/")
    user = person(PUBLISHER)
    assert user
    counts = []
    for count in (1, 1, 30):  # the first one asks for the rights, too
        rows = [tool_row(slug=f"lathe-{number}", name=f"Lathe {number}") for number in range(count)]
        with CaptureQueriesContext(connection) as queries:
            outcome = look(ToolExchange, rows, user)
        assert len(outcome.doubted) == count
        counts.append(len(queries))
    assert counts[1] == counts[2]
