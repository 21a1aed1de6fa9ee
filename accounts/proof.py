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
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': address})}")


def recent_proof_required(view: View) -> View:
    """For what a borrowed device must not be able to do: ask who has not signed in recently to do it once more."""

    @login_required
    @wraps(view)
    def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if is_recent(request) else ask_again(request.path)

    return asking
