"""How often something may happen, counted in PostgreSQL by one statement that also decides.

The windows slide: of any span that one looks at, no more than so many moments lie in it. Two requests of one key pass
one after the other, because the row is locked by the statement itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

_TAKE = """
INSERT INTO newsletter_maillimit AS l (scope, key, times, last_at)
VALUES (%(scope)s, %(key)s, ARRAY[%(now)s]::timestamptz[], %(now)s)
ON CONFLICT (scope, key) DO UPDATE
SET times = (l.times || %(now)s::timestamptz)[greatest(1, cardinality(l.times) + 2 - %(most)s):], last_at = %(now)s
WHERE l.last_at <= %(now)s - %(gap)s::interval
  AND (cardinality(l.times) < %(most)s OR l.times[cardinality(l.times) + 1 - %(most)s] <= %(now)s - %(span)s::interval)
RETURNING 1
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` in any `span`, and `gap` between two."""

    scope: str
    most: int
    span: timedelta
    gap: timedelta = timedelta(0)


# To one mailbox, whoever asks and from wherever: confirmations, and that one is on the list already.
MAILS = Limit("mails", 3, timedelta(hours=24), timedelta(minutes=15))
# From one network: enough for an office, too few for a list of addresses.
FORMS = Limit("forms", 20, timedelta(hours=1))
# Other addresses that one subscriber wants to have mailed.
CHANGES = Limit("changes", 5, timedelta(hours=24))


def take(limit: Limit, key: bytes, at: datetime | None = None) -> bool:
    """Whether one more is within the limit; if so it is counted."""
    values: dict[str, Any] = {
        "scope": limit.scope,
        "key": key,
        "now": at or timezone.now(),
        "most": limit.most,
        "span": limit.span,
        "gap": limit.gap,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        return cursor.fetchone() is not None
