"""The public page with a draft in it: the real view, run while the draft is public to its own transaction alone.

Nothing here reads drafts for readers: the queries of public pages know one condition and keep it. See
docs/decisions/0027.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, resolve
from django.utils.translation import gettext as _

from accounts.models import User
from comparisons.models import Comparison, Receipt
from editorial.models import Publishable
from editorial.permissions import visible
from editorial.previews.links import may_see
from editorial.previews.showing import CannotShowError, Shown
from editorial.services import as_if_published
from reviews.models import Review
from tools.models import Tool


@dataclass(frozen=True, slots=True)
class Preview:
    """What the templates say of a preview: whether all of it is out, and whether it stands in a frame of the desk.

    Receipts after `last_receipt` are written for the preview alone: their numbers will be others'.
    """

    is_out: bool
    is_framed: bool
    last_receipt: int


_under_way: ContextVar[Preview | None] = ContextVar("preview_under_way", default=None)


def preview_under_way() -> Preview | None:
    """The preview that is being printed, if one is: templates then say so, and take no votes."""
    return _under_way.get()


def show_before(piece: Publishable, person: User, *, is_framed: bool) -> Shown:
    """The page that readers will find the piece on, with the drafts that hang on it and that this person may see.

    CannotShowError, in a sentence, where that page cannot be had.
    """
    drafts = _drafts_with(piece, person)
    try:
        address = address_of(piece)
        with _under(Preview(not drafts, is_framed, _last_receipt())), as_if_published(drafts):
            response = _answer_at(address)
    except (NoReverseMatch, Http404) as problem:
        said = _("There is no public page for %(piece)s.")
        raise CannotShowError(said % {"piece": piece}) from problem
    except OperationalError as problem:
        said = _("Somebody is saving %(piece)s at this moment. Load this page again.")
        raise CannotShowError(said % {"piece": piece}) from problem
    return Shown(response, address, is_out=not drafts)


def address_of(piece: Any) -> str:
    """Where readers will find a piece: a review is on its tool's page."""
    return str((piece.tool if isinstance(piece, Review) else piece).get_absolute_url())


def _last_receipt() -> int:
    return Receipt.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _drafts_with(piece: Publishable, person: User) -> list[Publishable]:
    """What has to be public for this preview and is not, tools before what is about them."""
    match piece:
        case Tool():
            return [*_unless_out(piece), *_reviews_of(piece, person)]
        case Review():
            rivals = piece.rivals().exists() if piece.status == Review.Status.WITHDRAWN else False
            if rivals:
                said = _("There is another review for %(review)s, so this one has no place on the page.")
                raise CannotShowError(said % {"review": piece})
            tools, about = [piece.tool], _unless_out(piece)
        case Comparison():
            tools, about = [piece.first_tool, piece.second_tool], _unless_out(piece)
        case _:
            return _unless_out(piece)
    brought = [draft for tool in tools for draft in _brought_by(tool, person)]
    return [*brought, *(draft for draft in about if draft not in brought)]


def _brought_by(tool: Tool, person: User) -> list[Publishable]:
    """A tool that is out already is shown as it stands; another comes with all that hangs on it."""
    drafts = _unless_out(tool)
    if drafts and not may_see(person, tool):
        said = _("%(tool)s is not out, and you may not see its draft. Ask an editor for a preview.")
        raise CannotShowError(said % {"tool": tool})
    return [*drafts, *_reviews_of(tool, person)] if drafts else []


def _unless_out(piece: Publishable) -> list[Publishable]:
    if piece.is_closed:
        said = _("%(piece)s is part of another tool now, and has no page of its own.")
        raise CannotShowError(said % {"piece": piece})
    kind: Any = type(piece)
    return [] if kind.objects.published().filter(pk=piece.pk).exists() else [piece]


def _reviews_of(tool: Tool, person: User) -> list[Review]:
    """The reviews of a tool that are not out and not withdrawn, as far as this person may see them."""
    reviews = Review.objects.filter(visible(person, Review), tool=tool).exclude(status=Review.Status.WITHDRAWN)
    return list(reviews.exclude(pk__in=Review.objects.published().filter(tool=tool).values("pk")))


def _answer_at(address: str) -> HttpResponse:
    """What the site answers a reader who has no cookie; through the view alone, so that no layer keeps it."""
    asked = HttpRequest()
    asked.method, asked.path, asked.path_info = "GET", address, address
    match = asked.resolver_match = resolve(address)
    response: HttpResponse = match.func(asked, *match.args, **match.kwargs)
    if response.status_code != 200:
        raise Http404
    return response


@contextmanager
def _under(preview: Preview) -> Iterator[None]:
    token = _under_way.set(preview)
    try:
        yield
    finally:
        _under_way.reset(token)
