"""Cast, change or withdraw a vote, and see one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from http import HTTPStatus

from django.db import IntegrityError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guard import Origin, origin_of
from tools.renames import follows_renames
from votes.answers import full_answer, message, own_answer
from votes.forms import FORM_TYPES, JSON_TYPE, Ballot, NoBallotError, is_json, read_ballot
from votes.reading import find_voted_tools, voted_tool
from votes.services import (
    BrowserAdoptedError,
    NoSuchToolError,
    OwnVote,
    TooManyChangesError,
    VoteStanding,
    VotingPausedError,
    cast_vote_by_slug,
    own_votes,
    sweep_once_a_minute,
)
from votes.visitors import Visitor, note_refusal, visitor_of, was_refused

MOST_ASKED = 8
NOT_FROM_HERE = gettext_lazy("The vote did not come from a page of ours. Open the tool's page and vote there.")
TOO_MANY = gettext_lazy("That was a lot of changes of mind. Wait a minute, then vote again; nothing was lost.")
NO_COOKIE = gettext_lazy(
    "Your browser keeps no cookies from us, and this way of voting needs one: it says that the press was yours. "
    "Allow cookies for this site, then vote again on the tool's page."
)
UNREACHABLE = gettext_lazy("The vote did not reach our database. Try again in a minute; nothing was counted twice.")
View = Callable[[HttpRequest, str], HttpResponse]


def honest_when_unreachable(view: View) -> View:
    """A vote that could not be kept is never acknowledged: 503, and nothing was changed."""

    @wraps(view)
    def answer(request: HttpRequest, slug: str) -> HttpResponse:
        try:
            return view(request, slug)
        except NoSuchToolError:
            return _refusal(request, _("No tool of ours has this address."), 404)
        except (OperationalError, InternalError, IntegrityError):  # away, busy, read-only, or an account just deleted
            return _refusal(request, UNREACHABLE, 503, retry_after=60)

    return answer


def spared_from_floods(view: View) -> View:
    """A browser that was refused goes on being refused until the minute is over, before anything else is asked."""

    @wraps(view)
    def answer(request: HttpRequest, slug: str) -> HttpResponse:
        if request.method == "POST" and was_refused(request):
            return _refusal(request, TOO_MANY, 429, retry_after=60)
        response = view(request, slug)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            note_refusal(request)
        return response

    return answer


@csrf_exempt  # the page is cached and has no token: accounts.guard decides
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@follows_renames()
@spared_from_floods
@honest_when_unreachable
def vote(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows one's own vote on a tool; POST sets it: the same request again gives the same answer."""
    if request.method != "POST":
        return _own_page(request, slug)
    origin = origin_of(request)
    if origin is Origin.CROSS or request.content_type not in (*FORM_TYPES, JSON_TYPE):
        return _refusal(request, NOT_FROM_HERE, 403)
    try:
        ballot = read_ballot(request)
    except NoBallotError as error:
        return _refusal(request, str(error), 400)
    visitor = visitor_of(request)
    if origin is Origin.UNKNOWN and not visitor.has_token(ballot.token):
        return _ask_to_confirm(request, slug, ballot, visitor)
    response = _cast(request, slug, ballot, visitor)
    visitor.remember(response)
    return response


@never_cache
@require_safe
def my_votes(request: HttpRequest) -> HttpResponseBase:
    """One's own votes on the tools of a page, for its script; asked only by browsers that have voted or signed in."""
    asked = [slug for slug in request.GET.getlist("tool")[:MOST_ASKED] if "\0" not in slug]  # PostgreSQL takes none
    tools = find_voted_tools(asked)
    visitor = visitor_of(request)
    found = own_votes(caller=visitor.caller, tools=[tool.pk for tool in tools])
    mine = {tool.slug: found.get(tool.pk, OwnVote()) for tool in tools}
    return JsonResponse(
        {"votes": {slug: own_answer(own, is_signed_in=bool(visitor.user)) for slug, own in mine.items()}}
    )


def _cast(request: HttpRequest, slug: str, ballot: Ballot, visitor: Visitor) -> HttpResponse:
    now = timezone.now()
    cast = partial(cast_vote_by_slug, slug=slug, choice=ballot.choice, at=now, with_numbers=is_json(request))
    try:
        try:
            own, crowds = cast(caller=visitor.caller)
        except BrowserAdoptedError:
            visitor.renew()
            own, crowds = cast(caller=visitor.caller)
    except TooManyChangesError:
        return _refusal(request, TOO_MANY, 429, retry_after=60)
    except VotingPausedError:
        words = _("Voting on %(name)s is paused while we look at a burst of votes.") % {"name": voted_tool(slug).name}
        return _refusal(request, words, 409)
    sweep_once_a_minute(now)
    if is_json(request):
        answer = full_answer(slug, own, crowds, is_signed_in=bool(visitor.user))
        return JsonResponse(answer, status=202 if own.standing == VoteStanding.PENDING else 200)
    back = ballot.next or reverse("tool", args=[slug])
    return HttpResponseRedirect(f"{back}#vote-{slug}-{own.standing}", status=303)


def _own_page(request: HttpRequest, slug: str) -> HttpResponse:
    tool, visitor = voted_tool(slug), visitor_of(request)
    own = own_votes(caller=visitor.caller, tools=[tool.pk]).get(tool.pk, OwnVote())
    said = message(own, is_signed_in=bool(visitor.user))
    context = {"tool": tool, "own": own, "message": said, "is_signed_in": bool(visitor.user)}
    return render(request, "votes/vote.html", context)


def _ask_to_confirm(request: HttpRequest, slug: str, ballot: Ballot, visitor: Visitor) -> HttpResponse:
    """A browser that does not say where the vote comes from gets one button, so that no vote fails silently."""
    if is_json(request):
        return _refusal(request, NOT_FROM_HERE, 403)
    if ballot.token and visitor.is_new:  # the button was pressed, and the cookie that came with it is not there
        return _refusal(request, NO_COOKIE, 403)
    context = {"tool": voted_tool(slug), "ballot": ballot, "token": visitor.confirm_token}
    response = render(request, "votes/confirm.html", context, status=403)
    visitor.remember(response)
    return response


def _refusal(request: HttpRequest, words: str | Promise, status: int, retry_after: int | None = None) -> HttpResponse:
    response: HttpResponse
    if is_json(request):
        response = JsonResponse({"error": str(words)}, status=status)
    else:
        response = render(request, "votes/refused.html", {"words": words}, status=status)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response
