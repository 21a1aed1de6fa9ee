"""Whole messages: what mail servers and mail programs read of them."""

from __future__ import annotations

import quopri
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.links import of_unsubscribe
from newsletter.models import Subscriber
from newsletter.rendering import Rendered, UnfitError, fill, readers_of, render, skeleton
from newsletter.rendering.headers import named_mailbox, unstructured
from newsletter.rendering.messages import encoded
from newsletter.sending.envelopes import on_the_line
from tests.newsletter.letters import full_issue, reader
from tests.newsletter.post import subscribed

NOW = datetime(2026, 11, 20, 9, 0, 5, tzinfo=UTC)
ID = "0199.87@drydock.example"
LONG = f"{'n' * 64}@{'a' * 60}.{'b' * 60}.{'c' * 60}.example"


def read(message: bytes) -> EmailMessage:
    """As a mail program reads it; nothing in it may be out of order."""
    parsed = message_from_bytes(message, policy=default)
    assert isinstance(parsed, EmailMessage)
    for part in parsed.walk():
        assert not part.defects
        assert [header.defects for header in part.values()] == [()] * len(part.values())
    return parsed


def parts(message: EmailMessage) -> tuple[str, str]:
    text, html = message.iter_parts()
    assert [part.get_content_type() for part in (text, html)] == ["text/plain", "text/html"]
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    return html.get_content().replace("\r\n", "\n"), text.get_content().replace("\r\n", "\n")


def letter(subject: str = "Calm", html: str = "<p>\x02=address\x03</p>\n", text: str = "\x02=day\x03\n") -> Rendered:
    """The smallest there is."""
    return Rendered(87, subject, html, text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "person",
    [
        reader(),
        reader(tools=(3, 6), reviewers=(9,)),
        reader(address=LONG, categories=(100, 101)),
        reader(address="o'mate+weekly@example.org"),
        reader(address="a&b@bücher.example"),
    ],
    ids=["follows nothing", "follows some", "long", "odd", "not ascii"],
)
def test_a_message_is_the_two_parts_to_the_letter(person: Any) -> None:
    issue = full_issue(introduction="Größe, 東京 and 🚢 = “all”.\n\n.\n\n..dots\n\nFrom here on. " + "word " * 60)
    rendered = render(issue)
    message = skeleton(rendered).message(person, ID, NOW)
    assert parts(read(message)) == fill(rendered, person)
    lines = message.split(b"\r\n")
    assert message.isascii()
    assert not set(b"\r\n") & set(message.replace(b"\r\n", b""))
    body = lines[lines.index(b"") :]
    assert max(len(line) for line in lines) < 500
    assert max(len(line) for line in body) <= 78


@pytest.mark.django_db
def test_a_message_goes_over_the_line_as_it_is() -> None:
    dots = ".a line\n.\n..\n" + ". " * 60 + "\n" + "." * 200 + "\n"
    rendered = render(full_issue(introduction=f"```\n{dots}```\n\n.net is no end.\n"))
    message = skeleton(rendered).message(reader(), "1@drydock.example")
    assert bytes(on_the_line(message)) == message
    assert max(map(len, message.split(b"\r\n"))) <= 998
    text, html = message_from_bytes(message, policy=default).iter_parts()
    assert "." * 200 in text.get_content()
    assert "." * 200 in html.get_content()


@given(st.lists(st.text("..a \n=é")))
def test_no_encoded_line_begins_with_a_dot_or_is_too_long(pieces: list[str]) -> None:
    made = b"".join(encoded(piece) for piece in pieces)
    assert not made.startswith(b".")
    assert b"\n." not in made
    assert all(len(line) <= 76 for line in made.split(b"\r\n"))
    assert quopri.decodestring(made).decode() == "".join(pieces).replace("\n", "\r\n")


@pytest.mark.django_db
def test_the_headers_of_an_issue() -> None:
    message = skeleton(render(full_issue())).message(reader(), ID, NOW)
    parsed = read(message)
    fields = {name: str(value) for name, value in parsed.items() if name != "Content-Type"}
    assert fields == {
        "From": "Drydock <hello@127.0.0.1>",
        "To": "mate@example.org",
        "Subject": "Four to nil against Gantry Agents",
        "Date": "Fri, 20 Nov 2026 09:00:05 +0000",
        "Message-ID": f"<{ID}>",
        "List-Id": "Notices to Shippers <weekly.drydock.example>",
        "List-Archive": "<http://127.0.0.1:8000/newsletter/>",
        "List-Unsubscribe": "<http://127.0.0.1:8000/newsletter/unsubscribe/7-abc/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": "issue87:weekly:weekly.drydock.example:drydock",
        "Precedence": "bulk",
        "MIME-Version": "1.0",
    }
    assert parsed.get_content_type() == "multipart/alternative"
    # Filters look for the header at the beginning of a line, whole.
    assert b"\r\nList-Unsubscribe: <http://127.0.0.1:8000/newsletter/unsubscribe/7-abc/>\r\n" in message


@pytest.mark.django_db
def test_one_click_of_every_message_ends_that_readers_mail_and_nobody_elses() -> None:
    """RFC 8058: a mail program posts the header's words to the header's address, without a cookie."""
    people = [subscribed(f"mate{number}@example.org") for number in range(3)]
    bones = skeleton(render(full_issue()))
    for number, person in enumerate(readers_of(people)):
        parsed = read(bones.message(person, ID))
        (address,) = re.findall(
            r"^<http://127\.0\.0\.1:8000(/newsletter/unsubscribe/([^/]+)/)>$", parsed["List-Unsubscribe"]
        )
        assert of_unsubscribe(address[1]) == people[number]
        name, _, value = parsed["List-Unsubscribe-Post"].partition("=")
        assert Client(enforce_csrf_checks=True).post(address[0], {name: value}).status_code == 200
        left = list(Subscriber.objects.filter(state="unsubscribed").order_by("pk"))
        assert left == people[: number + 1]
        assert address[0] in "".join(parts(parsed))


@pytest.mark.parametrize(
    "subject",
    [
        "Calm",
        "Gegen “Größe” und für 東京 🚢",
        "Sure? =?utf-8?Q?not_this?=",
        "ü" * 150,
        "🚢" * 150,
        "word " * 29 + "word",
        "x" * 150,
        'Tab\tand quote " and <brackets>, comma; colon:',
    ],
)
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    message = skeleton(letter(subject)).message(reader(), ID)
    assert read(message)["Subject"] == subject
    assert max(len(line) for line in message.split(b"\r\n")) <= 160


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=150))
@settings(max_examples=60)
def test_any_subject_is_one_header(subject: str) -> None:
    subject = " ".join(subject.split())
    wire = f"Subject: {unstructured(subject)}\r\n\r\n".encode("ascii")
    parsed = message_from_bytes(wire, policy=default)
    assert (parsed.keys(), parsed["Subject"]) == (["Subject"], subject)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=200), max_size=5))
@settings(max_examples=60)
def test_what_is_encoded_in_pieces_is_what_is_encoded_at_once(pieces: list[str]) -> None:
    wire = b"".join(encoded(piece) for piece in pieces)
    assert quopri.decodestring(wire).replace(b"\r\n", b"\n") == "".join(pieces).encode()
    assert all(len(line) <= 76 for line in wire.split(b"\r\n"))


@pytest.mark.parametrize(
    "address",
    [
        "mate@example.org\r\nBcc: all@example.org",
        "mate@example.org\nBcc: all@example.org",
        "mate@example.org\r\n\r\nHello",
        "mate@example.org, all@example.org",
        "mate@example.org all@example.org",
        "<mate@example.org>",
        "mate@example.org\x00",
        "mäte@example.org",
        "mate",
        "",
        "@example.org",
        "mate@",
        f"mate@{'ü' * 70}.example",
    ],
)
def test_no_address_writes_a_header(address: str) -> None:
    with pytest.raises(UnfitError):
        skeleton(letter()).message(reader(address=address), ID)


@pytest.mark.parametrize("wrong", ["", "<a@b>\r\nBcc: all@example.org", "a b@c", "a@b@c d", "<a>"])
def test_no_message_id_writes_a_header(wrong: str) -> None:
    with pytest.raises(UnfitError):
        skeleton(letter()).message(reader(), wrong)


@pytest.mark.parametrize(
    ("setting", "name", "address"),
    [
        ("Drydock <weekly@drydock.example>", "Drydock", "weekly@drydock.example"),
        ('"Dry, dock; \\"the\\" <yard>" <weekly@drydock.example>', 'Dry, dock; "the" <yard>', "weekly@drydock.example"),
        ("Trockendock Köln <weekly@köln.example>", "Trockendock Köln", "weekly@xn--kln-sna.example"),
        (f"{'Ü' * 22} <weekly@drydock.example>", "Ü" * 22, "weekly@drydock.example"),
        ("weekly@drydock.example", "", "weekly@drydock.example"),
    ],
)
def test_a_sender_of_any_name(settings: Any, setting: str, name: str, address: str) -> None:
    settings.NEWSLETTER_FROM = setting
    (sender,) = read(skeleton(letter()).message(reader(), ID))["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, address)


def test_a_sender_that_is_none_is_refused() -> None:
    with pytest.raises(UnfitError):
        named_mailbox("Drydock")


def test_an_address_outside_of_ascii_is_written_so_that_any_server_takes_it() -> None:
    message = read(skeleton(letter()).message(reader(address="mate@bücher.example"), ID))
    assert str(message["To"]) == "mate@xn--bcher-kva.example"
    assert "mate@bücher.example" in parts(message)[0]


def test_the_site_may_have_a_name_outside_of_ascii(settings: Any) -> None:
    settings.SITE_URL = "https://kikötő.example"
    parsed = read(skeleton(letter()).message(reader(), ID))
    assert parsed["List-Unsubscribe"] == "<https://xn--kikt-7qa16c.example/newsletter/unsubscribe/7-abc/>"


def test_a_message_is_as_good_an_hour_later() -> None:
    """Both copies of a doubtful message are the same but for when they were sent."""
    bones = skeleton(letter())
    first, second = (bones.message(reader(), ID, at) for at in (NOW, NOW.replace(hour=10)))
    assert first.replace(b"09:00:05", b"10:00:05") == second
    assert bones.message(replace(reader(), pk=8), ID, NOW) == first
