"""The pages of asking for an inspection: the public list, what is refused, and a reader's own asks."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.registry import records_of
from tests.factories import make_tool, make_user, make_wanted
from tests.pages import FormValues, html_of, text_of, texts
from tests.tools.asking import LATHE, counted, signed_in
from tools.models import Ask, AskMailStop, WantedTool


@pytest.mark.django_db
class TestPublicPage:
    def test_it_lists_what_is_asked_for_most_and_nobody_who_asked(self) -> None:
        make_wanted("Plane", "https://www.plane.example.com/x", by=1)
        make_wanted("Lathe", "https://github.com/crew/lathe", by=3)
        declined, published = make_wanted("Declined"), make_wanted("Published")
        WantedTool.objects.filter(pk=declined.pk).update(state="declined")
        WantedTool.objects.filter(pk=published.pk).update(state="published")
        WantedTool.objects.update(first_asked_at=F("first_asked_at") - timedelta(days=3))
        page = Client().get("/ask/")
        day = f"{timezone.now() - timedelta(days=3):%-d %b %Y}"
        (listed,) = texts(page, "wanted")
        assert listed == (
            f"Lathe github.com, since {day} 3 readers Ask for it too : Lathe "
            f"Plane plane.example.com, since {day} 1 reader Ask for it too : Plane"
        )
        assert "@" not in text_of(page)

    def test_asking_too_takes_two_clicks(self) -> None:
        make_wanted("Lathe & Sons", "https://lathe.example.com/")
        client = signed_in()
        (link,) = re.findall(r'href="(/ask/\?name=[^"]+)"', html_of(client.get("/ask/")))
        client.post("/ask/", FormValues(html_of(client.get(link.replace("&amp;", "&"))), "stack ask-form").values)
        assert counted() == {"Lathe & Sons": 2}

    def test_it_is_the_same_bytes_for_everyone_and_sets_no_cookie(self) -> None:
        make_wanted(by=2)
        strange, own = Client().get("/ask/"), signed_in().get("/ask/")
        assert strange.content == own.content
        for answer in (strange, own):
            assert not answer.cookies
            assert "Cookie" not in answer.get("Vary", "")
            assert "csrf" not in html_of(answer)

    def test_it_says_so_when_nobody_has_asked(self) -> None:
        page = Client().get("/ask/")
        assert texts(page, "empty") == [
            "Nobody has asked yet Either everything is here, or everybody is shy. The form is on this page."
        ]

    def test_it_ends_after_fifty(self) -> None:
        for _ in range(52):
            make_wanted()
        assert html_of(Client().get("/ask/")).count("Ask for it too") == 50

    @pytest.mark.parametrize("address", ["/tools/", "/nowhere/"])
    def test_where_something_is_missing_there_is_the_way_to_ask(self, address: str) -> None:
        assert 'href="/ask/"' in html_of(Client().get(address))
        make_tool()
        assert 'href="/ask/"' in html_of(Client().get(address))

    def test_what_an_address_brings_along_is_shown_and_never_run(self) -> None:
        hostile = "\"'><script>alert(1)</script></textarea>{{ 7*7 }}"
        page = html_of(Client().get("/ask/", {"name": hostile, "website": hostile, "why": hostile}))
        assert "<script>alert" not in page
        values = FormValues(page, "stack ask-form").values
        assert (values["name"], values["why"]) == (hostile, hostile)


@pytest.mark.django_db
class TestRefused:
    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"name": ""}, "Type the name, as its maker writes it."),
            ({"name": "\u200b \u00a0"}, "A name has at least one letter or digit."),
            ({"name": "?!"}, "A name has at least one letter or digit."),
            ({"name": "L" * 121}, "At most 120 characters, please. This has 121."),
            ({"name": "La\x00the"}, "There are characters in this that cannot be seen."),
            ({"name": "La\u202ethe"}, "There are characters in this that cannot be seen."),
            ({"why": "It\x1b[31m turns"}, "There are characters in this that cannot be seen."),
            ({"why": "It\U000e0041 turns"}, "There are characters in this that cannot be seen."),
            ({"why": "w" * 501}, "At most 500 characters, please. This has 501."),
            ({"website": ""}, "Type the address. We cannot inspect what we cannot find."),
            ({"website": "http://localhost/"}, "We can only inspect what stands on the public web."),
            ({"website": "javascript:alert(1)"}, "That is not the address of a website."),
            ({"website": "https://lathe.example.com/\u202e"}, "There are characters in this that cannot be seen."),
            ({"website": "https://x.example.com/" + "a" * 300}, "At most 300 characters, please. This has 322."),
        ],
    )
    def test_in_plain_sentences_and_with_everything_typed_kept(self, typed: dict[str, str], sentence: str) -> None:
        sent = {**LATHE, **typed}
        answer = signed_in().post("/ask/", sent)
        assert answer.status_code == 200
        assert texts(answer, "field-error")[0].startswith(sentence)
        kept = FormValues(html_of(answer), "stack ask-form").values
        untouched = LATHE.keys() - typed.keys()
        assert {name: kept[name] for name in untouched} == {name: LATHE[name] for name in untouched}
        assert counted() == {}

    def test_ten_megabytes(self) -> None:
        answer = signed_in().post("/ask/", {**LATHE, "why": "w" * 10_000_000})
        assert answer.status_code in (400, 413)
        assert counted() == {}

    def test_two_megabytes_under_the_limit_of_the_server(self) -> None:
        answer = signed_in().post("/ask/", {**LATHE, "name": "\u0301" * 400_000})
        assert (answer.status_code, counted()) == (200, {})

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"name=%ff%fe&website=%c0%80", "application/x-www-form-urlencoded"),
            (b"name=" + "\ud83d".encode("utf-16-le", "surrogatepass"), "application/x-www-form-urlencoded"),
            (b'{"name": "Lathe"}', "application/json"),
            (b"", "multipart/form-data"),
            (b"--x\r\nContent-Disposition: form-data", "multipart/form-data; boundary=x"),
            (b"&".join(b"name=%d" % number for number in range(1001)), "application/x-www-form-urlencoded"),
        ],
    )
    def test_broken_bodies_are_answered(self, body: bytes, kind: str) -> None:
        answer = signed_in().generic("POST", "/ask/", body, content_type=kind)
        assert answer.status_code in (200, 400)
        assert counted() == {}

    def test_of_repeated_keys_the_last_counts(self) -> None:
        body = "name=Plane&name=Lathe&website=lathe.example.com"
        signed_in().generic("POST", "/ask/", body, content_type="application/x-www-form-urlencoded")
        assert counted() == {"Lathe": 1}

    def test_words_are_stored_in_one_form(self) -> None:
        signed_in().post("/ask/", {"name": "  Cafe\u0301 \n Bar ", "website": "cafe.example.com", "why": "a\r\nb"})
        ask = Ask.objects.get()
        assert (ask.wanted_tool.name, ask.wanted_tool.website, ask.why, ask.wants_mail) == (
            *("Café Bar", "https://cafe.example.com", "a\nb"),
            False,
        )

    @pytest.mark.parametrize("method", ["put", "delete", "patch"])
    def test_other_methods(self, method: str) -> None:
        assert getattr(signed_in(), method)("/ask/").status_code == 405


@pytest.mark.django_db
class TestOwnPage:
    def test_it_shows_own_asks_with_their_state_and_no_draft(self) -> None:
        user, tool, draft = make_user(), make_tool(slug="here"), make_tool(slug="secret", status="draft")
        for name in ("Waiting one", "Declined one", "Published one"):
            make_wanted(name, by=[user])
        make_wanted("Somebody else's")
        WantedTool.objects.filter(name="Waiting one").update(tool=draft)
        WantedTool.objects.filter(name="Declined one").update(state="declined")
        WantedTool.objects.filter(name="Published one").update(state="published", tool=tool)
        page = signed_in(user).get("/ask/mine/")
        (listed,) = texts(page, "wanted")
        day = f"{timezone.now():%-d %b %Y}"
        states = re.findall(rf"(\w+ one) wanted-\d+.example.com, asked {day} ([A-Z][a-z ]+) 1 reader", listed)
        assert states == [
            ("Published one", "Published"),
            ("Declined one", "Declined for now"),
            ("Waiting one", "Waiting"),
        ]
        assert ('href="/tools/here/"' in html_of(page), "secret" in html_of(page)) == (True, False)
        assert "no-store" in page["Cache-Control"]

    def test_an_ask_is_taken_back_by_its_reader_only(self) -> None:
        mine, theirs = make_user(), make_user()
        wanted = make_wanted("Lathe", by=[mine, theirs])
        ask = wanted.asks.get(user=mine)
        assert signed_in(theirs).post(f"/ask/mine/{ask.pk}/take-back/").status_code == 404
        assert signed_in(mine).post(f"/ask/mine/{10**30}/take-back/").status_code == 404
        assert counted() == {"Lathe": 2}
        page = signed_in(mine).post(f"/ask/mine/{ask.pk}/take-back/", follow=True)
        assert "You have asked for nothing" in text_of(page)
        assert counted() == {"Lathe": 1}
        assert signed_in(mine).post(f"/ask/mine/{ask.pk}/take-back/").status_code == 404

    def test_a_tool_that_nobody_asks_for_any_more_is_forgotten_unless_an_editor_touched_it(self) -> None:
        user = make_user()
        for name in ("Forgotten", "Declined", "Drafted"):
            make_wanted(name, by=[user])
        WantedTool.objects.filter(name="Declined").update(state="declined")
        WantedTool.objects.filter(name="Drafted").update(tool=make_tool(status="draft"))
        for ask in Ask.objects.all():
            signed_in(user).post(f"/ask/mine/{ask.pk}/take-back/")
        assert counted() == {"Declined": 0, "Drafted": 0}
        assert texts(Client().get("/ask/"), "empty") != []

    def test_the_mail_can_be_stopped_and_had_again(self) -> None:
        user = make_user()
        client = signed_in(user)
        assert "You get no mail" in text_of(client.post("/ask/mine/mail/", {"mail": "off"}, follow=True))
        answer = client.post("/ask/", LATHE, follow=True)
        assert texts(answer, "flash") == ["Entered: Lathe. You are the first to ask."]
        assert "We mail you once" in text_of(client.post("/ask/mine/mail/", {"mail": "on"}, follow=True))
        assert not AskMailStop.objects.exists()

    @pytest.mark.parametrize("number", [1, 3])
    def test_it_has_a_fixed_number_of_queries(
        self, django_assert_num_queries: DjangoAssertNumQueries, number: int
    ) -> None:
        user = make_user()
        for _ in range(number):
            make_wanted(by=[make_user(), user])
        client = signed_in(user)
        with django_assert_num_queries(4):  # session, account, asks, mail
            assert client.get("/ask/mine/").status_code == 200

    def test_what_is_kept_about_a_reader_is_in_their_records(self) -> None:
        user = make_user()
        signed_in(user).post("/ask/", LATHE)
        AskMailStop.objects.create(user=user)
        make_wanted("Somebody else's")
        records = records_of(user)
        asked = Ask.objects.get(user=user)
        assert records["asked inspections"] == [
            {
                **{"name": "Lathe", "website": "https://lathe.example.com/", "why": "It turns."},
                **{"asked_at": asked.asked_at.isoformat(), "wants_mail": True, "told_at": None},
            }
        ]
        assert [list(row) for row in records["stopped mail about asked inspections"]] == [["stopped_at"]]

    def test_deleting_an_account_takes_its_asks_from_the_count(self) -> None:
        user = make_user()
        make_wanted("Lathe", by=[user, make_user()])
        AskMailStop.objects.create(user=user)
        user.delete()
        assert counted() == {"Lathe": 1}
