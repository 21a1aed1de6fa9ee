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


def age_code(client: Client, seconds: int) -> None:
    """Let time pass for the code that this browser has asked for."""
    session = client.session
    session["account_login"]["state"]["stages"]["login_by_code"]["data"]["at"] -= seconds
    session.modified = True
    session.save()


def age_sign_in(client: Client, seconds: int) -> None:
    """Let time pass since this browser has signed in."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= seconds
    session.modified = True
    session.save()
