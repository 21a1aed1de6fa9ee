"""How the pages of an account answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.account.utils import get_next_redirect_url
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse


def page(request: HttpRequest, template: str, /, *, status: int = 200, **names: Any) -> HttpResponse:
    """A page of ours, with what an action before it had to say."""
    said = [(message.level_tag, str(message)) for message in get_messages(request)]
    return render(
        request, f"account/{template}.html", {"said": said, "next": next_path(request), **names}, status=status
    )


def next_path(request: HttpRequest) -> str:
    """Where the reader wants to be afterwards: a path of this site, or nothing."""
    return get_next_redirect_url(request) or ""


def destination(request: HttpRequest) -> str:
    """Where a finished sign-in leads: where the reader wanted to be, else their own page."""
    return next_path(request) or reverse("account")


def onward(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(destination(request))


def forward(request: HttpRequest, name: str) -> HttpResponseRedirect:
    """To another page of the sign-in, which will know where the reader wants to be afterwards."""
    wanted = next_path(request)
    return HttpResponseRedirect(reverse(name) + (f"?{urlencode({'next': wanted})}" if wanted else ""))
