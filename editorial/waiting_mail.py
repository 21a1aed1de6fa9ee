"""Mail that does not get out, on the first page of the desk: `accounts`, whose mail it is, knows no desk."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import OutgoingMail
from editorial.cockpit import Attention, Group, may_look, register


def watch() -> None:
    """Tell the desk; called once all apps are there."""
    register(
        Attention(
            key="waiting mail",
            label=_("Mail that waits to get out"),
            group=Group.MACHINERY,
            kind=OutgoingMail,
            query={"waiting": "long"},
            narrow=lambda mails, request: mails.waiting_long(),
            may_see=may_look(OutgoingMail),
        )
    )
