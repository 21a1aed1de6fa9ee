"""What the tests of the second factor share: codes of an app as RFC 6238 makes them, and who comes to the desk."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from typing import Any

from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import User
from tests.accounts.entrance import ask, enter, newest_code
from tests.pages import html_of, text_of

FACTOR, APP, CODES, DESK = "/accounts/factor/", "/accounts/factor/app/", "/accounts/factor/codes/", "/admin/"
EDITOR = "editor@example.org"


def totp(secret: str, periods: int = 0) -> str:
    """RFC 6238: six digits of HMAC-SHA1 over the count of half minutes; `periods` away from now."""
    counter = struct.pack(">Q", int(time.time()) // 30 + periods)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def make_editor(email: str = EDITOR, **fields: Any) -> User:
    return User.objects.create_user(email, **{"name": "Editor", "is_staff": True, "is_superuser": True, **fields})


def come_in(client: Client, email: str = EDITOR, wanted: str = "") -> Any:
    """Sign in by emailed code; the answer to it."""
    more = {"next": wanted} if wanted else {}
    ask(client, email, **more)
    return enter(client, newest_code(), **more)


def secret_on(page: Any) -> str:
    found = re.search(r'class="qr-key"><code>([A-Z2-7 ]+)</code>', html_of(page))
    assert found, text_of(page)
    return found[1].replace(" ", "")


def set_app_up(client: Client) -> str:
    """The secret of a new app, set up a while ago."""
    secret = secret_on(client.get(APP))
    answer = client.post(APP, {"code": totp(secret)})
    assert answer["Location"] == CODES, text_of(answer)
    let_time_pass()
    return secret


def let_time_pass() -> None:
    """Since a code of an app was used: its next one may be typed."""
    for app in Authenticator.objects.filter(type=Authenticator.Type.TOTP):
        app.data["last_counter"] -= 10
        app.save()


def recovery_codes(page: Any) -> list[str]:
    return re.findall(r"<li><code>(\d{4} \d{4})</code>", html_of(page))


def show(client: Client, code: str, **more: str) -> Any:
    return client.post(FACTOR, {"code": code, **more})
