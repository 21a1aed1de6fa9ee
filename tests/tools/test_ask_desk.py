"""What an editor does with asked inspections, through the desk's own pages."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from tests.factories import make_category, make_tool, make_user, make_wanted
from tests.pages import html_of, text_of
from tests.tools.asking import counted
from tools.asks.asking import AlreadyHereError, Wish, ask_for
from tools.asks.desk import merge
from tools.asks.telling import tell_askers
from tools.models import Ask, Tool, WantedTool

pytestmark = pytest.mark.django_db

LIST = "/admin/tools/wantedtool/"


def act(client: Client, action: str, *rows: WantedTool) -> Any:
    """As an editor does it who has answered the page that asks once more."""
    chosen = {"action": action, "_selected_action": [row.pk for row in rows], "confirmed": "yes"}
    return client.post(LIST, chosen, follow=True)


def states() -> dict[str, str]:
    return dict(WantedTool.objects.unmerged().order_by("pk").values_list("name", "state"))


def test_the_list_has_open_ones_first_and_the_most_asked_first(admin_client: Client) -> None:
    make_wanted("Few", by=1)
    make_wanted("Told", by=5)
    make_wanted("Many", by=3)
    make_wanted("Declined", by=4)
    make_wanted("As few", by=1)
    WantedTool.objects.filter(name="Told").update(state="published", tool=make_tool())
    WantedTool.objects.filter(name="Declined").update(state="declined")
    page = html_of(admin_client.get(LIST))
    names = re.findall(r'<th class="field-name"><a[^>]*>([^<]+)</a>', page)
    counts = re.findall(r'<td class="field-asked">(\d+)</td>', page)
    assert list(zip(names, counts, strict=True)) == [
        *(("Many", "3"), ("Few", "1"), ("As few", "1"), ("Declined", "4"), ("Told", "5")),
    ]


def test_one_shows_when_and_why_and_never_who(admin_client: Client) -> None:
    user = make_user(email="secret@example.org", name="Secret Mate")
    wanted = make_wanted("Lathe", "https://lathe.example.com/", by=[user], why="It turns.")
    page = admin_client.get(f"{LIST}{wanted.pk}/change/")
    assert "It turns." in text_of(page)
    assert 'href="https://lathe.example.com/"' in html_of(page)
    assert "secret" not in html_of(page).lower()
    assert admin_client.get(f"{LIST}add/").status_code == 403


def test_declining_takes_it_from_the_public_list_and_opening_puts_it_back(
    admin_client: Client, client: Client, mailoutbox: list[Any]
) -> None:
    one, other = make_wanted("Lathe"), make_wanted("Plane")
    assert "1 declined." in text_of(act(admin_client, "decline_selected", one))
    assert states() == {"Lathe": "declined", "Plane": "open"}
    assert "Lathe" not in text_of(client.get("/ask/"))
    assert "1 opened again." in text_of(act(admin_client, "reopen_selected", one, other))
    assert "Lathe" in text_of(client.get("/ask/"))
    assert mailoutbox == []


def test_merging_moves_the_asks_one_an_account_and_keeps_the_names(admin_client: Client) -> None:
    both, first, second = make_user(), make_user(), make_user()
    small = make_wanted("Lathe AI", "https://lathe-ai.example.com/", by=[both])
    big = make_wanted("Lathe", "https://lathe.example.com/", by=[first, second, both])
    assert "All of them are Lathe now." in text_of(act(admin_client, "merge_selected", small, big))
    assert counted() == {"Lathe": 3}
    page = text_of(admin_client.get(LIST))
    assert ("Lathe AI" in page, "Lathe" in page) == (False, True)
    make_wanted("lathe ai", "https://elsewhere.example.com/")
    make_wanted("Another", "https://www.lathe-ai.example.com/")
    assert counted() == {"Lathe": 5}
    biggest = make_wanted("Turner", by=6)
    act(admin_client, "merge_selected", big, biggest)
    make_wanted("Lathe AI")
    assert counted() == {"Turner": 12}
    assert set(WantedTool.objects.exclude(pk=biggest.pk).values_list("merged_into", flat=True)) == {biggest.pk}


def test_a_merge_keeps_the_draft_and_opens_what_is_open(admin_client: Client) -> None:
    draft = make_tool(status="draft", published_at=None)
    small, big = make_wanted("Lathe AI"), make_wanted("Lathe", by=2)
    WantedTool.objects.filter(pk=small.pk).update(tool=draft)
    WantedTool.objects.filter(pk=big.pk).update(state="declined")
    merge([small.pk, big.pk])
    kept = WantedTool.objects.unmerged().get()
    assert (kept.name, kept.state, kept.tool, kept.first_asked_at) == ("Lathe", "open", draft, small.first_asked_at)


def test_one_alone_cannot_be_merged(admin_client: Client) -> None:
    wanted = make_wanted("Lathe")
    assert "Choose at least two" in text_of(act(admin_client, "merge_selected", wanted))
    assert counted() == {"Lathe": 1}


def test_a_merged_one_is_told_with_the_other(admin_client: Client) -> None:
    merge([make_wanted("Lathe AI", "https://lathe-ai.example.com/").pk, make_wanted("Lathe", by=2).pk])
    make_tool(name="Something", website="https://lathe-ai.example.com/")
    assert tell_askers() == 3
    assert states() == {"Lathe": "published"}
    assert tell_askers() == 0


def test_a_draft_is_begun_filled_in_and_stays_linked(admin_client: Client, client: Client) -> None:
    make_tool(slug="lathe", name="Taken", status="draft")
    wanted, category = make_wanted("Lathe", "https://lathe.example.com/", by=2), make_category()
    answer = act(admin_client, "draft_selected", wanted)
    ((address, _),) = answer.redirect_chain
    assert dict(parse_qsl(urlsplit(address).query)) == {
        **{"name": "Lathe", "slug": "lathe-2", "website": "https://lathe.example.com/", "asked": str(wanted.pk)},
    }
    for value in ("Lathe", "lathe-2", "https://lathe.example.com/"):
        assert f'value="{value}"' in html_of(answer)
    form = {
        **{"name": "Lathe Professional", "slug": "lathe-2", "maker": "Turners", "tagline": "Turns."},
        **{"category": category.pk, "website": "https://lathe-pro.example.com/", "licence": "", "description": ""},
        **{"plans-TOTAL_FORMS": 0, "plans-INITIAL_FORMS": 0, "facts-TOTAL_FORMS": 0, "facts-INITIAL_FORMS": 0},
    }
    assert admin_client.post(address, form).status_code == 302
    tool = Tool.objects.get(slug="lathe-2")
    wanted.refresh_from_db()
    assert (wanted.tool, wanted.state) == (tool, "open")
    assert f'href="/admin/tools/tool/{tool.pk}/change/"' in html_of(admin_client.get(f"{LIST}{wanted.pk}/change/"))
    assert "Professional" not in text_of(client.get("/ask/"))
    assert "Choose one that has no tool yet." in text_of(act(admin_client, "draft_selected", wanted))
    assert "Choose one at a time." in text_of(act(admin_client, "draft_selected", wanted, make_wanted()))


def test_a_name_without_latin_letters_gets_an_address_too(admin_client: Client) -> None:
    wanted = make_wanted("旋盤")
    ((address, _),) = act(admin_client, "draft_selected", wanted).redirect_chain
    assert dict(parse_qsl(urlsplit(address).query))["slug"] == f"asked-{wanted.pk}"


def test_only_the_linked_tool_counts() -> None:
    draft = make_tool(name="Lathe Professional", status="draft", published_at=None)
    make_wanted("Lathe")
    WantedTool.objects.update(tool=draft)
    make_tool(name="Lathe")
    assert tell_askers() == 0
    with pytest.raises(AlreadyHereError):
        ask_for(user=make_user(), wish=Wish("Lathe", "https://lathe.example.com"))


def test_who_may_not_change_asked_inspections_cannot_act_on_them(client: Client) -> None:
    writer = make_user(is_staff=True)
    codes = ("view_wantedtool", "add_tool", "view_tool")
    writer.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client.force_login(writer)
    wanted = make_wanted("Lathe")
    act(client, "decline_selected", wanted)
    assert states() == {"Lathe": "open"}
    page = html_of(client.get(LIST))
    assert ("Lathe" in page, "decline_selected" in page) == (True, False)


def test_deleting_one_deletes_its_asks(admin_client: Client) -> None:
    wanted = make_wanted("Lathe", by=2)
    answer = admin_client.post(f"{LIST}{wanted.pk}/delete/", {"post": "yes"})
    assert (answer.status_code, WantedTool.objects.count(), Ask.objects.count()) == (302, 0, 0)
