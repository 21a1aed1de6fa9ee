"""What people agree to, by version: a consent names the version, so the words of each stay here for good."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CURRENT = "2026-11"
WORDINGS: dict[str, Promise] = {
    "2026-11": _(
        "One email a week: the new and changed verdicts, the price changes, one comparison worth your coffee. "
        "Nothing in between."
    ),
}


def agreed_words(version: str) -> str:
    """The sentence of a version; empty when a consent came from elsewhere and has none of ours."""
    return str(WORDINGS.get(version, ""))
