"""A reader with a mailbox: forms, the worker that looks at them, mails and the links in them."""

from __future__ import annotations

import re
from typing import Any

from django.db import connection
from django.test import Client

from newsletter.addresses import address_hmac, read_mailbox
from newsletter.models import Subscriber
from newsletter.services import add_by_hand, settle_sign_ups
from tests.accounts.entrance import arrived

SAME = {"Sec-Fetch-Site": "same-origin"}
SUBSCRIBE, AGAIN, SENT, CONFIRM = (
    *("/newsletter/subscribe/", "/newsletter/subscribe/again/", "/newsletter/sent/", "/newsletter/confirm/"),
)
MATE = "mate@example.org"
# What a machine may not move by looking; limits and forms included.
TABLES = ("subscriber", "subscribertoken", "consent", "suppression", "maillimit", "signup", "subscriber_tools")


def fill_in(client: Client, email: str = MATE, **more: Any) -> Any:
    """The form of a page, by a browser that says where it comes from, after nine seconds."""
    return client.post(SUBSCRIBE, {"email": email, "waited": "9.0", **more}, headers=SAME)


def mails() -> list[Any]:
    """Every mail so far, after the worker has looked at the forms."""
    settle_sign_ups()
    return arrived()


def links(mail: Any) -> list[str]:
    """The paths of the addresses in a mail's text and headers."""
    text = "\n".join([mail.body, *mail.extra_headers.values()])
    return re.findall(r"http://127\.0\.0\.1:8000(/[^\s>]*)", text)


def newest_link() -> str:
    """The link with a button of the newest mail."""
    return next(path for path in links(mails()[-1]) if path.startswith("/c/"))


def press(client: Client, link: str) -> Any:
    """Open the link of a mail, and press the button of the page it leads to."""
    assert client.get(link)["Location"] == CONFIRM
    return client.post(CONFIRM)


def subscribed(address: str = MATE, **fields: Any) -> Subscriber:
    """One who is on the list."""
    subscriber, _ = add_by_hand(address=address, source="a test")
    for name, value in fields.items():
        setattr(subscriber, name, value)
    subscriber.save()
    return subscriber


def hmac_of(address: str) -> bytes:
    return address_hmac(read_mailbox(address).key)


def everything() -> dict[str, list[Any]]:
    """All rows that are kept of subscribers."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM newsletter_{table} AS t ORDER BY 1")  # noqa: S608
            found[table] = cursor.fetchall()
    return found
