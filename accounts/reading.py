"""Everything a person's own page shows, and everything about a person that is exported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from django.conf import settings

from accounts.models import User


@dataclass(frozen=True)
class Passkey:
    pk: int
    name: str
    added_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class Provider:
    """Somebody else who can say who a person is; `account` is the person's name there once connected."""

    pk: str
    name: str
    account: str = ""


@dataclass(frozen=True)
class OwnPage:
    passkeys: list[Passkey]
    connected: list[Provider]
    connectable: list[Provider]


def providers() -> list[Provider]:
    """Those this site is configured for."""
    return [Provider(pk, _provider_name(pk)) for pk in settings.SOCIAL_ORIGINS]


def passkeys_of(user: User) -> list[Passkey]:
    rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("pk")
    return [Passkey(row.pk, row.data["name"], row.created_at, row.last_used_at) for row in rows]


def own_page(user: User) -> OwnPage:
    """Two queries, however much there is."""
    connected = [
        Provider(link.provider, _provider_name(link.provider), _name_there(link.extra_data))
        for link in SocialAccount.objects.filter(user=user).order_by("pk")
    ]
    taken = {provider.pk for provider in connected}
    return OwnPage(passkeys_of(user), connected, [provider for provider in providers() if provider.pk not in taken])


def account_records(user: User) -> list[dict[str, Any]]:
    names = ("email", "name", "joined_at", "verified_at", "last_login", "is_staff")
    return [{name: getattr(user, name) for name in names}]


def passkey_records(user: User) -> list[dict[str, Any]]:
    return [{"name": key.name, "added_at": key.added_at, "last_used_at": key.last_used_at} for key in passkeys_of(user)]


def factor_records(user: User) -> list[dict[str, Any]]:
    """The app and the recovery codes, without what they are made from; passkeys have their own list."""
    rows = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk")
    return list(rows.values("type", "created_at", "last_used_at"))


def provider_records(user: User) -> list[dict[str, Any]]:
    links = SocialAccount.objects.filter(user=user).order_by("pk")
    return list(links.values("provider", "uid", "extra_data", "date_joined", "last_login"))


def _provider_name(pk: str) -> str:
    known = registry.get_class(pk)
    return str(known.name) if known else pk


def _name_there(told: dict[str, Any]) -> str:
    return str(told.get("login") or told.get("email") or "")
