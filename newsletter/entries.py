"""The lines of a list that an editor brings, and what becomes of each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy

from newsletter.addresses import Mailbox
from newsletter.wishes import Wishes


class Verdict(models.TextChoices):
    NEW = "new", gettext_lazy("new")
    KNOWN = "known", gettext_lazy("already there")
    SUPPRESSED = "suppressed", gettext_lazy("suppressed")
    INVALID = "invalid", gettext_lazy("invalid")


@dataclass(slots=True)
class Entry:
    """One line of a list, and what becomes of it; `why` is a sentence, empty where the verdict says it all."""

    line: int
    typed: str
    verdict: Verdict = Verdict.NEW
    why: str = ""
    mailbox: Mailbox = field(default_factory=lambda: Mailbox("", ""))
    agreed_at: datetime | None = None
    source: str = ""
    wishes: Wishes = field(default_factory=Wishes)
    pk: int | None = None  # of a row that is there, waiting or ended


@dataclass(slots=True)
class Outcome:
    """What a list does, or would."""

    entries: Sequence[Entry]
    ignored: Sequence[str] = ()
    is_done: bool = False

    def of(self, verdict: Verdict) -> list[Entry]:
        return [entry for entry in self.entries if entry.verdict == verdict]

    @property
    def counts(self) -> dict[Verdict, int]:
        return {verdict: len(self.of(verdict)) for verdict in Verdict}

    @property
    def mark(self) -> str:
        """Stands for what was shown: the same list under other circumstances has another."""
        told = "\n".join(f"{entry.line} {entry.verdict} {entry.mailbox.key} {entry.pk}" for entry in self.entries)
        return hashlib.sha256(told.encode()).hexdigest()
