"""Which page may load and run what: the content security policies. Part of the settings."""

from __future__ import annotations

from typing import Any

from django.utils.csp import CSP

from config import env

__all__ = ["ADMIN_CSP", "BADGE_CSP", "EMBED_CSP", "MAILBOX_CSP", "MEDIA_CSP", "SECURE_CSP"]

_LOCAL = env.flag("LOCAL")

# Reader pages are the same bytes for everyone, so that any cache may keep them: no nonce, no cookie, no token.
SECURE_CSP: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": [CSP.NONE],
}
if not _LOCAL:
    SECURE_CSP["upgrade-insecure-requests"] = True
# The admin's own scripts still assign innerHTML: no trusted types there, but nonces.
ADMIN_CSP: dict[str, Any] = {
    **{name: value for name, value in SECURE_CSP.items() if "trusted-types" not in name},
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "frame-src": [CSP.SELF],  # previews
}
# The local mailbox: a mail in a frame, and its own small picture.
MAILBOX_CSP: dict[str, Any] = {**SECURE_CSP, "img-src": [CSP.SELF, "data:"], "frame-src": [CSP.SELF]}
# A picture of lines that runs nothing, opened by itself or shown elsewhere; its view names the one style it has.
BADGE_CSP: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "sandbox": True,
}
# A picture out of the library, opened by itself: nothing around it, nothing in it.
MEDIA_CSP: dict[str, Any] = {"default-src": [CSP.NONE], "sandbox": True}
# The one page that any site may put into a frame. It has no script and no form: nothing to be tricked into.
EMBED_CSP: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
    "frame-ancestors": ["*"],
    **({"upgrade-insecure-requests": True} if not _LOCAL else {}),
}
