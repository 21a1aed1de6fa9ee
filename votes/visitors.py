"""The reader behind a request: an account by its session, else a browser by the secret in its cookie.

The secret is made with the first vote, never when a page is read, so that pages stay the same for everyone.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from accounts.network import client_address
from accounts.sessions import signed_in_user
from votes.network import NO_TAGS, tags_of
from votes.services import Caller, adopt_votes, is_established

_SECRET = re.compile(r"[A-Za-z0-9_-]{22}")
_ONE_YEAR = 365 * 24 * 3600
_TOKEN_SECONDS = 3600
# By minute of the clock, as the limit itself counts; only the newest is kept.
_refused: dict[int, set[int]] = {}
_signer = signing.TimestampSigner(salt="votes.confirm")


@dataclass(slots=True)
class Visitor:
    """Who sent a request, and the browser's secret, old or new."""

    caller: Caller
    user: User | None
    secret: str
    is_new: bool

    @property
    def confirm_token(self) -> str:
        """What the confirm page carries: good for an hour, for this browser and this account alone."""
        return _signer.sign(self._bound_to)

    def has_token(self, token: str) -> bool:
        try:
            return _signer.unsign(token, max_age=_TOKEN_SECONDS) == self._bound_to
        except signing.BadSignature:
            return False

    @property
    def _bound_to(self) -> str:
        return f"{self.secret}:{self.user.pk if self.user else ''}"

    def remember(self, response: HttpResponse) -> None:
        """Give a new browser its secret, to be kept for a year."""
        if self.is_new:
            response.set_cookie(
                settings.VOTER_COOKIE_NAME,
                self.secret,
                max_age=_ONE_YEAR,
                secure=not settings.LOCAL,
                httponly=True,
                samesite="Lax",
            )

    def renew(self) -> None:
        """A browser whose votes an account took over begins anew."""
        self.secret, self.is_new = secrets.token_urlsafe(16), True
        self.caller = Caller(self.caller.tags, secret=self.secret.encode())


def visitor_of(request: HttpRequest, at: datetime | None = None) -> Visitor:
    """The reader of a request; asks the session only when there is one."""
    moment = at or timezone.now()
    # Looking is no vote: it needs no tag, and must not be what makes the day's key.
    tags = tags_of(client_address(request), moment) if request.method == "POST" else NO_TAGS
    user = signed_in_user(request)
    secret = _secret_of(request)
    if user:
        caller = Caller(tags, user_id=user.pk, is_established=is_established(user, moment))
    else:
        secret_or_new = secret or secrets.token_urlsafe(16)
        return Visitor(Caller(tags, secret=secret_or_new.encode()), None, secret_or_new, is_new=not secret)
    return Visitor(caller, user, secret, is_new=False)


def adopt_browser_votes(request: HttpRequest, user: User) -> None:
    """Called whenever somebody has signed in: what this browser voted becomes the account's."""
    secret = _secret_of(request)
    if secret:
        moment = timezone.now()
        tags = tags_of(client_address(request), moment)
        account = Caller(tags, user_id=user.pk, is_established=is_established(user, moment))
        adopt_votes(secret=secret.encode(), account=account, at=moment)


def was_refused(request: HttpRequest) -> bool:
    """Whether this browser has been told in this minute, by this process, that it changes too much.

    A flood from one browser is then answered without a query, so that other readers hardly feel it. Who sends other
    cookies each time is judged by the database each time.
    """
    return hash(request.META.get("HTTP_COOKIE")) in _refused.get(_this_minute(), ())


def note_refusal(request: HttpRequest) -> None:
    minute = _this_minute()
    if minute not in _refused:
        _refused.clear()
    _refused.setdefault(minute, set()).add(hash(request.META.get("HTTP_COOKIE")))


def _this_minute() -> int:
    return int(time.time() // 60)


def _secret_of(request: HttpRequest) -> str:
    """The cookie's secret; a cookie that we cannot have made counts as none."""
    secret = request.COOKIES.get(settings.VOTER_COOKIE_NAME, "")
    return secret if _SECRET.fullmatch(secret) else ""
