"""What `manage.py check --deploy` says about the desk's door."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks

WITHOUT_FACTOR = checks.Warning(
    "STAFF_SECOND_FACTOR is off: whoever reads an editor's mailbox, or guesses a password, is at the desk.",
    hint="Remove the variable, or set it to 1.",
    id="accounts.W001",
)


@checks.register(checks.Tags.security, deploy=True)
def second_factor_is_asked(**_: Any) -> list[checks.CheckMessage]:
    return [] if settings.STAFF_SECOND_FACTOR else [WITHOUT_FACTOR]
