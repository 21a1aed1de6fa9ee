"""What goes wrong at the API, as RFC 9457 says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from comparisons.opendata.plain import address

MEDIA_TYPE = "application/problem+json"
KINDS: Mapping[int, tuple[str, Any]] = {
    400: ("bad-request", _("The request cannot be read")),
    403: ("forbidden", _("Not for you")),
    404: ("not-found", _("There is nothing here")),
    405: ("method-not-allowed", _("Only reading is possible")),
    429: ("too-many-requests", _("Too many requests")),
    500: ("server-error", _("Something broke on our side")),
}


class Problem(Exception):  # noqa: N818 - the word of the RFC
    """An answer that is none: its status, and a sentence that says what to do."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail

    def record(self, instance: str) -> dict[str, Any]:
        name, title = KINDS[self.status]
        return {
            "type": address(f"/data/#{name}"),
            "title": str(title),
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
