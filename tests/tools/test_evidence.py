"""What tools stand on: what is due, what the desk says of it, and that one click dates it today."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.roles import EDITOR, PUBLISHER, REVIEWERS_WRITER, SUPPORT, WRITER
from comparisons.models import Receipt
from editorial.permissions import may_check
from editorial.services import CannotPublishError, publish
from tests.editorial.people import CHIEF, at_desk, make_piece, page_of, person, typed
from tests.factories import make_category, make_criterion, make_fact, make_plan, make_tool
from tests.pages import html_of, text_of, texts
from tools.checking import check_again, uncheck
from tools.evidence import count_due, due_page, evidence_due, evidence_of
from tools.models import Fact, Plan, Tool

pytestmark = pytest.mark.django_db
LIST = "/admin/tools/tool/evidence/"


def ago(days: int) -> date:
    return timezone.now().date() - timedelta(days=days)


def day_of(piece: Plan | Fact) -> date:
    piece.refresh_from_db()
    return piece.checked_on


def old_plan(tool: Tool | None = None, days: int = 181, **fields: Any) -> Plan:
    return make_plan(tool or make_tool(), checked_on=ago(days), **fields)


# --- What is due ------------------------------------------------------------------------------------------------------
def names(within: int = 14, **asked: Any) -> list[str]:
    return [line.name for line in due_page(None, within, **asked)]


def test_due_is_what_the_rule_calls_due_oldest_check_first() -> None:
    tool = make_tool()
    old_plan(tool, 181, name="passed")
    old_plan(tool, 180, name="its last day")
    old_plan(tool, 167, name="soon")
    old_plan(tool, 166, name="later")
    monthly = make_criterion(name="monthly", good_for_days=30)
    yearly = make_criterion(name="yearly", good_for_days=365)
    make_fact(tool, monthly, checked_on=ago(31))
    make_fact(tool, yearly, checked_on=ago(364))
    make_fact(tool, make_criterion(name="house"), checked_on=ago(400))
    make_fact(make_tool(), monthly, checked_on=ago(16))
    assert names(0) == ["house", "passed", "monthly"]
    assert names() == ["house", "yearly", "passed", "its last day", "soon", "monthly"]
    assert [line.is_due for line in due_page(None)] == [True, False, True, False, False, True]
    counts = count_due()
    assert (counts.passed, counts.soon) == (3, 3)


def test_prices_may_have_a_limit_of_their_own(client: Client) -> None:
    tool = make_tool(slug="lathe")
    old_plan(tool, 31, name="price")
    make_fact(tool, checked_on=ago(31))
    with override_settings(PRICES_GOOD_FOR_DAYS=30):
        assert names(0) == ["price"]
        assert texts(client.get("/tools/lathe/"), "due-tag") == ["checked 31 days ago: re-inspection due"]
    assert names(0) == []


def test_page_badge_embed_and_data_agree_on_what_is_due(client: Client) -> None:
    plan = old_plan(make_tool(slug="lathe"))
    assert _said(client) == {"page": True, "badge": True, "embed": True, "data": True}
    check_again(plan.tool)
    assert _said(client) == {"page": False, "badge": False, "embed": False, "data": False}


def _said(client: Client) -> dict[str, bool]:
    return {
        "page": "re-inspection due" in text_of(client.get("/tools/lathe/")),
        "badge": "re-inspection due" in html_of(client.get("/badge/lathe.svg")),
        "embed": "re-inspection due" in text_of(client.get("/embed/lathe/")),
        "data": _is_due_by(client.get("/api/v1/tools/lathe/").json()["plans"][0]),
    }


def _is_due_by(record: dict[str, Any]) -> bool:
    """The rule as docs/open-data.md gives it to strangers."""
    return (timezone.now().date() - date.fromisoformat(record["checked_on"])).days > int(record["good_for_days"])


def test_drafts_and_what_was_withdrawn_are_no_readers_concern() -> None:
    for status in ("draft", "in_review", "withdrawn"):
        old_plan(make_piece("tool", status), name=status)
    old_plan(make_piece("tool", "scheduled"), name="scheduled")
    assert names() == ["scheduled"]


def test_the_list_is_read_in_a_fixed_number_of_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(3):
        old_plan(days=200 + number)
        make_fact(make_tool(), checked_on=ago(300 + number))
        with django_assert_num_queries(5):
            due_page(None)
        with django_assert_num_queries(3):
            count_due()


def test_of_much_that_holds_the_indexes_find_the_little_that_is_due() -> None:
    criteria = [make_criterion() for _ in range(50)]
    tools = [make_tool() for _ in range(20)]
    read = {"source": "https://tool.example.com/", "checked_on": ago(1)}
    Fact.objects.bulk_create(Fact(tool=tool, criterion=rule, value="x", **read) for tool in tools for rule in criteria)
    Plan.objects.bulk_create(Plan(tool=tool, name=f"{n}", period="free", **read) for tool in tools for n in range(50))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tools_plan, tools_fact, tools_tool, tools_criterion")
    plan = evidence_due().explain()
    assert "plan_by_its_check" in plan
    assert "fact_by_its_check" in plan


# --- Checked again today ----------------------------------------------------------------------------------------------
def test_a_check_dates_all_of_a_tool_and_leaves_a_receipt_for_each() -> None:
    tool = make_tool(updated_at=timezone.now())
    plan, fact = old_plan(tool), make_fact(tool, checked_on=ago(300))
    fresh = make_plan(tool, checked_on=ago(0))
    editor = person(EDITOR)
    assert editor
    before = Tool.objects.get(pk=tool.pk).updated_at
    count = Receipt.objects.count()
    checked = check_again(tool, by=editor)
    assert [one.before for one in checked] == [ago(181), ago(300)]
    assert {day_of(piece) for piece in (plan, fact, fresh)} == {ago(0)}
    assert Receipt.objects.count() == count + 2
    receipt = Receipt.objects.filter(kind="price", piece=plan.pk).latest("pk")
    assert (receipt.act, receipt.before) == ("changed", {"checked_on": ago(181).isoformat()})
    assert Tool.objects.get(pk=tool.pk).updated_at > before
    assert Tool.objects.get(pk=tool.pk).changed_by is None, "it changes no word"
    entry = LogEntry.objects.get(object_id=str(tool.pk))
    assert entry.user == editor
    assert "Checked again today: " in entry.change_message
    assert check_again(tool, by=editor) == []
    assert LogEntry.objects.count() == 1


def test_a_check_is_taken_back_unless_somebody_looked_since() -> None:
    tool = make_tool()
    plan, other = old_plan(tool), old_plan(tool, 190)
    checked = check_again(tool)
    Plan.objects.filter(pk=other.pk).update(checked_on=ago(1))
    assert uncheck(tool, checked, on=ago(0)) == 1
    assert (day_of(plan), day_of(other)) == (ago(181), ago(1))


def test_parts_of_another_tool_are_left_alone() -> None:
    plan, other = old_plan(), old_plan()
    assert check_again(plan.tool, [evidence_of(other.tool_id)[0].part]) == []
    assert day_of(other) == ago(181)


ANY = ("draft", "in_review", "scheduled", "published", "withdrawn")


@pytest.mark.parametrize(
    ("role", "others", "own"),
    [
        (WRITER, (), ("draft",)),
        (EDITOR, ANY, ANY),
        (PUBLISHER, ANY, ANY),
        (REVIEWERS_WRITER, (), ()),
        (SUPPORT, (), ()),
        (CHIEF, ANY, ANY),
    ],
)
def test_who_may_say_so(role: str, others: tuple[str, ...], own: tuple[str, ...]) -> None:
    """With four eyes as without: it changes no word."""
    user = person(role)
    assert user
    for owner, states in ((None, others), (user, own)):
        tool = make_piece("tool", "draft", owner)
        for four_eyes in (False, True):
            with override_settings(FOUR_EYES=four_eyes):
                may = [status for status in ANY if may_check(user, _standing(tool, status))]
                assert may == list(states), (owner, four_eyes)


def _standing(tool: Tool, status: str) -> Tool:
    tool.status = status
    return tool


def test_the_service_asks_for_the_right_itself() -> None:
    plan = old_plan()
    for act in (check_again, partial(uncheck, checked=[], on=ago(0))):
        with pytest.raises(PermissionDenied):
            act(plan.tool, by=person(WRITER))
    assert day_of(plan) == ago(181)


# --- At the desk ------------------------------------------------------------------------------------------------------
def test_a_button_below_the_form_saves_and_dates(client: Client) -> None:
    publisher = person(PUBLISHER)
    tool = make_tool(name="Lathe")
    plan, fact = old_plan(tool, name="Pro"), make_fact(tool, checked_on=ago(300))
    desk = at_desk(publisher)
    page = desk.get(page_of(tool))
    assert f'value="plan-{plan.pk}"' in html_of(page)
    given = _form_of(tool, plan, fact)
    said = text_of(
        desk.post(page_of(tool), {**given, "tagline": "It turns.", "_checked": f"plan-{plan.pk}"}, follow=True)
    )
    assert "Pro of Lathe is checked today, " in said
    assert "Undo the last check (1)" in said
    tool.refresh_from_db()
    assert (tool.tagline, day_of(plan), day_of(fact)) == ("It turns.", ago(0), ago(300))
    given = _form_of(tool, plan, fact)
    assert "Taken back: 1 bears" in text_of(desk.post(page_of(tool), {**given, "_checked": "undo"}, follow=True))
    assert day_of(plan) == ago(181)
    given = _form_of(tool, plan, fact)
    said = text_of(desk.post(page_of(tool), {**given, "_checked": "all"}, follow=True))
    assert "2 prices and facts of Lathe are checked today" in said
    assert (day_of(plan), day_of(fact)) == (ago(0), ago(0))


def _form_of(tool: Tool, plan: Plan, fact: Fact) -> dict[str, Any]:
    day_of(plan), day_of(fact)
    return typed(
        tool,
        **{f"{name}-{count}_FORMS": 1 for name in ("plans", "facts") for count in ("TOTAL", "INITIAL")},
        **{f"plans-0-{name}": getattr(plan, name) for name in ("name", "amount", "currency", "period", "source")},
        **{
            "plans-0-id": plan.pk,
            "plans-0-tool": tool.pk,
            "plans-0-position": 0,
            "plans-0-unit": "",
            "plans-0-note": "",
        },
        **{"plans-0-checked_on": plan.checked_on, "facts-0-id": fact.pk, "facts-0-tool": tool.pk, "facts-0-note": ""},
        **{f"facts-0-{name}": getattr(fact, name) for name in ("value", "source", "checked_on")},
        **{"facts-0-criterion": fact.criterion_id},
    )


def test_an_editor_dates_what_is_out_and_changes_nothing_else_of_it() -> None:
    tool = make_tool(tagline="It turns.")
    plan = old_plan(tool)
    desk = at_desk(person(EDITOR))
    assert "Checked again today" in text_of(desk.get(page_of(tool)))
    desk.post(page_of(tool), typed(tool, tagline="Forged", _checked="all"))
    tool.refresh_from_db()
    assert (tool.tagline, day_of(plan)) == ("It turns.", ago(0))


def test_a_writer_finds_no_button_where_there_is_none_to_press() -> None:
    tool = make_tool()
    plan = old_plan(tool)
    desk = at_desk(person(WRITER))
    page = desk.get(page_of(tool))
    assert ("Evidence: what this tool stands on" in text_of(page), 'name="_checked"' in html_of(page)) == (True, False)
    assert desk.post(page_of(tool), {"_checked": "all"}).status_code == 403
    assert day_of(plan) == ago(181)


@pytest.mark.parametrize("forged", ["", "plan-", "plan-x", "tool-1", "plan-999999999999999999999", "plan-²"])
def test_a_forged_button_is_refused(forged: str) -> None:
    desk = at_desk(person(PUBLISHER))
    assert desk.post(LIST, {"_checked": forged}).status_code == 403
    assert desk.post(page_of(make_tool()), {"_checked": forged}, follow=True).status_code in (200, 403)


def test_the_list_shows_what_is_due_by_class_and_each_goes_with_one_click() -> None:
    boats = make_category(name="Boats", slug="boats")
    plan = old_plan(make_tool(name="Lathe", category=boats), name="Pro", source="https://www.lathe.example.com/prices")
    other = old_plan(days=170)
    desk = at_desk(person(EDITOR))
    page = desk.get(LIST)
    assert "1 is due. 1 more will be within 14 days." in text_of(page)
    assert 'href="https://www.lathe.example.com/prices"' in html_of(page)
    assert other.tool.name in text_of(page)
    filtered = f"{LIST}?class=boats"
    assert other.tool.name not in text_of(desk.get(filtered))
    said = text_of(desk.post(filtered, {"_checked": f"plan-{plan.pk}"}, follow=True))
    assert "Pro of Lathe is checked today" in said
    assert "Nothing is due. All papers are in order." in said
    assert "Taken back: 1 bears" in text_of(desk.post(LIST, {"_checked": "undo"}, follow=True))
    assert day_of(plan) == ago(181)
    assert "bears today’s date already, or is gone" in text_of(
        desk.post(LIST, {"_checked": "plan-999999"}, follow=True)
    )


def test_the_list_has_pages() -> None:
    tool = make_tool()
    for number in range(51):
        old_plan(tool, 300 - number)
    desk = at_desk(person(EDITOR))
    assert "Page 1 of 2" in text_of(desk.get(LIST))
    assert html_of(desk.get(f"{LIST}?p=2")).count('name="_checked"') == 1


def test_many_tools_at_once_from_their_list() -> None:
    plans = [old_plan(), old_plan()]
    desk = at_desk(person(EDITOR))
    form = {"action": "check_selected", "_selected_action": [plan.tool_id for plan in plans]}
    assert "Have you read every source" in text_of(desk.post("/admin/tools/tool/", form))
    assert [day_of(plan) for plan in plans] != [ago(0), ago(0)]
    form["confirmed"] = "yes"
    said = text_of(desk.post("/admin/tools/tool/", form, follow=True))
    assert "2 prices and facts of 2 tools are checked today" in said
    assert "all of it bears today" in text_of(desk.post("/admin/tools/tool/", form, follow=True))
    assert [day_of(plan) for plan in plans] == [ago(0), ago(0)]
    assert at_desk(person(WRITER)).get(LIST).status_code == 403


# --- What is typed ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "source", ["http://", "ftp://lathe.example.com/", "javascript:alert(1)", "https:///prices", "prices"]
)
def test_a_source_has_a_host_and_is_on_the_web(source: str) -> None:
    tool = make_tool()
    plan, fact = old_plan(tool), make_fact(tool)
    form = {**_form_of(tool, plan, fact), "plans-0-source": source}
    said = text_of(at_desk(person(PUBLISHER)).post(page_of(tool), form))
    assert "Give the address of the page on which you read it" in said
    with pytest.raises(ValidationError):
        Plan(tool=tool, name="x", period="free", source=source, checked_on=ago(1)).full_clean()


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("2999-01-01", "Nothing can have been checked on a day to come."),
        ("1989-12-31", "Nothing here was read before 1990."),
        ("1990-01-01", ""),
    ],
)
def test_a_check_has_a_day_that_can_be(day: str, says: str) -> None:
    tool = make_tool()
    plan, fact = old_plan(tool), make_fact(tool)
    page = at_desk(person(PUBLISHER)).post(page_of(tool), {**_form_of(tool, plan, fact), "plans-0-checked_on": day})
    assert page.status_code == (200 if says else 302)
    assert says in text_of(page)


def test_a_price_that_changes_in_the_form_leaves_its_receipt() -> None:
    tool = make_tool()
    plan, fact = old_plan(tool), make_fact(tool)
    form = {**_form_of(tool, plan, fact), "plans-0-amount": "25", "reason": "They raised it."}
    at_desk(person(PUBLISHER)).post(page_of(tool), form)
    receipt = Receipt.objects.filter(kind="price", piece=plan.pk).latest("pk")
    assert receipt.before is not None
    assert receipt.after is not None
    assert [Decimal(told["amount"]) for told in (receipt.before, receipt.after)] == [Decimal(20), Decimal(25)]
    assert receipt.reason == "They raised it."


def test_what_has_no_source_of_its_existence_is_not_published() -> None:
    with pytest.raises(
        CannotPublishError, match=r"has no website\. Give its address: it is the source of what we say\."
    ):
        publish(make_piece("tool", "draft", website=""))


def test_the_form_heads_each_fact_by_its_criterion_and_writes_prices_as_people_do() -> None:
    tool = make_tool()
    make_fact(tool, make_criterion(name="Offline", kind="yes_no"), value="yes")
    for number, amount in enumerate(("10", "10.5", "0.0025", "1200.05")):
        make_plan(tool, name=f"Plan {number}", amount=Decimal(amount))
    page = html_of(at_desk(person(PUBLISHER)).get(page_of(tool)))
    assert re.findall(r'name="plans-\d-amount" value="([^"]*)"', page) == ["10", "10.50", "0.0025", "1200.05"]
    fact = page.partition('id="facts-0"')[2].partition("</p>")[0]
    assert fact.rpartition("<p>")[2].strip() == "Offline"
