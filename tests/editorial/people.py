"""Who comes to the desk, by role."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from accounts.roles import ROLES
from reviews.models import Review, Reviewer
from tests.factories import make_comparison, make_page, make_review, make_reviewer, make_tool, make_user

ANONYMOUS, READER, CHIEF = "anonymous", "reader", "superuser"
PEOPLE = [ANONYMOUS, READER, *ROLES, CHIEF]
DATELESS = ("draft", "in_review")


def person(role: str) -> User | None:
    """Somebody in a role; None for nobody in particular."""
    if role == ANONYMOUS:
        return None
    user = make_user(name=role, is_staff=role in (*ROLES, CHIEF), is_superuser=role == CHIEF)
    if role in ROLES:
        user.groups.add(Group.objects.get(name=role))
    return user


def at_desk(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def make_piece(kind: str, status: str, author: User | None = None, **fields: Any) -> Any:
    """A piece of a kind as it stands at a status; a review is by a reviewer for whom its author may write."""
    given: dict[str, Any] = {"status": status, "author": author, "changed_by": author, **fields}
    if status in DATELESS:
        given.setdefault("published_at", None)
    match kind:
        case "tool":
            return make_tool(**given)
        case "review":
            return _review(author, given)
        case "comparison":
            return make_comparison(make_tool(), make_tool(), **given)
    return make_page(f"page-{make_tool().pk}", **given)


def _review(author: User | None, given: dict[str, Any]) -> Review:
    reviewer: Reviewer = given.pop("reviewer", None) or make_reviewer()
    if author:
        reviewer.writers.add(author)
    return make_review(given.pop("tool", None) or make_tool(), reviewer, **given)
