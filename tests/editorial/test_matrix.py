"""Role by address by method: every door of the admin, tried by everybody.

What is expected comes from the table of roles and from the rules on pieces below, by the kind of address. An address
that no rule knows fails the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from accounts.models import AuditEntry, OutgoingMail, User
from accounts.roles import EDITOR, PUBLISHER, REVIEWERS_WRITER, ROLES, WRITER
from comparisons.merging import merge_tools
from comparisons.models import Webhook, WebhookDelivery
from comparisons.webhooks.signing import new_secret
from tests.editorial.doors import Door, has, has_desk, looks
from tests.editorial.people import CHIEF, PEOPLE, at_desk, make_piece, person
from tests.editorial.weekly_doors import (
    WEEKLY,
    WEEKLY_READERS,
    WEEKLY_VERBS,
    at_issue_preview,
    at_schedule,
    key_of,
    weekly_rows,
)
from tests.factories import (
    make_category,
    make_criterion,
    make_image,
    make_link,
    make_reviewer,
    make_tool,
    make_user,
    make_wanted,
)
from votes.models import Campaign, Crowd, Moderation
from votes.services import freeze_votes, hold_votes

pytestmark = pytest.mark.django_db

STATES = ("draft", "in_review", "scheduled", "published", "withdrawn")
OUT = {"scheduled", "published"}
NEVER: set[str] = set()


@dataclass(frozen=True)
class Rule:
    """In which states somebody sees, changes and deletes others' pieces and their own; their own they always see."""

    sees: set[str]
    changes: set[str]
    deletes: set[str]
    changes_own: set[str]
    deletes_own: set[str]


_EVERYTHING = set(STATES)
_DESK = {"draft", "in_review"}
_ALL = Rule(_EVERYTHING, _EVERYTHING, _EVERYTHING - OUT, _EVERYTHING, _EVERYTHING - OUT)
RULES = {
    WRITER: Rule(OUT, NEVER, NEVER, {"draft"}, {"draft"}),
    EDITOR: Rule(_EVERYTHING, _DESK, _DESK, _DESK, _DESK),
    PUBLISHER: _ALL,
    REVIEWERS_WRITER: Rule(NEVER, NEVER, NEVER, {"draft"}, {"draft"}),
    CHIEF: _ALL,
}
_TOOLS_TO_LOOK_AT = Rule(OUT, NEVER, NEVER, NEVER, NEVER)
PIECES = {"tools.tool", "reviews.review", "comparisons.comparison", "editorial.page"}
WRITTEN_BY_THE_HOUSE = {"comparisons.webhookdelivery", "tools.link", "accounts.outgoingmail", "accounts.auditentry"}
READ = WRITTEN_BY_THE_HOUSE | {"votes.moderation"}  # nobody adds or changes one
FIXED = READ | WEEKLY | {"votes.case", "tools.wantedtool"}  # nobody adds one by hand
KEPT = READ | WEEKLY | WEEKLY_READERS | {"votes.case", "votes.freeze", "comparisons.merge"}  # nobody deletes one
READ |= {"comparisons.merge"}  # nobody changes one
BY_STEPS = {"votes.case", "votes.freeze"}


def rule_of(role: str, model: str) -> Rule:
    return RULES[role] if has(role, "change", model) else _TOOLS_TO_LOOK_AT


def expected(role: str, door: Door, method: str) -> int:
    """The status of the answer."""
    if door.verb:
        return of_model(role, door, method)
    return SITE[door.name](role, method)


def of_model(role: str, door: Door, method: str) -> int:
    if not has_desk(role):
        return 302
    allowed: Callable[[str, Door, str], int] = WEEKLY_VERBS.get(door.verb) or globals()[f"at_{door.verb}"]
    return allowed(role, door, method)


def at_changelist(role: str, door: Door, method: str) -> int:
    if door.model == "newsletter.schedule":
        return at_schedule(role, door, method)
    if method == "POST" and door.model in BY_STEPS and not has(role, "change", door.model):
        return 403
    return 200 if looks(role, door.model) else 403


def at_add(role: str, door: Door, method: str) -> int:
    return 200 if has(role, "add", door.model) and door.model not in FIXED else 403


def at_history(role: str, door: Door, method: str) -> int:
    if (door.status or door.model == "reviews.reviewer") and not looks(role, door.model):
        return 302  # not found at all
    return _found(role, door) or 200


def at_change(role: str, door: Door, method: str) -> int:
    if refused := _found(role, door):
        return refused
    if door.model == "newsletter.schedule":
        return 302  # to the one page of the one schedule
    if method == "GET":
        return 200
    if door.model in READ or not has(role, "change", door.model):
        return 403
    if not door.status:
        return 200
    rule = rule_of(role, door.model)
    return 200 if door.status in (rule.changes_own if door.is_own else rule.changes) else 403


def at_restore(role: str, door: Door, method: str) -> int:
    """Whoever may change it as it stands; asked for no version it leads back to the history."""
    if (refused := at_history(role, door, method)) != 200:
        return refused
    return 302 if at_change(role, door, "POST") == 200 else 403


def at_delete(role: str, door: Door, method: str) -> int:
    if not has(role, "delete", door.model) or door.model in KEPT:
        return 403
    if door.status:
        if refused := _found(role, door):
            return refused
        rule = rule_of(role, door.model)
        if door.status not in (rule.deletes_own if door.is_own else rule.deletes):
            return 403
    return 302 if method == "POST" else 200


def at_export(role: str, door: Door, method: str) -> int:
    if door.model == "accounts.auditentry":
        return (302 if method == "POST" else 200) if role == CHIEF else 403
    return 200 if looks(role, door.model) else 403


def at_import(role: str, door: Door, method: str) -> int:
    """Those who may change everything of the kind."""
    may = has(role, "add", door.model) and has(role, "change", door.model)
    every = door.model not in PIECES or has(role, "edit", door.model) or has(role, "publish", door.model)
    return 200 if may and every else 403


def at_waiting(role: str, door: Door, method: str) -> int:
    """Of a file that nobody has brought: back to where one can."""
    return 302 if at_import(role, door, method) == 200 else 403


def at_picker(role: str, door: Door, method: str) -> int:
    """Whoever writes looks for pictures; nothing is uploaded, so that the form comes back."""
    if not looks(role, door.model):
        return 403
    return 200 if method == "GET" or has(role, "add", door.model) else 403


def at_password_change(role: str, door: Door, method: str) -> int:
    return 200 if role == CHIEF else 403


def at_hold(role: str, door: Door, method: str) -> int:
    return 200 if has(role, "change", "votes.case") else 403


def at_votes(role: str, door: Door, method: str) -> int:
    return 200 if has(role, "change", "votes.vote") else 403


def at_check(role: str, door: Door, method: str) -> int:
    """A press that makes the server look at a link."""
    if method == "GET":
        return 405
    return 302 if has(role, "change", door.model) else 403


def at_receiver(role: str, door: Door, method: str) -> int:
    if not looks(role, door.model):
        return 403
    return 302 if method == "POST" else 200  # a press of no button leads back


def at_panel(role: str, door: Door, method: str) -> int:
    """Whoever finds a tool and any review of it; a post that types nothing leads back."""
    if not looks(role, "reviews.review"):
        return 403
    return _found(role, door) or (302 if method == "POST" else 200)


def at_evidence(role: str, door: Door, method: str) -> int:
    """For those who work on everybody's tools; a press of no button is a forged one."""
    return 200 if method == "GET" and (has(role, "edit", door.model) or has(role, "publish", door.model)) else 403


def at_preview(role: str, door: Door, method: str) -> int:
    """Whoever finds a piece may preview it; who may change it may make links."""
    if door.model == "newsletter.issue":
        return at_issue_preview(role, door, method)
    return at_change(role, door, method)


def at_preview_page(role: str, door: Door, method: str) -> int:
    if method == "POST":
        return 405
    refused = _found(role, door)
    if not refused and door.model == "editorial.page":
        return 409  # at an address of its own making, where readers find nothing
    return 404 if refused == 302 else refused or 200


def at_lookalikes(role: str, door: Door, method: str) -> int:
    if method == "POST":
        return 405
    return 200 if has(role, "add", door.model) or has(role, "change", door.model) else 403


def at_duplicates(role: str, door: Door, method: str) -> int:
    if not has(role, "edit", door.model) and not has(role, "publish", door.model):
        return 403
    return 302 if method == "POST" else 200  # no pair was chosen


def _found(role: str, door: Door) -> int:
    """403 without any right, 302 to the index for what they do not find, 0 otherwise."""
    if not looks(role, door.model):
        return 403
    if (role, door.model) == (REVIEWERS_WRITER, "reviews.reviewer"):
        return 302  # they find their own reviewers only
    if not door.status or door.is_own or door.status in rule_of(role, door.model).sees:
        return 0
    return 302


def _staff(get: int, post: int) -> Callable[[str, str], int]:
    return lambda role, method: (get if method == "GET" else post) if has_desk(role) else 302


SITE: dict[str, Callable[[str, str], int]] = {
    "index": _staff(200, 200),
    "login": lambda role, method: 302 if has_desk(role) and method == "GET" else 200,
    "logout": _staff(405, 200),
    "password_change": _staff(200, 200),
    "password_change_done": _staff(200, 405),
    "jsi18n": _staff(200, 405),
    "autocomplete": lambda role, method: (
        302 if not has_desk(role) else 405 if method == "POST" else 200 if looks(role, "tools.tool") else 403
    ),
    "view_on_site": lambda role, method: 302 if not has_desk(role) or looks(role, "tools.tool") else 404,
    "app_list": lambda role, method: (
        302 if not has_desk(role) else 200 if role == CHIEF or _in_app(role, "tools") else 404
    ),
}


def _in_app(role: str, app: str) -> bool:
    return any(right.startswith(f"{app}.") for right in ROLES[role])


def names() -> Iterator[str]:
    def walk(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns)
            elif pattern.name:
                yield str(pattern.name)

    yield from walk(admin.site.get_urls())


def rows() -> dict[str, Any]:
    """One of everything that is no piece."""
    tool, user = make_tool(), make_user()
    freeze = freeze_votes(tool=tool, actor=None, reason="a story in the press")
    since = timezone.now() - timedelta(days=1)
    webhook = Webhook.objects.create(name="A newsroom", url="https://receiver.example.com/", secret=new_secret())
    make_tool()  # whose receipt is queued for it
    made = [
        *(make_category(), make_criterion(), make_reviewer(), make_wanted(), user, Group.objects.create(name="Others")),
        hold_votes(tool=make_tool(), crowd=Crowd.ACCOUNT, since=since, actor=None, reason="They came at once."),
        Campaign.objects.create(tool=tool, mark="harbour", starts_at=since, ends_at=timezone.now()),
        make_image(),
        *(freeze, Moderation.objects.filter(tool=tool.pk).latest("pk")),
        merge_tools(make_tool(), make_tool(), by=None, reason="They are one."),
        *(webhook, WebhookDelivery.objects.filter(webhook=webhook).latest("pk")),
        AuditEntry.objects.create(actor=user, action="changed", kind="tools.tool", object_id=tool.pk, name=tool.name),
        OutgoingMail.objects.create(to="mate@example.org", subject="A code", text="Words"),
        *(make_link(tool), *weekly_rows()),
    ]
    return {row._meta.label_lower: row for row in made}


def doors(user: User | None) -> Iterator[Door]:
    """Every address by its name; those of pieces as somebody's own draft, and another's in two states."""
    stored = rows()
    known = {admin_model._meta.label_lower for admin_model in admin.site._registry}
    for name in names():
        if name in SITE:
            yield Door(name, _site_path(name))
            continue
        verb = next((verb for verb in VERBS if name.endswith(f"_{verb}")), "")
        label = name.removesuffix(f"_{verb}").replace("_", ".", 1)
        label = "accounts.user" if label == "auth.user" else label
        assert verb, f"{name} stands in no rule"
        assert label in known, name
        if verb == "waiting":
            yield Door(name, reverse(f"admin:{name}", args=[UUID(int=7)]), label, verb)
        elif verb in _WITHOUT_A_ROW:
            yield Door(name, reverse(f"admin:{name}"), label, verb)
        elif label in PIECES:
            kind = label.partition(".")[2]
            for status, owner in (("draft", user), ("draft", None), ("published", None)):
                piece = make_piece(kind, status, owner)
                path = reverse(f"admin:{name}", args=[piece.pk])
                yield Door(name, path, label, verb, status, is_own=owner is not None)
        else:
            yield Door(name, reverse(f"admin:{name}", args=[key_of(stored[label])]), label, verb)


_OF_TOOLS = ("evidence", "lookalikes", "duplicates")
_WITHOUT_A_ROW = ("changelist", "add", "hold", "votes", "picker", "export", "import", "figures", "make", *_OF_TOOLS)
VERBS = (
    *("password_change", "changelist", "add", "change", "delete", "history", "restore", "hold", "votes", "receiver"),
    *("panel", "preview", "preview_page", "export", "check", "picker", "import", "waiting", "make", "figures", "proof"),
    *("sending", "numbers"),
    *_OF_TOOLS,
)


def _site_path(name: str) -> str:
    if name == "view_on_site":
        tool = make_tool()
        return reverse("admin:view_on_site", args=[ContentType.objects.get_for_model(tool).pk, tool.pk])
    if name == "app_list":
        return reverse("admin:app_list", args=["tools"])
    asked = "?app_label=reviews&model_name=review&field_name=tool" if name == "autocomplete" else ""
    return reverse(f"admin:{name}") + asked


def knock(user: User | None, door: Door, method: str) -> int:
    """The status of one request, whose traces are rolled back."""
    client: Client = at_desk(user)
    with transaction.atomic():
        send = client.get if method == "GET" else client.post
        answer = send(door.path, {"post": "yes"} if method == "POST" else None)
        transaction.set_rollback(True)
    return int(answer.status_code)


@pytest.mark.parametrize("role", PEOPLE)
def test_every_door_opens_for_those_it_should(role: str) -> None:
    user = person(role)
    found, wanted = {}, {}
    for door in doors(user):
        for method in ("GET", "POST"):
            found[door, method] = knock(user, door, method)
            wanted[door, method] = expected(role, door, method)
    wrong = {
        f"{m} {d.name} {d.status} {d.is_own}": (found[d, m], w) for (d, m), w in wanted.items() if found[d, m] != w
    }
    assert wrong == {}, "found, wanted"
    assert len(found) > 100
