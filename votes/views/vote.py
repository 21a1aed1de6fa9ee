"""Cast, change or withdraw a vote, and see one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guard import Origin, origin_of
from votes.answers import full_answer, message, own_answer
from votes.forms import FORM_TYPES, JSON_TYPE, BallotForm, is_json, read_ballot
from votes.reading import VotedTool, find_voted_tool, find_voted_tools
from votes.services import (
    BrowserAdoptedError,
    OwnVote,
    TooManyChangesError,
    VoteStanding,
    VotingPausedError,
    cast_vote,
    own_votes,
    sweep_once_a_minute,
)
from votes.visitors import Visitor, visitor_of

MOST_ASKED = 8
NOT_FROM_HERE = "The vote did not come from a page of ours. Open the tool's page and vote there."
NO_CHOICE = "Choose ship or skip, or none to take your vote back."
NO_SENSE = "That request made no sense to us. Open the tool's page and vote there."
TOO_MANY = "That was a lot of changes of mind. Wait a minute, then vote again; nothing was lost."
UNREACHABLE = "The vote did not reach our database. Try again in a minute; nothing was counted twice."
View = Callable[[HttpRequest, str], HttpResponse]


def honest_when_unreachable(view: View) -> View:
    """A vote that could not be kept is never acknowledged: 503, and nothing was changed."""

    @wraps(view)
    def answer(request: HttpRequest, slug: str) -> HttpResponse:
        try:
            return view(request, slug)
        except OperationalError:
            return _refusal(request, UNREACHABLE, 503, retry_after=60)

    return answer


@csrf_exempt  # the page is cached and has no token: accounts.guard decides
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@honest_when_unreachable
def vote(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows one's own vote on a tool; POST sets it: the same request again gives the same answer."""
    tool = find_voted_tool(slug)
    if tool is None:
        return _refusal(request, "No tool of ours has this address.", 404)
    if request.method != "POST":
        return _own_page(request, tool)
    origin = origin_of(request)
    if origin is Origin.CROSS or request.content_type not in (*FORM_TYPES, JSON_TYPE):
        return _refusal(request, NOT_FROM_HERE, 403)
    ballot = read_ballot(request)
    if not ballot.is_valid():
        return _refusal(request, NO_CHOICE if "choice" in ballot.errors else NO_SENSE, 400)
    visitor = visitor_of(request)
    if origin is Origin.UNKNOWN and not visitor.has_token(ballot.cleaned_data["token"]):
        return _ask_to_confirm(request, tool, ballot, visitor)
    response = _cast(request, tool, ballot, visitor)
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


def _cast(request: HttpRequest, tool: VotedTool, ballot: BallotForm, visitor: Visitor) -> HttpResponse:
    now, choice = timezone.now(), ballot.cleaned_data["choice"]
    try:
        try:
            own = cast_vote(caller=visitor.caller, tool=tool.pk, choice=choice, at=now)
        except BrowserAdoptedError:
            visitor.renew()
            own = cast_vote(caller=visitor.caller, tool=tool.pk, choice=choice, at=now)
    except TooManyChangesError:
        return _refusal(request, TOO_MANY, 429, retry_after=60)
    except VotingPausedError:
        return _refusal(request, f"Voting on {tool.name} is paused while we look at a burst of votes.", 409)
    sweep_once_a_minute(now)
    if is_json(request):
        answer = full_answer(tool.slug, tool.pk, own, is_signed_in=bool(visitor.user))
        return JsonResponse(answer, status=202 if own.standing == VoteStanding.PENDING else 200)
    back = ballot.cleaned_data["next"] or tool.url
    return HttpResponseRedirect(f"{back}#vote-{tool.slug}-{own.standing}", status=303)


def _own_page(request: HttpRequest, tool: VotedTool) -> HttpResponse:
    visitor = visitor_of(request)
    own = own_votes(caller=visitor.caller, tools=[tool.pk]).get(tool.pk, OwnVote())
    said = message(own, is_signed_in=bool(visitor.user))
    context = {"tool": tool, "own": own, "message": said, "is_signed_in": bool(visitor.user)}
    return render(request, "votes/vote.html", context)


def _ask_to_confirm(request: HttpRequest, tool: VotedTool, ballot: BallotForm, visitor: Visitor) -> HttpResponse:
    """A browser that does not say where the vote comes from gets one button, so that no vote fails silently."""
    if is_json(request):
        return _refusal(request, NOT_FROM_HERE, 403)
    context = {"tool": tool, "ballot": ballot, "token": visitor.confirm_token}
    response = render(request, "votes/confirm.html", context, status=403)
    visitor.remember(response)
    return response


def _refusal(request: HttpRequest, words: str, status: int, retry_after: int | None = None) -> HttpResponse:
    response: HttpResponse
    if is_json(request):
        response = JsonResponse({"error": words}, status=status)
    else:
        response = render(request, "votes/refused.html", {"words": words}, status=status)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response
