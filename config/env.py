"""The environment, read once and typed: everything the settings take from outside comes through here."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.conf.locale import LANG_INFO

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(os.environ.get("STATE_DIR") or BASE_DIR / ".state")


def read_local_state() -> None:
    """Take over what `make run` wrote down, so that `manage.py` by hand finds its services.

    Only manage.py calls this, and it does nothing when the environment says anything of its own: a web server or a
    worker never starts in a local mode by accident.
    """
    if "SECRET_KEY" in os.environ or "DATABASE_URL" in os.environ:
        return
    with contextlib.suppress(OSError):
        lines = (STATE_DIR / "env").read_text(encoding="utf-8").splitlines()
        os.environ.update((name, value) for name, is_pair, value in (line.partition("=") for line in lines) if is_pair)


def given(name: str) -> str | None:
    """The value of a variable, None when nobody set it."""
    return os.environ.get(name) or None


def text(name: str, default: str | None = None, *, hint: str = "") -> str:
    """The value of `name`, else the default; with neither, the start stops with one sentence."""
    value = given(name) or default
    if value is None:
        raise SystemExit(f"{name} is not set. {hint}".strip())
    return value


def language(name: str, default: str) -> str:
    """A language that Django knows, perhaps of a country or in a script: `de`, `pt-br`, `de-at`, `zh-hans`."""
    value = text(name, default).strip().lower().replace("_", "-")
    shape = re.fullmatch(r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|[0-9]{3}))?", value)
    if value not in LANG_INFO and not (shape and shape[1] in LANG_INFO):
        raise SystemExit(f"{name} is {text(name, default)!r}. Set it to a language such as en, de, pt-br or zh-hans.")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    value = (given(name) or "").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value:
        raise SystemExit(f"{name} is {value!r}. Set it to 1 or 0.")
    return default


def number(name: str, default: int) -> int:
    value = given(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdecimal()):
        raise SystemExit(f"{name} is {value!r}. Set it to a whole number.")
    return int(value)


def pair(name: str, other: str) -> bool:
    """Whether both variables are set; one without the other stops the start."""
    present = [bool(given(name)), bool(given(other))]
    if any(present) and not all(present):
        raise SystemExit(f"Set {name} and {other} together, or neither.")
    return all(present)


def items(name: str, default: str = "") -> list[str]:
    """A comma-separated list, without blanks."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


# Providers of mail that are spoken to over HTTP (django-anymail), and what they call the key.
PROVIDERS = {
    **dict.fromkeys(("brevo", "mailgun", "mailjet", "mandrill", "resend", "sendgrid", "sparkpost"), "api_key"),
    "mailtrap": "api_token",
    "postmark": "server_token",
}


def secrets(name: str) -> dict[str, str]:
    """A list such as `postmark=name:password,mailgun=key`: what is known of each, by its name."""
    pairs = [item.partition("=") for item in items(name)]
    if not all(each and secret for each, _, secret in pairs):
        raise SystemExit(f"{name} must look like postmark=name:password,mailgun=key")
    return {each: secret for each, _, secret in pairs}


def mailer(url: str, name: str = "MAIL_URL") -> dict[str, Any]:
    """An entry of MAILERS from an address: smtp://, smtp+tls:// (STARTTLS) or smtps:// (TLS from the first byte), or a
    provider's name and key, and what else Anymail may be told: postmark://key@?message_stream=broadcast

    >>> mailer("smtp+tls://mate:s%40lt@mail.example.org:587")["OPTIONS"]["password"]
    's@lt'
    >>> mailer("mailgun://key@mg.example.org")["OPTIONS"]
    {'api_key': 'key', 'sender_domain': 'mg.example.org'}
    """
    parts = urlsplit(url)
    if parts.scheme in PROVIDERS and parts.username:
        return _provider(parts)
    if parts.scheme not in {"smtp", "smtp+tls", "smtps"} or not parts.hostname:
        raise SystemExit(f"{name} must look like smtp+tls://user:password@mail.example.org:587 or postmark://key@")
    options = {
        "host": parts.hostname,
        "port": parts.port or (465 if parts.scheme == "smtps" else 587),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": parts.scheme == "smtp+tls",
        "use_ssl": parts.scheme == "smtps",
        "timeout": 20,
    }
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


def _provider(parts: SplitResult) -> dict[str, Any]:
    options = {PROVIDERS[parts.scheme]: unquote(parts.username or "")}
    if parts.password:
        options["secret_key"] = unquote(parts.password)  # Mailjet has two
    if parts.hostname:
        options["sender_domain"] = parts.hostname  # Mailgun's
    options.update(parse_qsl(parts.query))
    return {"BACKEND": f"anymail.backends.{parts.scheme}.EmailBackend", "OPTIONS": options}
