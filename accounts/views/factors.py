"""The second factor of who works at the desk: shown on the way in, made and taken away on their own page."""

from __future__ import annotations

from functools import wraps
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import factors as ours
from accounts.addresses import address_tag
from accounts.audit import Action, note, note_failure
from accounts.forms import AppForm, FactorForm
from accounts.limits import wait_for
from accounts.models import FailedTry
from accounts.proof import SignedInRequest, View, is_recent, recent_proof_required
from accounts.qr import modules_of
from accounts.reading import passkeys_of
from accounts.views.answers import forward, onward, page
from accounts.views.first_codes import first_codes
from accounts.views.refusals import too_many_requests
from accounts.views.sign_in import has_number

_SECRET = "factor_secret"  # noqa: S105 - its place in the session, where it lies locked


def desk_alone(view: View) -> View:
    """For readers these pages do not exist: a passkey and the emailed code are all they need."""

    @login_required
    @wraps(view)
    def checking(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return checking


@desk_alone
@require_http_methods(["GET", "HEAD", "POST"])
def factor(request: SignedInRequest) -> HttpResponse:
    """Asks for the second factor; who has none yet chooses one here."""
    held = ours.factors_of(request.user)
    if not held.has_any:
        return page(request, "factor_choose", user=request.user)
    if ours.is_strong(request) and is_recent(request):
        return onward(request)
    form = FactorForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST":
        if wait := _wait(request):
            return too_many_requests(request, seconds=wait)
        if form.is_valid() and form.factor:
            return _shown(request, form.factor)
        if form.is_try:
            note_failure(FailedTry.Door.FACTOR, request.user)
    passkeys = passkeys_of(request.user)
    return page(request, "factor", form=form, held=held, passkeys=passkeys, is_number=has_number(request))


def _wait(request: SignedInRequest, *, setting_up: bool = False) -> int:
    """A mistyped code while an app is set up takes none of the tries at the door."""
    whose = f"{request.user.pk} {'app' if setting_up else 'door'}"
    return wait_for(request, "second_factor", key=address_tag(whose))


def _shown(request: SignedInRequest, shown: Authenticator) -> HttpResponse:
    ours.show(request, shown)
    note(by=request.user, action=Action.SHOWED_FACTOR, words=str(shown.get_type_display()))
    if shown.type == Authenticator.Type.RECOVERY_CODES:
        left = len(ours.unused_codes(shown))
        words = ngettext("That code is used up; %(left)s is left.", "That code is used up; %(left)s are left.", left)
        messages.success(request, words % {"left": left})
    return onward(request)


@desk_alone
@recent_proof_required
@require_http_methods(["GET", "HEAD", "POST"])
def app(request: SignedInRequest) -> HttpResponse:
    """Set up an app that shows codes, or take it away."""
    if ours.factors_of(request.user).app:
        return _app_there(request)
    form = AppForm(request.POST if request.method == "POST" else None)
    secret = _secret_of(request)
    if request.method == "POST" and (wait := _wait(request, setting_up=True)):
        return too_many_requests(request, seconds=wait)
    if form.is_valid():
        if added := ours.add_app(request.user, secret=secret, code=form.cleaned_data["code"]):
            del request.session[_SECRET]
            messages.success(request, _("The app is set up."))
            return first_codes(request, added)
        form.add_error("code", _("That is not this app’s code. Scan the square once more, or check the clock."))
    address = get_adapter().build_totp_url(request.user, secret)
    return page(request, "app_add", form=form, secret=_in_fours(secret), address=address, qr=modules_of(address))


def _app_there(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST" and "remove" in request.POST:
        ours.remove_app(request.user)
        note(by=request.user, action=Action.CHANGED, about=request.user, words=_("Removed the authenticator app"))
        messages.success(request, _("The app is removed here. Delete its entry on your phone, too."))
        return redirect("account")
    return page(request, "app")


@desk_alone
@recent_proof_required
@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: SignedInRequest) -> HttpResponse:
    """Recovery codes: shown until their owner says that they are kept, and never again."""
    held = ours.factors_of(request.user)
    if not held.has_any:
        return forward(request, "account_factor")
    if "renew" in request.POST:
        ours.renew_codes(request.user)
        note(by=request.user, action=Action.CHANGED, about=request.user, words=_("Made new recovery codes"))
        return forward(request, "account_codes")
    if "kept" in request.POST and held.codes:
        ours.keep_codes(held.codes)
        messages.success(request, _("They are not shown again. Each opens the desk once."))
        return onward(request)
    shown = _spaced(held) if held.codes_wait else []
    return page(request, "codes", held=held, codes=shown)


@desk_alone
@recent_proof_required
@require_safe
def codes_file(request: SignedInRequest) -> HttpResponse:
    held = ours.factors_of(request.user)
    if not held.codes_wait:
        return forward(request, "account_codes")
    title = _("Recovery codes for the desk of Drydock at %(host)s. Each works once.") % {"host": request.get_host()}
    lines = "\n".join([title, "", *_spaced(held), ""])
    headers = {"Content-Disposition": 'attachment; filename="drydock-recovery-codes.txt"'}
    return HttpResponse(lines, content_type="text/plain; charset=utf-8", headers=headers)


def _spaced(held: ours.Factors) -> list[str]:
    return [_in_fours(code) for code in ours.unused_codes(held.codes)] if held.codes else []


def _in_fours(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _secret_of(request: HttpRequest) -> str:
    """The secret of the app that is being set up. It stays until then: a wrong code does not void the square."""
    try:
        return str(decrypt(request.session[_SECRET]))
    except (KeyError, InvalidToken):
        secret = str(generate_totp_secret())
        request.session[_SECRET] = encrypt(secret)
        return secret
