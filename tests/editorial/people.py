"""Who comes to the desk, by role."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from accounts.roles import ROLES
from editorial.permissions import Step
from reviews.models import Review, Reviewer
from tests.factories import make_comparison, make_page, make_review, make_reviewer, make_tool, make_user
from tests.pages import html_of, text_of
from tools.models import Tool

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


def page_of(piece: Any) -> str:
    return f"/admin/{piece._meta.app_label}/{piece._meta.model_name}/{piece.pk}/change/"


def typed(tool: Tool, **fields: Any) -> dict[str, Any]:
    return {
        **{"name": tool.name, "slug": tool.slug, "maker": tool.maker, "tagline": tool.tagline, "licence": "MIT"},
        **{"category": tool.category_id, "website": tool.website, "description": tool.description},
        **{"plans-TOTAL_FORMS": 0, "plans-INITIAL_FORMS": 0, "facts-TOTAL_FORMS": 0, "facts-INITIAL_FORMS": 0},
        **fields,
    }


def press(client: Client, tool: Tool, step: str, **fields: Any) -> str:
    return text_of(client.post(page_of(tool), typed(tool, _step=step, **fields), follow=True))


def stands(piece: Any) -> str:
    piece.refresh_from_db()
    return str(piece.status)


def buttons(client: Client, piece: Any) -> list[str]:
    html = html_of(client.get(page_of(piece)))
    return [str(step) for step in Step if f'name="_step" value="{step}"' in html]
