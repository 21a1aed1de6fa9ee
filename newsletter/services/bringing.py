"""A list of readers that an editor brings: looked at as often as somebody likes, and put on the list once.

Whoever left, complained or bounced is never put back by a list (docs/decisions/0036).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editorial.characters import check_characters
from newsletter.addresses import address_hmacs, read_mailbox
from newsletter.entries import Entry, Outcome, Verdict
from newsletter.lists import List, Row
from newsletter.models import Subscriber, Suppression
from newsletter.services.putting import AT_ONCE, put
from newsletter.wishes import Wishes
from tools.figures import number
from tools.models import Category, Tool

LISTS = "subscribers"  # the kind of a waiting import
MOST_NAMED = 50
_LONGEST_SOURCE = 200
_SEPARATORS = re.compile("[|;,]")
_STORED = "SELECT address_key, id, state FROM newsletter_subscriber WHERE address_key = ANY(%s)"
_STOPPED = "SELECT address_hmac, reason FROM newsletter_suppression WHERE address_hmac = ANY(%s::bytea[])"
_HOLD = "LOCK TABLE newsletter_subscriber, newsletter_suppression IN SHARE ROW EXCLUSIVE MODE"


def look_over(brought: List) -> Outcome:
    """What becomes of each line; nothing is written. So many queries for every 5,000 lines."""
    return _judged(brought, _read(brought))


def bring_in(brought: List, *, seen: str) -> Outcome:
    """Put on the list whoever was new when somebody saw `seen`: all of them, or nobody when it is not so any more.

    Until it is done nobody else changes a subscription; what readers press waits as long as that.
    """
    entries = _read(brought)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_HOLD)
        outcome = _judged(brought, entries)
        if outcome.mark == seen:
            put(outcome.of(Verdict.NEW))
            outcome.is_done = True
    return outcome


def _read(brought: List) -> list[Entry]:
    """Without looking at what is stored but for the names of classes and tools."""
    classes, tools = _named(brought.rows, "categories", Category), _named(brought.rows, "tools", Tool)
    now = timezone.now()
    return [_entry(row, classes, tools, now) for row in brought.rows]


def _entry(row: Row, classes: dict[str, int], tools: dict[str, int], now: datetime) -> Entry:
    entry = Entry(row.line, row.cells.get("email", "")[:254])
    try:
        if row.problem:
            raise ValidationError(row.problem)
        entry.mailbox = read_mailbox(row.cells["email"])
        entry.agreed_at = _moment(row.cells["consented_at"], now)
        entry.source = _source(row.cells["consent_source"])
        of_classes = _keys(row, "categories", classes, _("There is no class “%(name)s”."))
        entry.wishes = Wishes(of_classes, _keys(row, "tools", tools, _("No tool “%(name)s” is listed here.")))
    except ValidationError as problem:
        entry.verdict, entry.why = Verdict.INVALID, " ".join(problem.messages)
    return entry


def _moment(text: str, now: datetime) -> datetime:
    if not text:
        raise ValidationError(_("It does not say when the reader agreed: “consented_at” is empty."))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValidationError(_("“consented_at” has to be a day like 2026-11-26, or a moment.")) from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if found > now:
        raise ValidationError(_("“consented_at” lies in the future."))
    if found.year < 1990:
        raise ValidationError(_("“consented_at” lies before anybody had email."))
    return found


def _source(text: str) -> str:
    said = " ".join(text.split())
    if not said:
        raise ValidationError(_("It does not say where the consent is from: “consent_source” is empty."))
    check_characters(said, is_line=True)
    if "@" in said:
        raise ValidationError(
            _("“consent_source” holds an @. Leave addresses out: it is kept for good, also after an erasure.")
        )
    if len(said) > _LONGEST_SOURCE:
        too_long = _("“consent_source” has more than %(most)s characters.")
        raise ValidationError(too_long % {"most": _LONGEST_SOURCE})
    return said


def _names(row: Row, column: str) -> list[str]:
    return [name for part in _SEPARATORS.split(row.cells.get(column, "")) if (name := " ".join(part.split()).lower())]


def _keys(row: Row, column: str, known: dict[str, int], unknown: str) -> tuple[int, ...]:
    names = _names(row, column)
    if len(names) > MOST_NAMED:
        raise ValidationError(_("More than %(most)s in “%(column)s”.") % {"most": MOST_NAMED, "column": column})
    for name in names:
        if name not in known:
            raise ValidationError(unknown % {"name": name[:100]})
    return tuple(sorted({known[name] for name in names}))


def _named(rows: Sequence[Row], column: str, model: type[Category] | type[Tool]) -> dict[str, int]:
    """Keys of what the lines name, by slug and by name in lower case; of two of one name it is the older."""
    wanted = {name for row in rows for name in _names(row, column)}
    offered: Any = Tool.objects.published() if model is Tool else model._default_manager.all()
    known: dict[str, int] = {}
    for names in batched(sorted(wanted), AT_ONCE):
        found = offered.alias(lowered=Lower("name")).filter(Q(slug__in=names) | Q(lowered__in=names))
        for pk, slug, name in found.order_by("-pk").values_list("pk", "slug", "name"):
            known[name.lower()] = known[slug] = pk
    return known


def _judged(brought: List, entries: Sequence[Entry]) -> Outcome:
    readable = [entry for entry in entries if entry.verdict != Verdict.INVALID]
    first: dict[str, Entry] = {}
    for entry in readable:
        entry.verdict, entry.why, entry.pk = Verdict.NEW, "", None
        if (same := first.setdefault(entry.mailbox.key, entry)) is not entry:
            said = _("The same mailbox stands in line %(line)s.")
            entry.verdict, entry.why = Verdict.KNOWN, said % {"line": number(same.line)}
    for some in batched(first.values(), AT_ONCE):
        _compare(some)
    return Outcome(entries, brought.ignored)


def _compare(entries: Sequence[Entry]) -> None:
    """With what is stored; two queries."""
    by_key = {entry.mailbox.key: entry for entry in entries}
    hashes = {made: entry for key, entry in by_key.items() for made in address_hmacs(key)}
    with connection.cursor() as cursor:
        cursor.execute(_STORED, [list(by_key)])
        for key, pk, state in cursor.fetchall():
            entry = by_key[key]
            if state == Subscriber.State.ACTIVE:
                entry.verdict = Verdict.KNOWN
            else:
                entry.pk, entry.why = pk, str(_WHY[Subscriber.State(state)])
        cursor.execute(_STOPPED, [list(hashes)])
        for hashed, reason in cursor.fetchall():
            entry = hashes[bytes(hashed)]
            entry.verdict, entry.why = Verdict.SUPPRESSED, str(Suppression.Reason(reason).label)
            entry.pk = None


_WHY = {
    Subscriber.State.PENDING: gettext_lazy("Asked for it by form and has not confirmed."),
    Subscriber.State.UNSUBSCRIBED: gettext_lazy("Left before; an editor has lifted that."),
}
