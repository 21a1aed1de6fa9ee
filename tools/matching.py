"""When two readers mean the same tool: a name and a website, each folded to a key that compares equal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, parse_qs, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

WEBSITE_LENGTH = 300
KEY_LENGTH = 400

# Sites that host many makers: there the path says whose tool it is, or the one part of the query named here.
_SHARED_HOSTS = {
    **dict.fromkeys(("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "sourceforge.net"), ""),
    **dict.fromkeys(("huggingface.co", "replicate.com", "modelscope.cn", "ollama.com", "sites.google.com"), ""),
    **dict.fromkeys(("chromewebstore.google.com", "chrome.google.com", "addons.mozilla.org", "apps.apple.com"), ""),
    **dict.fromkeys(("apps.microsoft.com", "producthunt.com", "linkedin.com", "x.com"), ""),
    "play.google.com": "id",
    "marketplace.visualstudio.com": "itemName",
}
_PRIVATE_ENDINGS = frozenset(
    {"localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "arpa"}
    | {"test", "invalid", "example", "onion"}
)
SHARED_HOSTS = tuple(sorted(_SHARED_HOSTS))
_DEFAULT_PORTS = {"http": 80, "https": 443}
_web_address = URLValidator(schemes=["http", "https"], message=_("That is not the address of a website."))


@dataclass(frozen=True, slots=True)
class Keys:
    """What a tool is recognised by."""

    name: str
    website: str

    @classmethod
    def of(cls, name: str, website: str) -> Self:
        return cls(name_key(name), website_key(website))


@lru_cache(maxsize=20_000)
def name_key(name: str) -> str:
    """A name without case, width, spaces and punctuation: `Code-Llama 4` and `codellama 4` are one name.

    Empty when nothing but punctuation was typed.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    kept = "".join(letter for letter in folded if unicodedata.category(letter)[0] not in "PZC")
    return unicodedata.normalize("NFKC", kept)[:KEY_LENGTH]  # an accent may have lost the space before it


@lru_cache(maxsize=20_000)
def website_key(address: str) -> str:
    """The host without `www.`, in ASCII; with the path where many makers share a host. Empty for no web address.

    >>> website_key("https://www.Lathe.example.com:443/pricing?from=mail#top"), website_key("http://github.com/A/B/")
    ('lathe.example.com', 'github.com/a/b')
    """
    parts = _split(address)
    host = host_of(parts)
    if not host:
        return ""
    if host in _SHARED_HOSTS:
        return (host + _shared_path(parts, _SHARED_HOSTS[host]))[:KEY_LENGTH]
    port = _port(parts)
    return f"{host}:{port}" if port else host


def host_of(parts: SplitResult) -> str:
    """The host in lower-case ASCII without `www.` and final dot; empty when there is none."""
    host = (parts.hostname or "").rstrip(".")
    try:
        ascii_host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return ascii_host.lower().removeprefix("www.")


def website_host(address: str) -> str:
    """What a list shows of a website: `lathe.example.com`."""
    return host_of(_split(address))


def clean_website(typed: str) -> str:
    """A public web address as it is stored; ValidationError with one plain sentence. A missing scheme is https."""
    address = unicodedata.normalize("NFC", typed.strip())
    if "://" not in address:
        address = f"https://{address}"
    if len(address) > WEBSITE_LENGTH:
        raise ValidationError(_("An address of at most %(most)s characters, please.") % {"most": WEBSITE_LENGTH})
    if address.partition("://")[0].lower() not in _DEFAULT_PORTS:
        raise ValidationError(_("The address must begin with https:// or http://."))
    parts = _split(address)
    if "@" in parts.netloc:
        raise ValidationError(_("Leave out the user name and password in front of the @."))
    _web_address(address)
    host = host_of(parts)
    if not host or not _port_is_possible(parts):
        raise ValidationError(_web_address.message)
    if _is_private(host):
        raise ValidationError(_("We can only inspect what stands on the public web."))
    return address


def _is_private(host: str) -> bool:
    """Addresses by number and names that only resolve inside a network. Nothing is ever fetched from here."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return "." not in host or host.rsplit(".", 1)[1] in _PRIVATE_ENDINGS
    return True


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address.strip())
    except ValueError:
        return urlsplit("")


def _port(parts: SplitResult) -> int | None:
    """The port when it says something: not the scheme's own, and one that exists."""
    if not _port_is_possible(parts) or parts.port == _DEFAULT_PORTS.get(parts.scheme):
        return None
    return parts.port


def _port_is_possible(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def _shared_path(parts: SplitResult, parameter: str) -> str:
    path = re.sub("/+", "/", parts.path).rstrip("/").lower()
    named = parse_qs(parts.query).get(parameter, [""])[-1].lower() if parameter else ""
    return f"{path}?{named}" if named else path
