"""Likely duplicates: warned of while a tool is entered, listed among those that are here, in nobody's way."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import EDITOR, PUBLISHER, WRITER
from tests.editorial.people import at_desk, page_of, person, typed
from tests.factories import make_category, make_tool, make_user
from tests.pages import html_of, text_of
from tools.duplicates import compare_some, count_stale, find_lookalikes, likely_pairs, tell_apart
from tools.models import Likeness, Tool

pytestmark = pytest.mark.django_db
ADD = "/admin/tools/tool/add/"
LIST = "/admin/tools/tool/duplicates/"


@pytest.fixture
def chief() -> User:
    return make_user(is_staff=True, is_superuser=True)


def names(name: str, website: str, who: Any) -> list[str]:
    return [item.tool.name if item.tool else "?" for item in find_lookalikes(name, website, person=who)]


@pytest.mark.parametrize(
    ("name", "website", "is_found"),
    [
        ("code-llama 4", "https://other.example.net/", True),  # spaced otherwise
        ("Cöde Llàma 4", "https://other.example.net/", True),
        ("Code Lama 4", "https://other.example.net/", True),  # mistyped
        ("Code Llama 5", "https://other.example.net/", False),  # a version is another tool
        ("Anvil", "http://www.llama.example.com:443/docs?from=mail", True),  # one website
        ("Anvil", "https://other.example.net/", False),
        ("!!!", "https://other.example.net/", False),
    ],
)
def test_a_name_by_its_letters_or_a_website_by_its_host(name: str, website: str, is_found: bool, chief: User) -> None:  # noqa: FBT001
    make_tool(name="Code Llama 4", website="https://llama.example.com/")
    make_tool(name="Something Else", website="https://else.example.com/")
    assert names(name, website, chief) == (["Code Llama 4"] if is_found else [])


def test_where_many_share_a_host_the_whole_address_counts(chief: User) -> None:
    make_tool(name="Brig", website="https://github.com/yard/brig")
    make_tool(name="Cutter", website="https://play.google.com/store/apps/details?id=cutter")
    assert names("Anvil", "https://github.com/yard/anvil", chief) == []
    assert names("Anvil", "http://www.github.com/Yard/Brig/?tab=readme", chief) == ["Brig"]
    assert names("Anvil", "https://play.google.com/store/apps/details?id=anvil", chief) == []
    assert names("Anvil", "https://play.google.com/store/apps/details?id=cutter&hl=en", chief) == ["Cutter"]


class TestWhileEntering:
    def enter(self, client: Client, **fields: Any) -> Any:
        like = Tool(name="Lathe", slug="lathe-two", maker="M", tagline="T.", website="https://two.example.com/")
        like.category, like.description = make_category(), "Words typed for nothing?"
        return client.post(ADD, typed(like, **fields))

    def test_a_warning_names_them_and_loses_nothing(self) -> None:
        lathe = make_tool(name="Lathe", slug="lathe")
        client = at_desk(person(EDITOR))
        answer = self.enter(client)
        assert answer.status_code == 200
        html = html_of(answer)
        assert "Lathe (published): the same name" in text_of(answer)
        assert f'href="{page_of(lathe)}"' in html
        assert "Words typed for nothing?" in html
        assert Tool.objects.count() == 1
        assert self.enter(client, apart=str(lathe.pk)).status_code == 302  # it is another tool
        assert Tool.objects.filter(slug="lathe-two").exists()

    def test_those_who_were_not_named_are_asked_about_again(self) -> None:
        lathe, other = make_tool(name="Lathe"), make_tool(name="Anvil", website="https://two.example.com/")
        client = at_desk(person(EDITOR))
        assert "Anvil (published): the same website" in text_of(self.enter(client, apart=str(lathe.pk)))
        assert self.enter(client, apart=f"{other.pk} {lathe.pk}").status_code == 302

    def test_anothers_draft_has_no_name(self) -> None:
        draft = make_tool(name="Lathe!", slug="secret", status="draft", published_at=None)
        words = html_of(self.enter(at_desk(person(WRITER))))
        assert "a draft of somebody else’s" in words
        assert "secret" not in words
        assert "Lathe!" not in words
        assert "Lathe! (draft): the same name" in text_of(self.enter(at_desk(person(EDITOR))))
        asked = {"name": "Lathe", "website": ""}
        hint = at_desk(person(WRITER)).get("/admin/tools/tool/lookalikes/", asked).json()
        assert hint["tools"] == [{"text": "a draft of somebody else’s", "url": ""}]
        hint = at_desk(person(EDITOR)).get("/admin/tools/tool/lookalikes/", asked).json()
        assert hint["tools"][0]["url"] == page_of(draft)

    def test_a_change_of_name_or_website_asks_and_no_other_does(self) -> None:
        make_tool(name="Lathe", website="https://one.example.com/")
        tool = make_tool(name="Anvil", website="https://one.example.com/", slug="anvil")
        client = at_desk(person(PUBLISHER))
        assert client.post(page_of(tool), typed(tool, tagline="Heavier.")).status_code == 302
        assert client.post(page_of(tool), typed(tool, name="Lathe")).status_code == 200
        tool.refresh_from_db()
        assert tool.name == "Anvil"

    def test_a_merged_tool_is_no_candidate(self, chief: User) -> None:
        gone = make_tool(name="Lathe")
        Tool.objects.filter(pk=gone.pk).update(merged_into=make_tool(name="Anvil"), status="withdrawn")
        assert names("Lathe", "https://other.example.net/", chief) == []


class TestTheList:
    def test_the_likeliest_first_and_what_was_told_apart_never_again(self, chief: User) -> None:
        sure = (
            make_tool(name="Lathe", website="https://lathe.example.com/"),
            make_tool(name="lathe", website="https://lathe.example.com"),
        )
        maybe = (
            make_tool(name="Capstan", website="https://a.example.com/"),
            make_tool(name="Capstans", website="https://b.example.com/"),
        )
        make_tool(name="Nothing Like It", website="https://c.example.com/")
        client = at_desk(person(EDITOR))
        page = text_of(client.get(LIST))
        assert page.index("lathe.example.com") < page.index("Capstans")
        pairs = likely_pairs(chief, 10)
        assert [pair.tools for pair in pairs] == [sure, maybe]
        assert "two tools" in text_of(client.post(LIST, {"apart": pairs[0].pk}, follow=True))
        assert "Choose a pair" in text_of(client.post(LIST, {"apart": pairs[0].pk}, follow=True))
        Tool.objects.filter(pk=sure[0].pk).update(name="Lathe.")
        assert (compare_some(), compare_some()) == (1, 0)
        assert [pair.tools for pair in likely_pairs(chief, 10)] == [maybe]
        assert not tell_apart(pairs[0].pk, by=chief)

    def test_a_renamed_tool_is_compared_anew(self) -> None:
        tool, other = make_tool(name="Lathe"), make_tool(name="Capstan", website="https://b.example.com/")
        compare_some()
        assert not Likeness.objects.exists()
        Tool.objects.filter(pk=tool.pk).update(name="Capstan 2")
        assert count_stale() == 1
        compare_some()
        assert not Likeness.objects.exists()  # one has a number
        Tool.objects.filter(pk=tool.pk).update(name="Capstan AI")
        compare_some()
        assert Likeness.objects.get().tools == (tool, other)
        Tool.objects.filter(pk=tool.pk).update(name="Lathe")
        compare_some()
        assert not Likeness.objects.exists()

    def test_many_on_one_website_are_bounded_and_read_by_index(self, chief: User) -> None:
        category = make_category()
        Tool.objects.bulk_create(
            Tool(
                slug=f"tool-of-{number}",
                name=f"{chr(97 + number % 26) * 3} {number}",
                maker="M",
                tagline="T.",
                category=category,
                website="https://many.example.com/",
            )
            for number in range(300)
        )
        client = at_desk(person(EDITOR))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(LIST).status_code == 200
        assert len(asked) < 30
        assert Likeness.objects.count() <= 300 * 20
        assert len(likely_pairs(chief, 50)) == 50
        assert len(find_lookalikes("aaa 0", "https://many.example.com/", person=chief)) == 8
