"""What a subscriber changes by a signed link, without an account."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.refusals import too_many_requests
from newsletter.forms import Follow, MailboxForm, PauseForm
from newsletter.links import number_of_unsubscribe, of_preferences, unsubscribe_path
from newsletter.models import Subscriber
from newsletter.services import (
    ask_for_address,
    change_preferences,
    erase,
    pause,
    records_of,
    resume,
    unsubscribe_number,
)
from newsletter.views.answers import View, network_tag, page, private


def by_link(view: View) -> View:
    """Hand the view the subscriber of a signed link; without one the reader is told that the link leads nowhere."""

    @private
    @wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        subscriber = of_preferences(token)
        if subscriber is None:
            return page(request, "lost", status=404)
        return view(request, token, subscriber)

    return answer


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str, subscriber: Subscriber) -> HttpResponse:
    if subscriber.state != Subscriber.State.ACTIVE:
        return page(request, "ended", subscriber=subscriber, token=token)
    if request.method != "POST":
        return _page(request, token, subscriber)
    follow = Follow.read(request.POST)
    if follow.problem:
        return _page(request, token, subscriber, follow=follow)
    change_preferences(subscriber, wishes=follow.wishes, only_followed=follow.only_followed)
    return _back(token, "saved")


@by_link
@require_POST
def pause_mail(request: HttpRequest, token: str, subscriber: Subscriber) -> HttpResponse:
    if "resume" in request.POST:
        resume(subscriber)
        return _back(token, "resumed")
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _page(request, token, subscriber, pause=form)
    pause(subscriber, weeks=form.cleaned_data["weeks"])
    return _back(token, "paused")


@by_link
@require_POST
def address(request: HttpRequest, token: str, subscriber: Subscriber) -> HttpResponse:
    """Another address: a mail goes there first, and what comes back is the same for every address."""
    form = MailboxForm(request.POST)
    if not form.is_valid():
        return _page(request, token, subscriber, mailbox=form)
    asked = {"mailbox": form.cleaned_data["email"], "form": "preferences", "network_tag": network_tag(request)}
    if not ask_for_address(subscriber=subscriber, **asked):
        return too_many_requests(request)
    return _back(token, "asked")


@by_link
@require_safe
def export(request: HttpRequest, token: str, subscriber: Subscriber) -> HttpResponse:
    return JsonResponse(
        records_of(subscriber),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": 'attachment; filename="drydock-weekly-email.json"'},
    )


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def erase_page(request: HttpRequest, token: str, subscriber: Subscriber) -> HttpResponse:
    if request.method != "POST":
        return page(request, "erase", subscriber=subscriber, token=token, is_done=False)
    erase(subscriber, form="preferences")
    return page(request, "erase", is_done=True)


@csrf_exempt  # the signed link is the permission; mail programs send the form themselves, without a cookie (RFC 8058)
@private
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """One button that ends the mail. Looking at the page changes nothing: programs follow links in mails."""
    number = number_of_unsubscribe(token)
    if number is None:
        return page(request, "lost", status=404)
    if request.method == "POST":
        is_one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        unsubscribe_number(number, "one click in a mail program" if is_one_click else "button on the page")
    return page(request, "unsubscribe", is_done=request.method == "POST")


def _back(token: str, said: str) -> HttpResponse:
    response = redirect("newsletter_preferences", token)
    response["Location"] += f"?{said}"
    return response


def _page(request: HttpRequest, token: str, subscriber: Subscriber, **forms: Any) -> HttpResponse:
    """The whole page, with whichever form was sent with a mistake in it."""
    names: dict[str, Any] = {
        "token": token,
        "subscriber": subscriber,
        "leave": unsubscribe_path(subscriber),
        "said": next(iter(request.GET), ""),
        "follow": forms.get("follow") or Follow.of(subscriber),
        "mailbox": forms.get("mailbox") or MailboxForm(),
        "pause": forms.get("pause") or PauseForm(),
    }
    return page(request, "preferences", **names)
