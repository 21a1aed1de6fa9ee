"""Addresses: which are taken, what is kept of them, and which are one mailbox."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from newsletter.addresses import address_hmac, address_hmacs, read_mailbox
from newsletter.models import SignUp, Subscriber
from tests.newsletter.post import fill_in, mails, newest_link, press

LONG_DOMAIN = ".".join(["b" * 60] * 3)
TAKEN = [
    # typed, kept, compared as
    ("mate@example.org", "mate@example.org", "mate@example.org"),
    ("  Mate@Example.ORG ", "Mate@example.org", "mate@example.org"),
    ("mate+sea@example.org", "mate+sea@example.org", "mate@example.org"),
    ("mate+sea+land@example.org", "mate+sea+land@example.org", "mate@example.org"),
    ("+sea@example.org", "+sea@example.org", "+sea@example.org"),
    ("m.a.t.e@example.org", "m.a.t.e@example.org", "m.a.t.e@example.org"),
    ("m.a.t.e+x@gmail.com", "m.a.t.e+x@gmail.com", "mate@gmail.com"),
    ("Mate@GoogleMail.com", "Mate@googlemail.com", "mate@gmail.com"),
    ("mate@bücher.example", "mate@xn--bcher-kva.example", "mate@xn--bcher-kva.example"),
    ("mate@bu\u0308cher.example", "mate@xn--bcher-kva.example", "mate@xn--bcher-kva.example"),
    ("mate@XN--BCHER-KVA.example", "mate@xn--bcher-kva.example", "mate@xn--bcher-kva.example"),
    ("mate@例え.jp", "mate@xn--r8jz45g.jp", "mate@xn--r8jz45g.jp"),
    ("o'mate_1%2=a@example.org", "o'mate_1%2=a@example.org", "o'mate_1%2=a@example.org"),
    (f"{'a' * 64}@{LONG_DOMAIN}.org", f"{'a' * 64}@{LONG_DOMAIN}.org", f"{'a' * 64}@{LONG_DOMAIN}.org"),
]
REFUSED = [
    *("", " ", "mate", "@", "@example.org", "mate@", "mate@@example.org", "a@b@example.org", "mate@example"),
    *('"mate"@example.org', '"a b"@example.org', '"a@b"@example.org', "mate(sea)@example.org", "mate@(sea)example.org"),
    *(
        "Mate <mate@example.org>",
        "<mate@example.org>",
        "mate@example.org, other@example.org",
        "mate@example.org;x@y.org",
    ),
    *("mate@example.org\r\nBcc: all@example.org", "mate\n@example.org", "mate\r@example.org", "mate\0@example.org"),
    *(
        "mate@exam\nple.org",
        "mate@example.org\u2028Bcc: x",
        "mate\x85@example.org",
        "mate%0a@example.org\n",
        "ma te@example.org",
    ),
    *(".mate@example.org", "mate.@example.org", "ma..te@example.org", "mate@-example.org", "mate@example-.org"),
    *(
        "mate@.example.org",
        "mate@example..org",
        "mate@[192.0.2.1]",
        "mate@192.0.2.1",
        "mate@localhost",
        "mate@example.org.",
    ),
    *(
        "mäte@example.org",
        "mаte@example.org",
        "mate@straße.example",
        "mate@ex\u200bample.org",
        "mate\u200d@example.org",
    ),
    *("\u202emate@example.org", "=?utf-8?q?mate?=@example.org\n", f"{'a' * 65}@{LONG_DOMAIN}.example.org" + "g" * 40),
    *(f"mate@{'b' * 64}.org", "mate@" + "ü" * 60 + ".org", "mate@" + "a." * 130 + "org", f"{'x' * 300}@example.org"),
]


@pytest.mark.parametrize(("typed", "address", "key"), TAKEN)
def test_an_address_is_kept_as_typed_and_compared_sanely(typed: str, address: str, key: str) -> None:
    mailbox = read_mailbox(typed)
    assert (mailbox.address, mailbox.key) == (address, key)


@pytest.mark.parametrize("typed", REFUSED, ids=ascii)
def test_what_mail_cannot_reach_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(ValidationError, match="no email address"):
        read_mailbox(typed)


def test_254_letters_are_taken_and_255_are_not() -> None:
    for length, is_taken in ((254, True), (255, False)):
        name = f"{'a' * (length - len(f'@{LONG_DOMAIN}.org'))}"
        typed = f"{name}@{LONG_DOMAIN}.org"
        assert len(typed) == length
        try:
            assert read_mailbox(typed).address == typed
        except ValidationError:
            assert not is_taken


awkward = st.text(alphabet=st.sampled_from("aZ0.+-_@\"'(),:;<>[] \t\r\n\0\x7f\x85\u2028\u200büßİıéЖ例%="), max_size=40)
anything = st.one_of(
    st.text(max_size=60),
    awkward,
    st.builds("{}@{}".format, awkward, awkward),
    st.builds("{}@{}.org".format, st.text(max_size=20), st.text(max_size=20)),
    st.emails(),
)


@given(anything)
def test_whatever_is_typed_is_refused_or_makes_one_plain_recipient(typed: str) -> None:
    try:
        mailbox = read_mailbox(typed)
    except ValidationError:
        return
    assert mailbox.address.isascii()
    assert mailbox.address.isprintable()
    assert len(mailbox.address) <= 254
    assert not set(' \t\r\n"(),:;<>[]\\') & set(mailbox.address)
    assert read_mailbox(mailbox.address) == mailbox
    assert read_mailbox(mailbox.address.upper()).key == mailbox.key
    assert read_mailbox(mailbox.key).key == mailbox.key
    built = message_from_bytes(
        EmailMessage("Hello", "Words", "desk@example.org", [mailbox.address]).message().as_bytes(),
        policy=policy.default,
    )
    assert {name.lower() for name in built} == {
        *("subject", "from", "to", "date", "message-id", "content-type", "content-transfer-encoding", "mime-version"),
    }
    assert [to.addr_spec for to in built["To"].addresses] == [mailbox.address]


def test_the_hash_is_of_the_key_and_survives_another_key(settings: object) -> None:
    settings.NEWSLETTER_KEY, settings.NEWSLETTER_KEY_FALLBACKS = "new", ["old"]  # type: ignore[attr-defined]
    new, old = address_hmacs("mate@example.org")
    assert new == address_hmac("mate@example.org")
    assert (len(new), len(old), new != old) == (32, 32, True)
    settings.NEWSLETTER_KEY = "old"  # type: ignore[attr-defined]
    assert address_hmac("mate@example.org") == old
    assert address_hmac("other@example.org") != old


@pytest.mark.django_db
@pytest.mark.parametrize("typed", [typed for typed in REFUSED if typed and typed == typed.strip()], ids=ascii)
def test_the_form_refuses_them_too(typed: str, client: Client) -> None:
    page = fill_in(client, typed)
    assert page.status_code == 200
    assert not SignUp.objects.exists()


@pytest.mark.django_db
def test_the_mail_goes_to_the_spelling_that_was_typed_and_proves_that_one(client: Client) -> None:
    fill_in(client, "Mate+Sea@Bücher.example")
    assert mails()[-1].to == ["Mate+Sea@xn--bcher-kva.example"]
    press(client, newest_link())
    subscriber = Subscriber.objects.get()
    assert (subscriber.address, subscriber.address_key) == (
        "Mate+Sea@xn--bcher-kva.example",
        "mate@xn--bcher-kva.example",
    )
    fill_in(client, "mate@bücher.example")
    assert mails()[-1].to == ["Mate+Sea@xn--bcher-kva.example"]  # never to a spelling that has proved nothing
