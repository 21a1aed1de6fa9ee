"""The weekly email on the page of an account: what is subscribed under its address, or the button for that."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.proof import SignedInRequest
from accounts.views.refusals import too_many_requests
from newsletter import limits
from newsletter.forms import Follow
from newsletter.links import preferences_token, unsubscribe_path
from newsletter.models import Subscriber
from newsletter.services import Joined, link_account, look_at_account, subscribe_account
from newsletter.views.answers import network_tag, private


def own_section(user: User) -> dict[str, Any]:
    """What templates/newsletter/_account.html shows."""
    subscriber = link_account(user)
    if subscriber is None or subscriber.state != Subscriber.State.ACTIVE:
        return {"subscriber": None, "press": look_at_account(user).name, "address": user.email}
    return {
        "subscriber": subscriber,
        "token": preferences_token(subscriber),
        "leave": unsubscribe_path(subscriber),
        "follow": Follow.of(subscriber),
    }


@private
@login_required
@require_POST
def subscribe_own(request: SignedInRequest) -> HttpResponse:
    """The press of the button on the page of an account."""
    tag = network_tag(request)
    if not limits.take(limits.FORMS, tag):
        return too_many_requests(request)
    _tell(request, subscribe_account(request.user, network_tag=tag))
    response = redirect("account")
    response["Location"] += "#weekly"
    return response


def _tell(request: HttpRequest, joined: Joined) -> None:
    if joined == Joined.DONE:
        messages.success(request, _("You are on the list. The next issue comes to you."))
    elif joined == Joined.ASKED:
        messages.success(request, _("A mail with one button is on its way to you. Press it, and you are on the list."))
    else:
        messages.error(request, _("We do not write to this address."))
