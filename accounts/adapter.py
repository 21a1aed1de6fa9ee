"""What django-allauth asks us about: mail, words, where a request comes from and where it may go."""

from __future__ import annotations

import base64
import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.addresses import clean_address
from accounts.factors import may_open_desk
from accounts.mail import words
from accounts.models import User
from accounts.network import network_tag
from accounts.proof import ask_again, ask_for_factor, is_recent
from accounts.services import admit, note_proof, post_mail

logger = logging.getLogger(__name__)

# The mails and sentences of django-allauth that serve the person, in our words; it has many more of both.
MAILS = {
    "account/email/login_code": "code",
    "socialaccount/email/account_connected": "provider_connected",
}
SENTENCES = {
    "socialaccount/messages/account_connected.txt": _("Connected. It signs you in from now on."),
    "socialaccount/messages/account_connected_updated.txt": _("That one was connected already."),
    "socialaccount/messages/account_connected_other.txt": _(
        "That one belongs to another account here. Sign in with it and disconnect it there first."
    ),
}


def is_local_path(address: str) -> bool:
    """Whether it is safe to send a reader on to `address`: a path of this site, and not a way out of it."""
    return (
        address.startswith("/")
        and len(address) <= 500
        and address.isprintable()
        and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    )


class AccountAdapter(DefaultAccountAdapter):
    def get_client_ip(self, request: HttpRequest) -> str:
        """The key of the limits per address. They are stored, and addresses are not."""
        return network_tag(request)

    def is_safe_url(self, url: str) -> bool:
        return is_local_path(url)

    def clean_email(self, email: str) -> str:
        return clean_address(email)

    def get_login_stages(self) -> list[str]:
        """A passkey is a way in, not a second lock: a lost one must not lock anybody out."""
        return ["allauth.account.stages.LoginByCodeStage"]

    def post_login(self, request: HttpRequest, user: User, **given: Any) -> HttpResponse:
        """Who works at the desk is led past the page that asks for the second factor, and on from there."""
        response: HttpResponse = super().post_login(request, user, **given)
        return response if may_open_desk(request) else ask_for_factor(response["Location"])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        post_mail(to=email, **words(MAILS[template_prefix], **context))

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        if template_prefix in MAILS:
            self.send_mail(template_prefix, user.email, context or {})

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *_args: Any, **_options: Any
    ) -> None:
        if message_template in SENTENCES:
            messages.add_message(request, level, str(SENTENCES[message_template]))


class PasskeyAdapter(DefaultMFAAdapter):
    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Drydock"}

    def encrypt(self, text: str) -> str:
        """What the database keeps of a secret opens nothing without our key."""
        return _lock().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _lock().decrypt(encrypted_text.encode()).decode()


def _lock() -> MultiFernet:
    """Locks with SECRET_KEY, opens with those before it too."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    made = (salted_hmac("accounts.factors", "lock", secret=key, algorithm="sha256").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])


class SocialAdapter(DefaultSocialAccountAdapter):
    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """Of what a provider tells, keep what the person will recognise the account by."""
        told = sociallogin.account.extra_data
        sociallogin.account.extra_data = {name: told[name] for name in ("login", "email") if told.get(name)}
        return super().populate_user(request, sociallogin, data)

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """A provider not seen before: an address it has verified opens its account, as a code sent there would.

        Not for staff, whose accounts open more than votes: they connect a provider from inside.
        """
        address = _verified_address(sociallogin)
        if address is None or sociallogin.state.get("process") == AuthProcess.CONNECT:
            return None
        known = User.objects.of_address(address)
        return None if known and known.is_staff else (admit(address), address)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        is_connecting = sociallogin.state.get("process") == AuthProcess.CONNECT
        if is_connecting and request.user.is_authenticated and not is_recent(request):
            raise ImmediateHttpResponse(ask_again(reverse("account")))
        user = sociallogin.user
        if user and user.pk and _has_verified(sociallogin, user.email):
            note_proof(user)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Reached only when no address was verified or it is an editor's: account/signup_closed.html says so."""
        return False

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("account")

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        logger.warning("Sign-in by %s failed: %s %s", provider.id, error, type(exception).__name__)


def _verified_address(sociallogin: SocialLogin) -> str | None:
    """The primary address if the provider has verified it, else the first that it has."""
    verified = [address.email for address in sociallogin.email_addresses if address.verified]
    return verified[0] if verified else None


def _has_verified(sociallogin: SocialLogin, email: str) -> bool:
    return any(address.verified and address.email == email.lower() for address in sociallogin.email_addresses)
