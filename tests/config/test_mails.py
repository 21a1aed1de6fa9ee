"""What mails need of the web server."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.parametrize(("name", "policy"), [("email-header.png", "cross-origin"), ("logo.svg", "same-origin")])
def test_a_picture_of_a_mail_is_seen_wherever_mail_is_read(client: Client, name: str, policy: str) -> None:
    answer = client.get(f"/static/img/{name}")
    answer.getvalue()
    assert (answer.status_code, answer["Cross-Origin-Resource-Policy"]) == (200, policy)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "is_let"), [("/__mail__/", True), ("/newsletter/", False), ("/accounts/login/", False)]
)
def test_a_mail_is_shown_in_a_frame_of_the_local_mailbox_and_of_no_other_page(
    client: Client, path: str, *, is_let: bool
) -> None:
    policy = client.get(path)["Content-Security-Policy"]
    assert ("frame-src 'self'" in policy) == is_let
    assert "script-src 'self'" in policy
