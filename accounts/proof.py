"""How long ago a signed-in person has last shown who they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.factors import has_factor, is_asked, is_strong
from accounts.models import User

RECENT_SECONDS = 10 * 60
View = Callable[..., HttpResponse]


class SignedInRequest(HttpRequest):
    """What a view behind `login_required` or `recent_proof_required` gets."""

    user: User


def is_recent(request: HttpRequest) -> bool:
    """Whether this session signed in by code, passkey or provider within ten minutes. A password does not count."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < RECENT_SECONDS


def ask_again(address: str) -> HttpResponseRedirect:
    """Send somebody to sign in once more."""
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': address})}")


def recent_proof_required(view: View) -> View:
    """For what a borrowed device must not be able to do: ask who has not signed in recently to do it once more."""

    @login_required
    @wraps(view)
    def asking(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if owes_factor(request):
            return ask_for_factor(request.get_full_path())
        return view(request, *args, **kwargs) if is_recent(request) else ask_again(request.path)

    return asking


def ask_for_factor(address: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('account_factor')}?{urlencode({'next': address})}")


def owes_factor(request: SignedInRequest) -> bool:
    """Whether somebody of the desk has a factor and has not shown it yet.

    Until then their keys are out of reach: who reads only their mailbox could add one of their own and come in by that.
    Whoever has none yet makes the first on the word of the mailbox alone.
    """
    return is_asked(request.user) and not is_strong(request) and has_factor(request.user)


def factor_required(view: View) -> View:
    """For what the desk knows about somebody: not told to who has shown an emailed code alone."""

    @login_required
    @wraps(view)
    def asking(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_let_in = not is_asked(request.user) or is_strong(request)
        return view(request, *args, **kwargs) if is_let_in else ask_for_factor(request.path)

    return asking
