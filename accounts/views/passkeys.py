"""Passkeys: made on a person's own page, used on the way in."""

from __future__ import annotations

import json

from allauth.account.models import Login
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import begin_authentication, begin_registration
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.factors import forget_lonely_codes, is_asked
from accounts.forms import UNKNOWN_PASSKEY, NameForm, PasskeyForm, SignInByPasskeyForm
from accounts.proof import SignedInRequest, recent_proof_required
from accounts.services import add_passkey, remove_passkey, rename_passkey
from accounts.views.answers import destination, page
from accounts.views.first_codes import first_codes
from accounts.views.refusals import too_many_requests
from accounts.views.sign_in import door, has_number


@require_POST
def challenge(request: HttpRequest) -> HttpResponse:
    """What static/js/passkey.js hands to the device before a sign-in; anybody may ask, it names nobody."""
    if not ratelimit.consume(request, action="passkey"):
        return too_many_requests(request)
    return JsonResponse(begin_authentication(None))


@require_POST
def sign_in_by_passkey(request: HttpRequest) -> HttpResponse:
    if not ratelimit.consume(request, action="passkey"):
        return too_many_requests(request)
    form = SignInByPasskeyForm(request.POST)
    if not form.is_valid():
        return door(request, problem=str(UNKNOWN_PASSKEY))
    passkey = form.cleaned_data["credential"]
    login = Login(user=passkey.user, redirect_url=destination(request))
    entered: HttpResponse = perform_passwordless_login(request, passkey, login)
    return entered


@recent_proof_required
@require_http_methods(["GET", "HEAD", "POST"])
def passkey_add(request: SignedInRequest) -> HttpResponse:
    form = PasskeyForm(request.POST if request.method == "POST" else None, user=request.user, initial={"name": ""})
    if form.is_valid():
        name = form.cleaned_data["name"]
        added = add_passkey(request.user, name=name, credential=form.cleaned_data["credential"])
        messages.success(request, _("Passkey “%(name)s” added. It signs you in from now on.") % {"name": name})
        return redirect("account") if not is_asked(request.user) else first_codes(request, added)
    options = json.dumps(begin_registration(request.user, passwordless=True))
    return page(request, "passkey_add", form=form, options=options, is_number=has_number(request))


@recent_proof_required
@require_http_methods(["GET", "HEAD", "POST"])
def passkey(request: SignedInRequest, pk: int) -> HttpResponse:
    """Rename or remove one."""
    found = get_object_or_404(Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN)
    name = found.wrap().name
    if request.method == "POST" and "remove" in request.POST:
        remove_passkey(found)
        forget_lonely_codes(request.user)
        messages.success(request, _("Passkey “%(name)s” removed here. Delete it on your device, too.") % {"name": name})
        return redirect("account")
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": name})
    if form.is_valid():
        rename_passkey(found, name=form.cleaned_data["name"])
        messages.success(request, _("That passkey is called “%(name)s” now.") % form.cleaned_data)
        return redirect("account")
    return page(request, "passkey", form=form, name=name)
