"""How a piece is shown before it is out. Whoever makes the public pages says how, for no app below knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.http import HttpResponse

from accounts.models import User
from editorial.models import Publishable

PRIVATE = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


class CannotShowError(Exception):
    """Why there is no preview, in a sentence for whoever asked for one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page with a piece in it as readers will get it.

    `is_out` says that nothing on it is a draft: it is what readers find at `address` anyway.
    """

    response: HttpResponse
    address: str
    is_out: bool


class Show(Protocol):
    def __call__(self, piece: Publishable, person: User, *, is_framed: bool) -> Shown: ...


_ways: list[Show] = []


def show_by(show: Show) -> None:
    """Have pieces shown by `show`, which is given a piece and who looks at it; called in an AppConfig.ready()."""
    _ways[:] = [show]


def show(piece: Publishable, person: User, *, is_framed: bool = False) -> Shown:
    """The page that readers will get, with what of it this person may see; CannotShowError where there is none.

    In a frame of the desk its links open beside it, for no other page of the site lets itself be framed.

    No cache keeps it and no robot lists it, wherever it is shown.
    """
    shown = _ways[0](piece, person, is_framed=is_framed)
    for name, value in PRIVATE.items():
        shown.response.headers[name] = value
    return shown
