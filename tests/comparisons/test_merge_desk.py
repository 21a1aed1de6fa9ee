"""Merging at the desk: the page that tells in numbers what will happen, and what it leaves in files and dumps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.roles import EDITOR, PUBLISHER
from comparisons.merging import merge_tools
from comparisons.models import Comparison, Merge
from comparisons.opendata import verifier
from comparisons.opendata.dump import write_dump
from comparisons.standings import count_votes, find_mismatches
from reviews.models import Review
from tests.editorial.people import CHIEF, at_desk, page_of, person
from tests.factories import (
    make_comparison,
    make_criterion,
    make_fact,
    make_panel,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
    make_votes,
)
from tests.open_data import fill_open_data
from tests.pages import html_of, text_of
from tools.models import FormerSlug, Tool

pytestmark = pytest.mark.django_db
ADD = "/admin/comparisons/merge/add/"
WHY = "They are one."


@pytest.fixture
def pair() -> tuple[Tool, Tool]:
    """A tool that was entered twice, and the one to keep."""
    lathe, double = make_tool(name="Lathe", slug="lathe"), make_tool(name="Lathe AI", slug="lathe-ai")
    reviewer, anvil = make_reviewer(name="The Skeptic"), make_tool(name="Anvil", slug="anvil")
    make_review(lathe, reviewer)
    make_review(double, reviewer, "skip", headline="Left behind.")
    make_panel(double, "ss")
    make_plan(lathe, name="Pro", amount=Decimal(20), checked_on=date(2026, 11, 20))
    make_plan(double, name="Pro", amount=Decimal(25), checked_on=date(2026, 11, 2))
    make_fact(double, make_criterion(name="Offline"), value="Words")
    make_comparison(double, anvil)
    make_comparison(lathe, double, summary="Of themselves.")
    make_votes(double, 3, 2)
    return double, lathe


def test_the_page_says_in_numbers_what_will_happen_and_then_it_happens(client: Client, pair: tuple[Tool, Tool]) -> None:
    gone, kept = pair
    desk = at_desk(person(PUBLISHER))
    assert f"{ADD}?gone={gone.pk}" in html_of(desk.get(page_of(gone)))
    assert "See what would happen" in text_of(desk.get(ADD, {"gone": gone.pk}))
    asked = desk.get(ADD, {"gone": gone.pk, "kept": kept.pk})
    words, html = text_of(asked), html_of(asked)
    for said in (
        "lathe-ai: page, badge, embed, feed and every comparison lead to Lathe for good.",
        "2 go along. 1 is withdrawn and stays behind, because its reviewer has one of Lathe.",
        "0 prices go along, and 1 fact. 1 more is in both tools: one value of it stays.",
        "The advice on 1 pair goes along. That on 1 stays behind.",
        "5 votes go along.",
        "This cannot be undone.",
        "Left behind.",
        "Of themselves.",
    ):
        assert said in words
    assert "$20/mo" in words
    assert "$25/mo" in words
    mine = kept.plans.get()
    assert f'name="plan-{mine.pk}" value="mine"' in html
    sent = {"gone": gone.pk, "kept": kept.pk, f"plan-{mine.pk}": "theirs", "reason": ""}
    assert "Give the reason" in text_of(desk.post(ADD, sent))
    assert not Merge.objects.exists()
    done = text_of(desk.post(ADD, {**sent, "reason": WHY}, follow=True))
    assert "Lathe AI is part of Lathe now" in done
    mine.refresh_from_db()
    assert mine.amount == Decimal(25)
    assert client.get("/compare/anvil-vs-lathe-ai/")["Location"] == "/compare/anvil-vs-lathe/"
    assert "Merged into" in text_of(desk.get(page_of(gone)))
    assert WHY in text_of(desk.get("/admin/comparisons/merge/"))


def test_a_merged_tool_is_closed_at_the_desk(pair: tuple[Tool, Tool]) -> None:
    gone, kept = pair
    merge_tools(gone, kept, by=None, reason=WHY)
    desk = at_desk(person(PUBLISHER))
    page = html_of(desk.get(page_of(gone)))
    assert 'name="_step"' not in page
    assert 'name="name"' not in page
    assert f"{ADD}?gone=" not in page
    chief = at_desk(person(CHIEF))
    closed, standing = html_of(chief.get(page_of(gone))), html_of(chief.get(page_of(kept)))
    for door in ("/panel/", "/preview/", "/votes/case/hold/?tool=", "/votes/freeze/add/?tool="):
        assert (door in closed, door in standing) == (False, True), door
    assert f"/{gone.pk}/panel/" not in html_of(desk.get("/admin/tools/tool/"))
    gone.refresh_from_db()
    for step in ("publish", "reopen"):
        assert desk.post(page_of(gone), {"_step": step}).status_code in (302, 403)
    assert desk.post(page_of(gone).replace("change", "delete"), {"post": "yes"}).status_code == 403
    gone.refresh_from_db()
    assert (gone.status, gone.merged_into) == ("withdrawn", kept)
    choices = desk.get("/admin/autocomplete/?app_label=reviews&model_name=review&field_name=tool&term=Lathe").json()
    assert [choice["text"] for choice in choices["results"]] == ["Lathe"]
    review = {"reviewer": make_reviewer().pk, "verdict": "ship", "headline": "Too late.", "body": ""}
    for way, said in ((gone.pk, "Select a valid choice"), (["", gone.slug], "There is none with the address or name")):
        assert said in text_of(desk.post("/admin/reviews/review/add/", {**review, "tool": way}))
    assert "Select a valid choice" in text_of(chief.post("/admin/votes/freeze/add/", {"tool": gone.pk, "reason": "x"}))
    pair_form = {"first_tool": gone.pk, "second_tool": make_tool(slug="zinc").pk}
    desk.post("/admin/comparisons/comparison/add/", pair_form)
    assert not Review.objects.filter(headline="Too late.").exists()
    assert not Comparison.objects.filter(second_tool__slug="zinc").exists()


def test_nothing_new_is_shown_or_written_of_a_merged_tool(pair: tuple[Tool, Tool]) -> None:
    gone, kept = pair
    merge_tools(gone, kept, by=None, reason=WHY)
    desk = at_desk(person(PUBLISHER))
    for piece in (gone, Review.objects.get(tool=gone)):
        page = desk.get(page_of(piece).replace("change", "preview/page"))
        assert page.status_code == 409
        assert "Lathe AI is part of another tool now" in text_of(page)
    panel = page_of(gone).replace("change", "panel")
    assert "panel__steps" not in html_of(desk.get(panel))
    seat = make_reviewer()
    typed = {f"r{seat.pk}-verdict": "ship", f"r{seat.pk}-headline": "Too late."}
    assert "not yours to change" in text_of(desk.post(panel, typed))
    assert not Review.objects.filter(headline="Too late.").exists()


def test_what_is_in_the_way_is_said_and_there_is_no_button(pair: tuple[Tool, Tool]) -> None:
    gone, kept = pair
    Tool.objects.filter(pk=kept.pk).update(status="draft", published_at=None)
    answer = at_desk(person(PUBLISHER)).get(ADD, {"gone": gone.pk, "kept": kept.pk})
    assert "Readers know Lathe AI, and do not see Lathe now." in text_of(answer)
    assert "for good</button>" not in html_of(answer)
    assert at_desk(person(EDITOR)).get(ADD).status_code == 403


def test_a_dump_of_the_records_passes_the_verifier_after_a_merge(tmp_path: Path) -> None:
    fill_open_data()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    first, second = Tool.objects.published().order_by("pk")[:2]
    merge_tools(second, first, by=None, reason=WHY)
    count_votes()
    write_dump(tmp_path / "dump")
    lines: list[str] = []
    asked = verifier.asked(["--seed", "1", "--wait", "0", str(tmp_path / "dump")])
    assert (verifier.verify(asked, lines.append), find_mismatches()) == (0, []), "\n".join(lines)


def test_files_of_a_merged_publication_make_the_same_elsewhere(
    client: Client, pair: tuple[Tool, Tool], tmp_path: Path
) -> None:
    gone, kept = pair
    gone.slug = "lathe-pro"
    gone.save()
    merge_tools(gone, kept, by=None, reason=WHY)
    call_command("dump_publication", str(tmp_path), stdout=StringIO())
    file = tmp_path / "tools" / "lathe-pro.md"
    text = file.read_text()
    assert "merged_into: lathe\n" in text
    for out in (StringIO(), StringIO()):  # the first puts things in the order of the files
        call_command("load_publication", str(tmp_path), stdout=out)
    assert "tools: 3 unchanged" in out.getvalue()
    file.write_text(text.replace("merged_into: lathe\n", ""))
    with pytest.raises(SystemExit):
        call_command("load_publication", str(tmp_path), stdout=StringIO(), stderr=StringIO())
    file.write_text(text)
    # The site becomes one that has never heard of them.
    Merge.objects.all().delete()
    Tool.objects.filter(pk=gone.pk).update(merged_into=None, slug="else-1", status="draft", published_at=None)
    Tool.objects.filter(pk=kept.pk).update(slug="else-2")
    FormerSlug.objects.all().delete()
    call_command("load_publication", str(tmp_path), stdout=StringIO())
    assert Tool.objects.get(slug="lathe-pro").merged_into == Tool.objects.get(slug="lathe")
    assert FormerSlug.objects.current(["lathe-pro", "lathe-ai"]) == dict.fromkeys(["lathe-pro", "lathe-ai"], "lathe")
    assert client.get("/badge/lathe-ai.svg")["Location"] == "/badge/lathe.svg"
