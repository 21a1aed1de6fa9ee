"""What a reader sees when there is no page, or when we broke one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from comparisons.opendata.problems import Problem
from comparisons.views.open_answers import API, problem_answer


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return problem_answer(request, Problem(404, "There is nothing at this address. /api/v1/ lists what there is."))
    return render(request, "comparisons/not_found.html", status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return problem_answer(request, Problem(400, "Check the address and the headers of the request."))
    return _refused(
        request, 400, _("That request made no sense to us"), _("Go back, load the page again and try once more.")
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return problem_answer(request, Problem(403, "Nothing here needs a permission: check the address."))
    return _refused(
        request, 403, _("That door is closed to you"), _("Sign in with an account that may enter, or go back.")
    )


def not_from_here(request: HttpRequest, reason: str = "") -> HttpResponse:
    words = _("The form did not come from a page of ours, or was open for too long. Load the page again and send it.")
    return _refused(request, 403, _("We did not take that"), words)


def _refused(request: HttpRequest, status: int, title: str, words: str) -> HttpResponse:
    return render(request, "comparisons/refused.html", {"title": title, "words": words}, status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks neither the database nor the session: it must work when they do not."""
    if request.path.startswith(API):
        return problem_answer(request, Problem(500, "We were told. Try again in a minute."))
    return render(request, "comparisons/server_error.html", status=500)
