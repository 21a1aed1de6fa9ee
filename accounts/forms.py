"""What people type or their devices answer when they sign in."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, LoginWebAuthnForm
from allauth.mfa.webauthn.internal.auth import parse_registration_response
from django import forms
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from accounts.addresses import MOST, WRONG, clean_address
from accounts.factors import RECOVERY_DIGITS, use_code
from accounts.models import User

NO_PASSKEY = _("The device gave no passkey that we understand. Nothing was added; try once more.")
UNKNOWN_PASSKEY = _("That passkey does not open any account here. Take the emailed code.")


class AddressForm(forms.Form):
    email = forms.CharField(
        label=_("Email address"),
        max_length=MOST,
        error_messages={"required": _("Type your email address."), "max_length": WRONG},
    )

    def clean_email(self) -> str:
        return clean_address(self.cleaned_data["email"])


class CodeForm(forms.Form):
    """`is_try` tells a wrong code, which counts, from something that is no code at all."""

    code = forms.CharField(
        label=_("Six-digit code"), max_length=40, error_messages={"required": _("Type the code from the mail.")}
    )
    is_try = False

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        self.expected = expected
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        code = _digits(self.cleaned_data["code"])
        if len(code) != 6:
            raise ValidationError(_("Six digits, please, as they stand in the mail."))
        self.is_try = True
        if not constant_time_compare(code, self.expected):
            raise ValidationError(_("That is not the code we sent. Look at the newest mail."))
        return code


def _digits(typed: str) -> str:
    """What was typed without gaps; empty when it is not all digits."""
    code = "".join(character for character in typed if character not in " -\u00a0\u2009")
    return code if code.isascii() and code.isdecimal() else ""


class FactorForm(forms.Form):
    """A code of the app, or a recovery code; `factor` is what it belongs to."""

    code = forms.CharField(
        label=_("Code of the app, or a recovery code"),
        max_length=40,
        error_messages={"required": _("Type the code that the app shows.")},
    )
    factor: Authenticator | None = None
    is_try = False

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        code = _digits(self.cleaned_data["code"])
        if len(code) not in (6, RECOVERY_DIGITS):
            raise ValidationError(_("Six digits from the app, or the eight of a recovery code."))
        self.is_try = True
        self.factor = use_code(self.user, code)
        if self.factor is None:
            raise ValidationError(_("That code opens nothing. Each works once: wait for the app’s next, then try it."))
        return code


class AppForm(forms.Form):
    """The first code of a new app, by which it shows that it has the secret."""

    code = forms.CharField(
        label=_("Six-digit code"), max_length=40, error_messages={"required": _("Type the code that the app shows.")}
    )

    def clean_code(self) -> str:
        code = _digits(self.cleaned_data["code"])
        if len(code) != 6:
            raise ValidationError(_("Six digits, please, as the app shows them."))
        return code


class NameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, error_messages={"required": _("Give it a name.")})


class AnswerField(forms.JSONField):
    """What a device answers: JSON, small, and not so deep that reading it fails."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value) if len(value or "") <= 20_000 else None
        except RecursionError:
            return None


class PasskeyForm(AddWebAuthnForm):
    """A new passkey: its name, and what the device answered, without whatever else was sent along."""

    name = forms.CharField(
        label=_("Name"), max_length=60, error_messages={"required": _("Give it a name, so that you know it again.")}
    )
    credential = AnswerField(error_messages={"required": NO_PASSKEY, "invalid": NO_PASSKEY})

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
            if "credential" in cleaned:
                answer = dict(parse_registration_response(cleaned["credential"]))
                cleaned["credential"] = {**answer, "clientExtensionResults": {}}
        except Exception as error:  # strangers' bytes fail in as many ways as there are libraries below
            raise ValidationError(NO_PASSKEY) from error
        return cleaned


class SignInByPasskeyForm(LoginWebAuthnForm):
    """What a device answered to our challenge; `cleaned_data` holds the passkey."""

    credential = AnswerField(error_messages={"required": UNKNOWN_PASSKEY, "invalid": UNKNOWN_PASSKEY})

    def clean_credential(self) -> Authenticator:
        try:
            passkey: Authenticator = super().clean_credential()
        except Exception as error:  # as above
            raise ValidationError(UNKNOWN_PASSKEY) from error
        return passkey
