"""What the tests of the moderation desk share: its addresses, its cases, and who comes to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.factories import make_tool
from tests.votes.test_watch import make_wave
from tests.votes.voters import browser, cast, make_tags
from votes.models import Case, Freeze
from votes.services import open_cases

CASES, FREEZES = "/admin/votes/case/", "/admin/votes/freeze/"
HOLD, VOTES = f"{CASES}hold/", f"{CASES}votes/"
LOG, WAVES = "/admin/votes/moderation/", "/admin/votes/campaign/"


def page_of(piece: Case | Freeze) -> str:
    return f"/admin/votes/{piece._meta.model_name}/{piece.pk}/change/"


def make_burst() -> Case:
    """Forty older votes (24 ship, 16 skip), then a burst of sixty from one network (36 ship, 24 skip)."""
    tool, now = make_tool(), timezone.now()
    make_wave(tool, votes=40, until=now - timedelta(days=3))
    make_wave(tool, votes=60, groups=1, until=now)
    return next(case for case in open_cases(now) if case.tool_id == tool.pk)


def make_limit_case() -> Case:
    tool, tags = make_tool(), make_tags()
    for _ in range(5):
        cast(browser(tags=tags), tool)
    return Case.objects.get(tool=tool)


def colleague(*rights: str) -> Client:
    """A client signed in as staff with these rights, such as view_case."""
    user = User.objects.create_user(f"mate{User.objects.count()}@desk.example", name="Mate", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights, content_type__app_label="votes"))
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, address: str, **form: Any) -> Any:
    answer = client.post(address, form, follow=True)
    assert answer.status_code == 200
    return answer
