"""The way in: an address, a code; and the way out."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlencode

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.addresses import address_tag
from accounts.audit import note_failure
from accounts.codes import send_code, sent_code
from accounts.factors import is_strong
from accounts.forms import AddressForm, CodeForm
from accounts.limits import wait_for
from accounts.models import FailedTry, User
from accounts.proof import SignedInRequest, ask_for_factor
from accounts.reading import passkeys_of, providers
from accounts.views.answers import destination, forward, next_path, onward, page
from accounts.views.refusals import too_many_requests


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return onward(request)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return mail_code(request, form.cleaned_data["email"])
    return door(request, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return onward(request)
    process = sent_code(request)
    if process is None:
        return door(
            request, problem=_("There is no code to enter any more: each keeps for ten minutes. Ask for another.")
        )
    form = CodeForm(request.POST if request.method == "POST" else None, expected=process.code)
    if request.method == "POST":
        if not ratelimit.consume(request, action="confirm_login_code", key=request.session.session_key):
            return too_many_requests(request)
        if form.is_valid():
            entered: HttpResponse = process.finish(destination(request))
            return entered
        if form.is_try:
            note_failure(FailedTry.Door.CODE, User.objects.of_address(process.address))
        if form.is_try and not process.record_invalid_attempt():
            return door(
                request, problem=_("That was the third wrong code, so the one we sent is void. Ask for another.")
            )
    return page(request, "code", form=form, email=process.address)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_again(request: SignedInRequest) -> HttpResponse:
    """Before something that a borrowed device must not do: a code to the account's own address, or its passkey."""
    if request.method == "POST":
        return mail_code(request, request.user.email.lower())
    return page(request, "again", user=request.user, passkeys=passkeys_of(request.user), is_number=has_number(request))


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("account")
    logout(request)
    return redirect("home")


@require_http_methods(["GET", "HEAD", "POST"])
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The door of the desk. Where a second factor is asked it is the one door of everybody, and no password opens it.

    Otherwise it is the admin's own, by password, with a limit on guesses: by network, and by the account that is tried.
    """
    if settings.STAFF_SECOND_FACTOR:
        return _to_desk(request)
    if request.method == "POST":
        tried = address_tag(request.POST.get("username", "")[:254].lower())
        if wait := wait_for(request, "admin_password", key=tried):
            return too_many_requests(request, seconds=wait)
    answer: HttpResponse = admin.site.login(request)
    return answer


def _to_desk(request: HttpRequest) -> HttpResponse:
    """One step nearer to the desk: in, then past the second factor, then to what was asked for."""
    wanted = next_path(request) or reverse("admin:index")
    if not isinstance(request.user, User):
        return redirect(f"{reverse('account_login')}?{urlencode({'next': wanted})}")
    if not (request.user.is_active and request.user.is_staff):
        return page(request, "no_desk", user=request.user, status=403)
    return redirect(wanted) if is_strong(request) else ask_for_factor(wanted)


@require_safe
def inactive(request: HttpRequest) -> HttpResponse:
    return page(request, "inactive")


@require_safe
def cancelled(request: HttpRequest) -> HttpResponse:
    return door(request, problem=_("You turned back at the provider, so nobody was signed in. The code works as ever."))


def door(request: HttpRequest, *, form: AddressForm | None = None, problem: str = "") -> HttpResponse:
    """The page everybody comes in by; it knows nobody."""
    return page(
        request,
        "sign_in",
        form=form or AddressForm(),
        problem=problem,
        providers=providers(),
        is_number=has_number(request),
    )


def mail_code(request: HttpRequest, email: str) -> HttpResponse:
    if not ratelimit.consume(request, action="request_login_code", key=address_tag(email)):
        return too_many_requests(request)
    if request.user.is_authenticated:
        logout(request)
    send_code(request, email)
    return forward(request, "account_confirm_login_code")


def has_number(request: HttpRequest) -> bool:
    """Whether the site is open under a number: browsers keep passkeys for names only."""
    host, _ = split_domain_port(request.get_host())
    try:
        return bool(ip_address(host.strip("[]")))
    except ValueError:
        return False
