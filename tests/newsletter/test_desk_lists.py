"""Lists of readers that come to the desk as files, and the one that leaves it."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.roles import SUPPORT
from editorial.models import WaitingImport
from newsletter.entries import Verdict
from newsletter.lists import read_list
from newsletter.models import Consent, Subscriber, Suppression
from newsletter.services import suppress, tidy, unsubscribe
from newsletter.services.bringing import bring_in, look_over
from tests.editorial.people import at_desk, person
from tests.factories import make_category, make_tool, make_user
from tests.newsletter.post import everything, fill_in, mails, newest_link, press, subscribed
from tests.pages import html_of, text_of

pytestmark = pytest.mark.django_db
LIST, BRING = "/admin/newsletter/subscriber/", "/admin/newsletter/subscriber/import/"
HEAD = "email,consented_at,consent_source"


@pytest.fixture
def support() -> Client:
    return at_desk(person(SUPPORT))


def bring(client: Client, content: str | bytes, name: str = "list.csv") -> Any:
    packed = content if isinstance(content, bytes) else content.encode()
    return client.post(BRING, {"file": SimpleUploadedFile(name, packed)}, follow=True)


def go_on(client: Client, preview: Any) -> Any:
    """Press the button of a preview."""
    seen = preview.context_data["outcome"].mark
    return client.post(preview.redirect_chain[-1][0], {"seen": seen}, follow=True)


def verdicts(preview: Any) -> dict[str, str]:
    return {entry.typed: str(entry.verdict.value) for entry in preview.context_data["outcome"].entries}


def test_a_preview_writes_nothing_and_the_import_does_what_it_said(support: Client) -> None:
    category, tool = make_category(name="Rigging"), make_tool(name="Windlass")
    account = make_user(email="linked@example.org", verified_at=timezone.now())
    subscribed("known@example.org")
    unsubscribe(subscribed("left@example.org"), "a test")
    suppress("complained@example.org", Suppression.Reason.COMPLAINED)
    fill_in(Client(), "waiting@example.org")
    mails()
    before = everything()
    rows = [
        f"new@example.org,2025-03-04,Stand in Bergen,rigging|{category.slug},WINDLASS",
        "linked@example.org,2025-03-04T10:30:00+02:00,Shop,,",
        "NEW+again@example.org,2025-03-04,Stand,,",
        "known+x@example.org,2025-03-04,Stand,,",
        "left@example.org,2025-03-04,Stand,,",
        "complained@example.org,2025-03-04,Stand,,",
        "waiting@example.org,2025-03-04,Stand,,",
        "mate at sea,2025-03-04,Stand,,",
    ]
    preview = bring(support, "\n".join([f"{HEAD},categories,tools", *rows]))
    assert everything() == before
    assert list(verdicts(preview).values()) == [
        *("new", "new", "known", "known", "suppressed", "suppressed", "new", "invalid"),
    ]
    page = text_of(preview)
    assert "New: 3. Already there: 2. Suppressed: 2. Invalid: 1. Nothing is imported yet." in page
    assert "The same mailbox stands in line 2." in page
    assert "Asked for it by form and has not confirmed." in page
    done = go_on(support, preview)
    assert "3 readers imported. 5 lines left out." in text_of(done)
    made = Subscriber.objects.get(address="new@example.org")
    assert (made.state, f"{made.confirmed_at:%Y-%m-%d}") == ("active", "2025-03-04")
    assert (made.categories.get(), made.tools.get()) == (category, tool)
    consent = Consent.objects.get(subscriber_id=made.pk)
    assert (consent.kind, consent.source, consent.agreed_at) == ("imported", "Stand in Bergen", made.confirmed_at)
    assert Subscriber.objects.get(address="linked@example.org").user == account
    assert Subscriber.objects.get(address="waiting@example.org").state == "active"
    assert Subscriber.objects.get(address="left@example.org").state == "unsubscribed"
    assert not Subscriber.objects.filter(address="complained@example.org").exists()
    assert not WaitingImport.objects.exists()
    entry = AuditEntry.objects.get(kind="newsletter.subscriber")
    assert (entry.action, entry.words) == ("added", "3 readers imported. 5 lines left out.")
    assert "there is nothing to import" in text_of(bring(support, f"{HEAD}\nnew@example.org,2025-03-04,Stand"))


def test_an_import_that_has_been_overtaken_says_so_and_does_nothing(support: Client) -> None:
    preview = bring(support, f"{HEAD}\nmate@example.org,2025-03-04,Stand\nbosun@example.org,2025-03-04,Stand")
    suppress("mate@example.org", Suppression.Reason.COMPLAINED)
    again = go_on(support, preview)
    assert "What is stored has changed since you looked, so nothing was imported." in text_of(again)
    assert not Subscriber.objects.exists()
    seen = again.context_data["outcome"].mark
    done = support.post(preview.redirect_chain[-1][0], {"seen": seen}, follow=True)
    assert "1 reader imported. 1 line left out." in text_of(done)
    assert Subscriber.objects.get().address == "bosun@example.org"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("mate@example.org,,Stand", "It does not say when the reader agreed"),
        ("mate@example.org,yesterday,Stand", "“consented_at” has to be a day like 2026-11-26"),
        ("mate@example.org,2999-01-01,Stand", "“consented_at” lies in the future."),
        ("mate@example.org,0001-01-01,Stand", "“consented_at” lies before anybody had email."),
        ("mate@example.org,2025-03-04, ", "It does not say where the consent is from"),
        (f"mate@example.org,2025-03-04,{'x' * 201}", "“consent_source” has more than 200 characters."),
        ("mate@example.org,2025-03-04,\u202estand", "cannot be shown safely"),
        ("mate@example.org,2025-03-04,mate@example.org signed", "“consent_source” holds an @."),
        ("mate@example.org,2025-03-04", "There are 2 cells where the first line names 3 columns."),
        ("mate@example.org,2025-03-04,a,b", "There are 4 cells where the first line names 3 columns."),
        ("=cmd@example.org,2025-03-04,Stand", "“email” begins with =, which a spreadsheet runs as a formula."),
        ("mate@example.org,2025-03-04,+SUM(1)", "“consent_source” begins with +, which"),
        ("@example.org,2025-03-04,Stand", "“email” begins with @, which"),
        ("mate@sea,2025-03-04,Stand", "That is no email address we can send to."),
        (",2025-03-04,Stand", "That is no email address we can send to."),
    ],
)
def test_a_line_that_is_wrong_is_named_with_the_reason(support: Client, row: str, why: str) -> None:
    preview = bring(support, f"{HEAD}\n{row}\nfine@example.org,2025-03-04,Stand")
    assert why in text_of(preview)
    assert [entry.line for entry in preview.context_data["outcome"].of(Verdict.INVALID)] == [2]
    assert "1 reader imported." in text_of(go_on(support, preview))


def test_wishes_that_name_nothing_are_wrong(support: Client) -> None:
    make_tool(name="Draft", status="draft", published_at=None)
    rows = "a@example.org,2025-03-04,S,ghost,\nb@example.org,2025-03-04,S,,draft"
    page = text_of(bring(support, f"{HEAD},categories,tools\n{rows}"))
    assert "There is no class “ghost”." in page
    assert "No tool “draft” is listed here." in page


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is empty."),
        (f"{HEAD}\n\n".encode(), "There is nobody in this file"),
        (b"email,consented_at\na@example.org,2025-03-04", "These columns are missing: consent_source. The first line"),
        (b"email,email,consented_at,consent_source\n", "name each column, and none twice"),
        (f"{HEAD}\n".encode("utf-16"), "This file is in UTF-16."),
        (f"{HEAD}\nmåte@example.org,2025-03-04,x".encode("latin-1"), "This file is not in UTF-8."),
        (b"PK\x03\x04rest", "This is a spreadsheet, not a CSV."),
        (f"{HEAD}\na\0b,2025-03-04,x".encode(), "bytes that are no text"),
        (
            f'{HEAD}\n"a@example.org,2025-03-04,x\n'.encode(),
            "cannot be read as CSV: there is a quotation mark too many",
        ),
        (f"{HEAD}\n{'x' * 3000},2025-03-04,x\n".encode(), "or a cell too long"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(support: Client, content: bytes, words: str) -> None:
    page = bring(support, content)
    assert words in text_of(page)
    assert not WaitingImport.objects.exists()


def test_too_many_lines_or_bytes_are_refused(support: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.lists.MOST_ROWS", 2)
    row = "a@example.org,2025-03-04,x\n"
    assert "more than 2 lines. Cut it into several." in text_of(bring(support, f"{HEAD}\n{row * 3}"))
    monkeypatch.setattr("newsletter.lists.MOST_BYTES", 20)
    assert "too large: at most 16 MB" in text_of(bring(support, f"{HEAD}\n{row}"))


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffemail,consented_at,consent_source\nmate@example.org,2025-03-04,Stand",
        "Email;Consented_At;Consent_Source\r\nmate@example.org;2025-03-04;Stand\r\n",
        "email\tconsented_at\tconsent_source\nmate@example.org\t2025-03-04\tStand",
        "\n\nconsent_source,name,email,consented_at\n\nStand,Mate,mate@example.org,2025-03-04\n\n",
        "email,consented_at,consent_source\n mate@example.org , 2025-03-04 ,'=Stand",
    ],
)
def test_marks_semicolons_tabs_and_other_columns_are_read(support: Client, content: str) -> None:
    preview = bring(support, content)
    assert ("Not read: name." in text_of(preview)) == ("name" in content)
    assert "1 reader imported." in text_of(go_on(support, preview))
    assert Subscriber.objects.get().address == "mate@example.org"


def test_the_number_of_queries_grows_by_thousands_of_lines() -> None:
    def brought(count: int) -> Any:
        lines = (f"n{count}x{number}@example.org,2025-03-04,Stand" for number in range(count))
        return read_list("\n".join([HEAD, *lines]))

    few, many = brought(10), brought(12_000)
    with CaptureQueriesContext(connection) as small:
        assert bring_in(few, seen=look_over(few).mark).is_done
    with CaptureQueriesContext(connection) as large:
        assert bring_in(many, seen=look_over(many).mark).is_done
    assert Subscriber.objects.count() == Consent.objects.count() == 12_010
    assert len(large) <= 3 * len(small)  # three times 5,000 lines


def test_a_file_is_its_bringers_alone_and_forgotten_after_a_day(support: Client) -> None:
    preview = bring(support, f"{HEAD}\nmate@example.org,2025-03-04,Stand")
    place = preview.redirect_chain[-1][0]
    other = at_desk(person(SUPPORT))
    assert "no longer here" in text_of(other.get(place, follow=True))
    assert support.get(place).status_code == 200
    WaitingImport.objects.update(brought_at=timezone.now() - timedelta(days=2))
    tidy()
    assert not WaitingImport.objects.exists()


def test_the_preview_has_pages_and_one_for_each_verdict(support: Client) -> None:
    rows = "\n".join(f"n{number}@example.org,2025-03-04,Stand" for number in range(205))
    preview = bring(support, f"{HEAD}\n{rows}\nwrong,2025-03-04,Stand")
    place = preview.redirect_chain[-1][0]
    assert "More lines" in text_of(preview)
    second: Any = support.get(f"{place}?page=2")
    assert (len(second.context_data["entries"]), "Lines before" in text_of(second)) == (6, True)
    wrong: Any = support.get(f"{place}?show=invalid")
    assert [entry.typed for entry in wrong.context_data["entries"]] == ["wrong"]
    for odd in ("?page=x", "?page=0", "?page=99999999999", "?show=ghost"):
        assert support.get(f"{place}{odd}").status_code == 200


def taken(client: Client, query: str = "") -> list[dict[str, str]]:
    answer: Any = client.post(f"{LIST}export/{query}", {"take": "1"})
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(StringIO(text, newline="")))


def test_the_export_holds_what_the_list_shows_and_is_in_the_log(support: Client) -> None:
    category, tool = make_category(), make_tool()
    one = subscribed("-dash@example.org", only_followed=True)
    one.categories.add(category)
    one.tools.add(tool)
    unsubscribe(subscribed("left@example.org"), "a test")
    assert "Take the file" in text_of(support.get(f"{LIST}export/"))
    rows = taken(support)
    assert [(row["email"], row["state"]) for row in rows] == [
        ("'-dash@example.org", "active"),
        ("left@example.org", "unsubscribed"),
    ]
    assert (rows[0]["categories"], rows[0]["tools"], rows[0]["only_followed"]) == (category.slug, tool.slug, "true")
    assert rows[1]["unsubscribed_at"].startswith(f"{timezone.now():%Y-}")
    assert [row["email"] for row in taken(support, "?standing=unsubscribed")] == ["left@example.org"]
    assert [row["email"] for row in taken(support, "?q=Left%2Bx@example.org")] == ["left@example.org"]
    entries = AuditEntry.objects.filter(action="exported", kind="newsletter.subscriber").order_by("pk")
    assert [entry.words for entry in entries] == ["2 rows", "1 rows", "1 rows"]


def test_the_export_asks_the_same_for_ten_and_for_a_hundred(support: Client) -> None:
    counts = []
    for count in (10, 100):
        for number in range(count):
            subscribed(f"n{count}x{number}@example.org")
        with CaptureQueriesContext(connection) as asked:
            taken(support)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_somebody_who_left_and_was_imported_never_gets_mail_again(support: Client) -> None:
    """The whole way: subscribed, left by the link, brought again by a list; only their own press brings them back."""
    reader = Client()
    fill_in(reader)
    press(reader, newest_link())
    unsubscribe(Subscriber.objects.get(), "a test")
    preview = bring(support, f"{HEAD}\nMATE+shop@example.org,2025-03-04,Shop")
    assert list(verdicts(preview).values()) == ["suppressed"]
    assert 'name="seen"' not in html_of(preview)
    support.post(preview.redirect_chain[-1][0], {"seen": preview.context_data["outcome"].mark})
    assert not Subscriber.objects.mailable().exists()
