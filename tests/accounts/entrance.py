"""Signing in as a person does: an address, the mail, its code."""

from __future__ import annotations

import re
from typing import Any

from django.core import mail
from django.test import Client

from accounts.models import OutgoingMail
from accounts.services import send_mail

LOGIN, CODE = "/accounts/login/", "/accounts/login/code/"


def arrived() -> list[Any]:
    """Every mail so far, sent or still written down; inside a test's transaction nothing is ever committed."""
    for pk in OutgoingMail.objects.order_by("pk").values_list("pk", flat=True):
        send_mail(pk)
    return mail.outbox


def newest_code() -> str:
    found = re.search(r"^ {4}(\d{6})$", arrived()[-1].body, re.MULTILINE)
    assert found
    return found[1]


def ask(client: Client, email: str = "mate@example.org", **more: str) -> Any:
    return client.post(LOGIN, {"email": email, **more})


def enter(client: Client, code: str, **more: str) -> Any:
    return client.post(CODE, {"code": code, **more})


def sign_in(client: Client, email: str = "mate@example.org") -> None:
    assert ask(client, email)["Location"] == CODE
    assert enter(client, newest_code())["Location"] == "/accounts/"
