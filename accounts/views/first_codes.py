from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts import factors as ours
from accounts.audit import Action, note
from accounts.proof import SignedInRequest
from accounts.views.answers import forward


def first_codes(request: SignedInRequest, added: Authenticator) -> HttpResponse:
    """After a factor was made: it counts as shown, and its recovery codes are next."""
    ours.ensure_codes(request.user)
    ours.show(request, added)
    words = _("Added a second factor: %(kind)s") % {"kind": added.get_type_display()}
    note(by=request.user, action=Action.CHANGED, about=request.user, words=words)
    return forward(request, "account_codes")
