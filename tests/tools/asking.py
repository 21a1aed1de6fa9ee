"""A reader who asks for tools, for the tests of it."""

from __future__ import annotations

from django.test import Client

from accounts.models import User
from tests.factories import make_user
from tools.models import WantedTool

LATHE = {"name": "Lathe", "website": "https://lathe.example.com/", "why": "It turns.", "mail": "on"}
SAME = {"Sec-Fetch-Site": "same-origin"}


def signed_in(user: User | None = None) -> Client:
    client = Client(headers=SAME)
    client.force_login(user or make_user())
    return client


def counted() -> dict[str, int]:
    return {wanted.name: wanted.asks.count() for wanted in WantedTool.objects.unmerged().order_by("pk")}
