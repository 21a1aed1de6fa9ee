"""The roles of the desk: which rights each has. The groups follow this table at every `migrate`.

What somebody may do with a single piece (their own, a draft, one that is out) is decided by editorial/permissions.py.
A group of an operator's own, under another name, is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

WRITER, EDITOR, PUBLISHER = "Writer", "Editor", "Publisher"
REVIEWERS_WRITER, SUPPORT = "Reviewer's writer", "Support"

_PIECES = ("tools.tool", "reviews.review", "comparisons.comparison", "editorial.page")
_PARTS = ("tools.plan", "tools.fact")  # of a tool, changed on its page
_FRAME = ("tools.category", "tools.criterion", "reviews.reviewer")  # public from the moment they are saved
_MEDIA = ("editorial.image",)  # shown by nothing until a piece names them
_SUBSCRIBERS = ("newsletter.subscriber", "newsletter.consent", "newsletter.suppression")
_WRITE = ("view", "add", "change", "delete")


def _rights(verbs: tuple[str, ...], kinds: tuple[str, ...]) -> Iterator[str]:
    for kind in kinds:
        app, _, model = kind.partition(".")
        yield from (f"{app}.{verb}_{model}" for verb in verbs)


_WRITING = frozenset(
    {
        *_rights(_WRITE, (*_PIECES, *_PARTS)),
        *_rights(("view",), _FRAME),
        *_rights(("view", "add", "change"), _MEDIA),
        "reviews.write_any_review",
    },
)
_EDITING = _WRITING | {
    *_rights(("edit",), _PIECES),
    *_rights(("view", "change"), ("tools.wantedtool",)),
    *_rights(("delete",), _MEDIA),
    "tools.view_ask",
    *_rights(("view", "change"), ("tools.link", "newsletter.issue")),
}
ROLES: Mapping[str, frozenset[str]] = {
    WRITER: _WRITING,
    EDITOR: _EDITING,
    PUBLISHER: _EDITING
    | {"accounts.view_auditentry"}
    | {*_rights(("view",), _SUBSCRIBERS)}
    | {*_rights(("publish",), _PIECES), *_rights(_WRITE, _FRAME), *_rights(("delete",), ("tools.wantedtool",))}
    | {*_rights(("view", "add"), ("comparisons.merge",))}
    | {*_rights(("approve", "send"), ("newsletter.issue",)), *_rights(("view", "change"), ("newsletter.schedule",))},
    REVIEWERS_WRITER: frozenset(
        {
            *_rights(_WRITE, ("reviews.review",)),
            *_rights(("view",), ("tools.tool", *_PARTS, *_FRAME)),
            *_rights(("view", "add"), _MEDIA),
        }
    ),
    SUPPORT: frozenset(
        {
            *_rights(("view", "change"), ("votes.case", "votes.vote", "votes.freeze")),
            *_rights(("view",), ("votes.moderation", "accounts.outgoingmail")),
            *_rights(("view",), _SUBSCRIBERS),
            *_rights(("add", "change"), ("newsletter.subscriber",)),
            *_rights(_WRITE, ("votes.campaign",)),
            "votes.add_freeze",
        }
    ),
}


def follow_roles(sender: AppConfig, using: str = "default", **options: Any) -> None:
    """After an app's migrations: give each role's group exactly the rights on that app which the table names."""
    wanted = {
        role: {right for right in rights if right.startswith(f"{sender.label}.")} for role, rights in ROLES.items()
    }
    if not any(wanted.values()):
        return
    create_permissions(sender, verbosity=0, using=using)  # whichever of the two receivers comes first
    stored = {
        f"{sender.label}.{right.codename}": right
        for right in Permission.objects.using(using).filter(content_type__app_label=sender.label)
    }
    for role, rights in wanted.items():
        group, _ = Group.objects.using(using).get_or_create(name=role)
        has = set(group.permissions.filter(content_type__app_label=sender.label))
        should = {stored[right] for right in rights}
        group.permissions.remove(*(has - should))
        group.permissions.add(*(should - has))
