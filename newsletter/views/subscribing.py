"""Subscribe, and what comes after it until the button in the mail is pressed."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guard import Origin, origin_of
from accounts.proof import SignedInRequest
from accounts.views.refusals import too_many_requests
from newsletter import limits
from newsletter.forms import Follow, SubscribeForm, seen_now, was_seen_a_while
from newsletter.links import preferences_path, preferences_token, unsubscribe_path
from newsletter.models import Subscriber
from newsletter.services import Standing, confirm, link_account, look_at, subscribe
from newsletter.views.answers import network_tag, page, private, refuse

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_COOKIE_SECONDS = 15 * 60
_STATUS = {Standing.LOST: 404}


@csrf_exempt  # cached pages carry no token: the guard looks at where the form was sent from
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe_form(request: HttpRequest) -> HttpResponse:
    """The form with what may be followed, the same bytes for everyone; and the place that every form is sent to."""
    if request.method != "POST":
        return page(request, "subscribe", form=SubscribeForm(), follow=Follow.read(request.GET), is_private=False)
    origin = origin_of(request)
    if origin is Origin.CROSS:
        return refuse(request)
    if origin is Origin.SAME and SubscribeForm(request.POST).has_waited:
        return _take(request, "form on a page")
    return _press_again(request)


@private
@require_POST
def subscribe_again(request: HttpRequest) -> HttpResponse:
    """The same from a page with a token and a time, for browsers that did not say enough."""
    if was_seen_a_while(request.POST.get("seen", "")):
        return _take(request, "form with a token")
    return _press_again(request)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """What everybody reads afterwards, whatever address was typed."""
    return page(request, "sent")


@private
@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a mail: takes the token out of the address, and looks at nothing."""
    response = HttpResponseRedirect(reverse("newsletter_confirm"), status=303)
    response.set_cookie(
        settings.CONFIRM_COOKIE_NAME,
        token if _TOKEN.fullmatch(token) else "",
        max_age=_COOKIE_SECONDS,
        secure=not settings.LOCAL,
        httponly=True,
        samesite="Lax",
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@private
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: HttpRequest) -> HttpResponse:
    """One button. Looking at the page changes nothing: programs follow links in mails."""
    token = request.COOKIES.get(settings.CONFIRM_COOKIE_NAME, "")
    if request.method != "POST":
        proved = look_at(token)
        return page(request, "confirm", _STATUS.get(proved.standing, 200), proved=proved)
    done = confirm(token, form="button in a mail", network_tag=network_tag(request))
    if done.subscriber is None:
        return page(request, "confirm", _STATUS.get(done.proved.standing, 200), proved=done.proved)
    links: dict[str, Any] = {
        "preferences": preferences_path(done.subscriber),
        "leave": unsubscribe_path(done.subscriber),
    }
    return page(request, "confirmed", proved=done.proved, subscriber=done.subscriber, **links)


@private
@login_required
@require_safe
def own(request: SignedInRequest) -> HttpResponse:
    """From an account to the preferences of its address, or to the form with the address filled in."""
    subscriber = link_account(request.user)
    if subscriber and subscriber.state == Subscriber.State.ACTIVE:
        return redirect("newsletter_preferences", preferences_token(subscriber))
    form = SubscribeForm(initial={"email": request.user.email})
    return page(request, "subscribe", form=form, follow=Follow(), is_private=True, seen=seen_now(), is_again=False)


def _take(request: HttpRequest, how: str) -> HttpResponse:
    form, follow = SubscribeForm(request.POST), Follow.read(request.POST)
    if form.is_trapped:
        return redirect("newsletter_sent")
    if not form.is_valid() or follow.problem:
        return _form_page(request, form, follow, is_again=False)
    tag = network_tag(request)
    if not limits.take(limits.FORMS, tag):
        return too_many_requests(request)
    subscribe(mailbox=form.cleaned_data["email"], wishes=follow.wishes, form=how, network_tag=tag)
    return redirect("newsletter_sent")


def _press_again(request: HttpRequest) -> HttpResponse:
    form, follow = SubscribeForm(request.POST), Follow.read(request.POST)
    return _form_page(request, form, follow, is_again=form.is_valid() and not follow.problem)


@private
def _form_page(request: HttpRequest, form: SubscribeForm, follow: Follow, *, is_again: bool) -> HttpResponse:
    names: dict[str, Any] = {"form": form, "follow": follow, "is_again": is_again}
    return page(request, "subscribe", is_private=True, seen=seen_now(), **names)
