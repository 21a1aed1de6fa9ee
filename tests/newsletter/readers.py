"""Readers of the weekly email in every state that a page can show."""

from __future__ import annotations

from datetime import date

from django.test import Client

from newsletter.links import UNSUBSCRIBE, preferences_token, sign
from newsletter.models import Suppression
from newsletter.services import suppress, unsubscribe
from tests.newsletter.post import CONFIRM, fill_in, newest_link, subscribed
from tools.models import Tool

TOKEN = "a" * 32
LONG = f"{'n' * 60}@{'example-' * 6}newsletter.example.org"


def fill_mailboxes() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """The tokens that addresses name, and the cookies of browsers that have opened the link of a mail."""
    one, paused = subscribed(LONG), subscribed("paused@example.org")
    one.tools.set(Tool.objects.published()[:9])
    paused.paused_until, paused.only_followed = date(2099, 1, 1), True
    paused.save()
    unsubscribe(left := subscribed("left@example.org"), "test")
    tokens = {
        "preferences": preferences_token(one),
        **{"paused": preferences_token(paused), "left": preferences_token(left)},
        "leave": sign(UNSUBSCRIBE, left.pk, b""),
    }
    asked, follows, moves = _asked("asked@example.org"), _asked(LONG, tool="code-llama-4"), Client()
    moves.post(f"/newsletter/preferences/{tokens['preferences']}/address/", {"email": "moved@example.org"})
    moves.get(newest_link())
    pressed, held = _asked("pressed@example.org"), _asked("held@example.org")
    pressed.post(CONFIRM)
    suppress("held@example.org", Suppression.Reason.COMPLAINED)
    readers = {"asked": asked, "follows": follows, "moves": moves, "pressed": pressed, "held": held}
    return tokens, {name: {"confirm": reader.cookies["confirm"].value} | _csrf() for name, reader in readers.items()}


def _asked(address: str, **more: str) -> Client:
    reader = Client()
    fill_in(reader, address, **more)
    reader.get(newest_link())
    return reader


def _csrf() -> dict[str, str]:
    return {"csrftoken": TOKEN}
