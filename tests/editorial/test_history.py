"""Every saved version: who, when, what differs, and the way back."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.registry import records_of
from accounts.roles import EDITOR, PUBLISHER, WRITER
from accounts.services import close_account
from comparisons.models import Receipt
from editorial.history.contents import versions
from editorial.history.differences import differences
from editorial.models import Page
from reviews.models import Review
from tests.editorial.people import at_desk, make_piece, page_of, person, press, stands, typed
from tests.factories import make_category, make_criterion, make_fact, make_plan, make_review, make_tool
from tests.pages import html_of, text_of
from tools.models import Category, Fact, Plan, Tool
from tools.services import put_categories

pytestmark = pytest.mark.django_db


MIGRATIONS = (
    *("editorial.migrations.0005_history", "tools.migrations.0010_history"),
    *("reviews.migrations.0006_history", "comparisons.migrations.0015_history"),
)


def past_of(piece: Any) -> str:
    return page_of(piece).replace("/change/", "/history/")


def keys_of(client: Client, piece: Any) -> list[str]:
    """The versions of a piece, the newest first."""
    return re.findall(r'name="older" value="([^"]+)"', html_of(client.get(past_of(piece))))


def restore(client: Client, piece: Any, key: str, **fields: Any) -> str:
    address = page_of(piece).replace("/change/", "/restore/")
    page = html_of(client.get(address, {"version": key}))
    token = re.search(r'name="_opened_at" value="([^"]+)"', page)
    assert token, page
    return text_of(client.post(address, {"version": key, "_opened_at": token[1], **fields}, follow=True))


def apart() -> None:
    """What follows is another save, by nobody: here all of a test is one transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('drydock.save', gen_random_uuid()::text, true)")
        cursor.execute("SELECT set_config('drydock.who', '', true)")


def save(client: Client, tool: Tool, **fields: Any) -> None:
    answer = client.post(page_of(tool), typed(tool, **fields))
    assert answer.status_code == 302, text_of(answer)
    tool.refresh_from_db()


def save_review(client: Client, review: Review, **fields: Any) -> None:
    form = {"tool": review.tool_id, "reviewer": review.reviewer_id, "verdict": review.verdict}
    answer = client.post(page_of(review), {**form, "headline": review.headline, "body": review.body, **fields})
    assert answer.status_code == 302, text_of(answer)
    review.refresh_from_db()


# --- What is kept -----------------------------------------------------------------------------------------------------
def test_every_road_leaves_a_version() -> None:
    tool = make_tool(name="Lathe")
    Tool.objects.filter(pk=tool.pk).update(name="Lathe 2")
    tool.name = "Lathe 3"
    Tool.objects.bulk_update([tool], ["name"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tools_tool SET name = 'Lathe 4' WHERE id = %s", [tool.pk])
    number = tool.pk
    tool.delete()
    told = versions(Tool).filter(pgh_obj=number).order_by("pgh_id").values_list("pgh_label", "name")
    assert [*told] == [
        *(("insert", "Lathe"), ("update", "Lathe 2"), ("update", "Lathe 3"), ("update", "Lathe 4")),
        ("delete", "Lathe 4"),
    ]


def test_what_changes_nothing_is_no_version() -> None:
    tool = make_tool()
    tool.save()
    put_categories([Category(slug=tool.category.slug, name=tool.category.name)])
    assert versions(Tool).filter(pgh_obj=tool.pk).count() == 1
    assert versions(Category).filter(pgh_obj=tool.category_id).count() == 1


@pytest.mark.parametrize("kind", [Tool, Plan, Fact, Review, Page, Category])
@pytest.mark.parametrize("deed", ["UPDATE {} SET pgh_why = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_nobody_rewrites_history(kind: Any, deed: str) -> None:
    tool = make_tool()
    assert all((make_plan(tool), make_fact(tool), make_review(tool), make_piece("page", "draft")))
    table = versions(kind).model._meta.db_table
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute(  # as it is outside of tests, which empty tables after themselves
            "SELECT format('ALTER TABLE %%s ENABLE TRIGGER %%I', tgrelid::regclass, tgname) FROM pg_trigger"
            " WHERE tgrelid = %s::regclass AND tgname LIKE 'pgtrigger_not_emptied%%'",
            [table],
        )
        cursor.execute(cursor.fetchone()[0])
        with pytest.raises(DatabaseError, match=r"Cannot update or delete|for good"), transaction.atomic():
            cursor.execute(deed.format(table))


@pytest.mark.parametrize("app", ["editorial", "tools", "reviews", "comparisons"])
def test_what_was_there_before_history_began_has_a_first_version(app: str) -> None:
    begun = import_module(next(name for name in MIGRATIONS if name.startswith(app))).BEGUN
    review = make_review(make_tool(name="Lathe"))
    piece = {"editorial": make_piece("page", "draft"), "tools": review.tool, "reviews": review}.get(app)
    piece = piece or make_piece("comparison", "draft")
    apart()
    with connection.cursor() as cursor:
        cursor.execute(begun)
    labels = versions(type(piece)).filter(pgh_obj=piece.pk).order_by("pgh_id").values_list("pgh_label", flat=True)
    assert [*labels] == ["insert", "begin"]
    assert "As it was when history began" in text_of(at_desk(person(PUBLISHER)).get(past_of(piece)))


def test_a_public_page_tells_the_database_nothing_of_who_reads(client: Client) -> None:
    tool = make_tool()
    client.force_login(make_user_at_desk())
    with CaptureQueriesContext(connection) as queries:
        client.get(tool.get_absolute_url())
        client.post("/asks/", {})
    assert not [query for query in queries if "drydock.who" in query["sql"]]


def make_user_at_desk() -> User:
    user = person(EDITOR)
    assert user
    return user


def test_who_saved_is_a_number_that_says_nothing_once_the_account_is_closed() -> None:
    editor = make_user_at_desk()
    tool = make_piece("tool", "draft")
    save(at_desk(editor), tool, maker="Turners")
    assert [*versions(Tool).filter(pgh_obj=tool.pk).order_by("pgh_id").values_list("pgh_by", flat=True)] == [
        None,
        editor.pk,
    ]
    client = at_desk(person(PUBLISHER))
    assert f", {editor}" in text_of(client.get(past_of(tool)))
    close_account(editor)
    told = text_of(client.get(past_of(tool)))
    assert "an account that is closed" in told
    assert f", {EDITOR}" not in told
    assert "software, or a hand at the database" in told


def test_people_are_told_of_their_own_saves() -> None:
    editor = make_user_at_desk()
    tool = make_piece("tool", "draft", name="Lathe")
    save(at_desk(editor), tool, maker="Turners")
    apart()
    make_tool()
    (record,) = records_of(editor)["saves at the desk"]
    assert (record["kind"], record["number"]) == ("tool", tool.pk)


# --- The page ---------------------------------------------------------------------------------------------------------
def test_the_list_says_who_when_what_and_why() -> None:
    publisher = person(PUBLISHER)
    client = at_desk(publisher)
    tool = make_piece("tool", "draft", name="Lathe")
    save(client, tool, maker="Turners", reason="They were bought.")
    press(client, tool, "submit")
    press(client, tool, "send_back", step_note="Which lathes?")
    press(client, tool, "publish", maker="Turners & Co")
    html = html_of(client.get(past_of(tool)))
    entries = [" ".join(re.sub(r"<[^>]+>", " ", entry).split()) for entry in html.split('<div class="past__told">')[1:]]
    assert all("UTC, Publisher" in entry for entry in entries[:4])
    for entry, words in zip(
        entries, ("Published, Maker", "Sent back", "Sent to review", "Maker", "Begun"), strict=True
    ):
        assert words in entry
    assert "Note to the author: Which lathes?" in entries[1]
    assert "Reason for readers: They were bought." in entries[3]


def test_the_last_two_are_set_side_by_side_and_any_two_can_be() -> None:
    client = at_desk(person(PUBLISHER))
    tool = make_piece("tool", "draft", description="One.\n\nA sharp lathe.")
    save(client, tool, description="One.\n\nA blunt lathe.")
    save(client, tool, tagline="Turns wood.")
    html = html_of(client.get(past_of(tool)))
    assert "<h3>Tagline</h3>" in html
    assert "<h3>Description</h3>" not in html
    newest, _, oldest = keys_of(client, tool)
    for older, newer in ((oldest, newest), (newest, oldest)):
        html = html_of(client.get(past_of(tool), {"older": older, "newer": newer}))
        assert re.search(r"<del>.*?sharp.*?</del>", html)
        assert re.search(r"<ins>.*?blunt.*?</ins>", html)
        assert "<h3>Tagline</h3>" in html


def test_prices_and_facts_belong_to_a_tools_versions() -> None:
    client = at_desk(person(PUBLISHER))
    tool = make_piece("tool", "draft")
    plan = make_plan(tool, name="Pro", amount=20)
    plan.amount = 25
    rows = {
        **{"plans-TOTAL_FORMS": 1, "plans-INITIAL_FORMS": 1, "plans-0-id": plan.pk, "plans-0-name": "Pro"},
        **{"plans-0-amount": "25", "plans-0-currency": plan.currency, "plans-0-period": plan.period},
        **{"plans-0-source": plan.source, "plans-0-checked_on": plan.checked_on, "plans-0-position": 0},
    }
    save(client, tool, **rows)
    html = html_of(client.get(past_of(tool)))
    assert "<h3>Plan: Pro</h3>" in html
    assert re.search(r"<del>.*?20.*?</del>", html)
    assert re.search(r"<ins>.*?25.*?</ins>", html)
    assert "Plan (1)" in text_of(client.get(past_of(tool)))


def test_the_page_takes_as_many_queries_for_forty_versions_as_for_three() -> None:
    client = at_desk(person(PUBLISHER))
    tool = make_piece("tool", "draft")
    counts = []
    for number in range(40):
        save(client, tool, maker=f"Maker {number}")
        if number in (3, 39):
            with CaptureQueriesContext(connection) as queries:
                client.get(past_of(tool))
            counts.append(len(queries))
    assert counts[0] == counts[1]
    html = html_of(client.get(past_of(tool)))
    assert "Page 1 of 3" in html
    assert '<ins><span class="visually-hidden">Only here: </span>39' in html
    assert html.count('name="older"') == 20
    assert 'name="older"' in html_of(client.get(past_of(tool), {"p": "3"}))


def test_a_draft_that_another_version_names_is_not_told() -> None:
    """Who may not see a tool's draft does not read its name in the past of their own review either."""
    writer = person(WRITER)
    secret = make_piece("tool", "draft", name="Secret lathe")
    review = make_piece("review", "draft", writer, tool=secret)
    apart()
    Review.objects.filter(pk=review.pk).update(tool=make_tool(name="Open lathe"))
    told = text_of(at_desk(writer).get(past_of(review)))
    assert "Open lathe" in told
    assert "Secret lathe" not in told
    assert "not yours to see" in told


# --- The way back -----------------------------------------------------------------------------------------------------
def test_restoring_makes_a_new_version_of_words_prices_and_facts_and_leaves_the_rest() -> None:
    publisher = person(PUBLISHER)
    client = at_desk(publisher)
    tool = make_piece("tool", "draft", maker="Turners", slug="lathe", description="Old words.")
    kept, gone = make_plan(tool, name="Pro", amount=20), make_plan(tool, name="Team", amount=90)
    fact = make_fact(tool, make_criterion(name="Seats", kind="text"), value="ten")
    before = keys_of(client, tool)[0]
    apart()
    gone.delete()
    Plan.objects.filter(pk=kept.pk).update(amount=30)
    Fact.objects.filter(pk=fact.pk).update(value="twelve")
    make_plan(tool, name="New", amount=5)
    save_with_rows(client, tool, maker="Sold", slug="lathe-2", description="New words.")
    press(client, tool, "publish", **rows_of(tool))
    tool.refresh_from_db()
    was = (tool.status, tool.published_at)
    count = len(keys_of(client, tool))
    assert "The older version is back" in restore(client, tool, before)
    tool.refresh_from_db()
    assert (tool.maker, tool.description, tool.slug) == ("Turners", "Old words.", "lathe-2")
    assert (tool.status, tool.published_at) == was
    assert {plan.name: plan.amount for plan in tool.plans.all()} == {"Pro": 20, "Team": 90}
    assert tool.facts.get().value == "ten"
    assert tool.changed_by == publisher
    assert len(keys_of(client, tool)) == count + 1
    assert "Restored from the version of" in text_of(client.get(past_of(tool)))


def rows_of(tool: Tool) -> dict[str, Any]:
    """A tool's prices and facts as its form sends them."""
    sent: dict[str, Any] = {}
    for prefix, rows, names in (
        ("plans", tool.plans.all(), ("name", "amount", "currency", "period", "source", "checked_on", "position")),
        ("facts", tool.facts.all(), ("criterion_id", "value", "source", "checked_on")),
    ):
        sent |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": len(rows)}
        for number, row in enumerate(rows):
            values = {name.removesuffix("_id"): getattr(row, name) for name in names}
            sent |= {f"{prefix}-{number}-{name}": value for name, value in {**values, "id": row.pk}.items()}
    return sent


def save_with_rows(client: Client, tool: Tool, **fields: Any) -> None:
    save(client, tool, **rows_of(tool), **fields)


def test_restoring_a_verdict_that_readers_see_asks_for_the_reason_on_the_receipt() -> None:
    client = at_desk(person(PUBLISHER))
    review = make_review(make_tool(), verdict="ship", body="")
    oldest = keys_of(client, review)[0]
    save_review(client, review, verdict="skip", reason="It leaked.")
    told = restore(client, review, oldest)
    assert "Say in a sentence why it changes" in told
    review.refresh_from_db()
    assert review.verdict == "skip"
    assert "is back" in restore(client, review, oldest, reason="The leak was ours.")
    review.refresh_from_db()
    assert (review.verdict, stands(review)) == ("ship", "published")
    assert Receipt.objects.latest("pk").reason == "The leak was ours."


def test_what_a_version_names_and_is_gone_is_said_in_a_sentence() -> None:
    client = at_desk(person(PUBLISHER))
    tool = make_piece("tool", "draft", category=make_category(name="Lathes"))
    oldest = keys_of(client, tool)[0]
    old, new = tool.category, make_category()
    save(client, tool, category=new.pk)
    old.delete()
    assert "what this version names is no longer here" in restore(client, tool, oldest)
    tool.refresh_from_db()
    assert tool.category == new


def test_what_the_form_would_refuse_is_refused_by_name() -> None:
    client = at_desk(person(PUBLISHER))
    tool = make_piece("tool", "draft")
    Tool.objects.filter(pk=tool.pk).update(maker="")
    plan = make_plan(tool, name="Pro")
    Plan.objects.filter(pk=plan.pk).update(source="")
    oldest = keys_of(client, tool)[0]
    apart()
    Plan.objects.filter(pk=plan.pk).delete()
    Tool.objects.filter(pk=tool.pk).update(maker="Turners")
    told = restore(client, tool, oldest)
    assert "Maker: This field is required." in told
    assert "Plan: This field is required." in told
    tool.refresh_from_db()
    assert tool.maker == "Turners"


def test_restoring_takes_the_right_to_change_the_piece_as_it_stands(settings: Any) -> None:
    writer, publisher = person(WRITER), person(PUBLISHER)
    tool = make_piece("tool", "draft", writer)
    save(at_desk(writer), tool, maker="Turners")
    oldest = keys_of(at_desk(writer), tool)[-1]
    press(at_desk(publisher), tool, "publish")
    address = page_of(tool).replace("/change/", "/restore/")
    assert at_desk(writer).get(address, {"version": oldest}).status_code == 403
    assert at_desk(writer).post(address, {"version": oldest}).status_code == 403
    assert "Restore" not in html_of(at_desk(writer).get(past_of(tool))).split("</header>")[-1]
    settings.FOUR_EYES = True
    assert at_desk(publisher).post(address, {"version": oldest}).status_code == 403
    tool.refresh_from_db()
    assert tool.maker == "Turners"


def test_restoring_what_somebody_has_changed_meanwhile_is_asked_again() -> None:
    client = at_desk(person(PUBLISHER))
    tool = make_piece("tool", "draft", maker="One")
    oldest = keys_of(client, tool)[0]
    save(client, tool, maker="Two")
    address = page_of(tool).replace("/change/", "/restore/")
    token = re.search(r'name="_opened_at" value="([^"]+)"', html_of(client.get(address, {"version": oldest})))
    assert token
    save(client, tool, maker="Three")
    told = text_of(client.post(address, {"version": oldest, "_opened_at": token[1]}))
    assert "Somebody saved meanwhile" in told
    tool.refresh_from_db()
    assert tool.maker == "Three"


# --- Words ------------------------------------------------------------------------------------------------------------
def test_differences_are_of_words_and_of_lines() -> None:
    sides = differences("one two three\nfour", "one 2 three\nfour\nfive")
    assert [(run.text, run.is_changed) for run in sides.before] == [
        ("one ", False),
        ("two", True),
        (" three\nfour", False),
    ]
    assert "".join(run.text for run in sides.after) == "one 2 three\nfour\nfive"
    lines = "\n".join(f"line {number}" for number in range(50))
    sides = differences(f"{lines}\nold", f"{lines}\nnew")
    assert [run.left_out for run in sides.before if run.left_out] == [48]
    whole = differences("word " * 5000, "other " * 5000)
    assert [run.is_changed for run in whole.before] == [True]
    assert differences("", "").before == []
