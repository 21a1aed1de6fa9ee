"""Rounds of checks: which addresses public tools name, whose turn it is, and what became of each.

Every write to tools_link is here.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from editorial.reaching import Reach
from tools.links.asking import PUBLIC, Look, Manners, look_at
from tools.models import Link

HANDS = 8
AT_ONCE = 200
LOCK = 0x11_4B

_PUBLIC = "t.status IN ('published', 'scheduled') AND t.published_at <= statement_timestamp()"
_USED = f"""
DROP TABLE IF EXISTS pg_temp.used;
CREATE TEMP TABLE used ON COMMIT DROP AS
SELECT t.website AS url, t.id AS tool_id FROM tools_tool t WHERE {_PUBLIC} AND t.website <> ''
UNION
SELECT p.source, t.id FROM tools_plan p JOIN tools_tool t ON t.id = p.tool_id WHERE {_PUBLIC} AND p.source <> ''
UNION
SELECT f.source, t.id FROM tools_fact f JOIN tools_tool t ON t.id = f.tool_id WHERE {_PUBLIC} AND f.source <> ''
"""  # noqa: S608 (nobody's words are in it)
_STEPS = (
    """
    INSERT INTO tools_link (url, host, problem, failed_days)
    SELECT DISTINCT url, left(lower(coalesce(substring(url FROM '://(?:[^/@]*@)?([^/:?#]+)'), '')), 253), '', 0
    FROM used WHERE length(url) <= 500 ON CONFLICT (url) DO NOTHING
    """,
    """
    INSERT INTO tools_link_tools (link_id, tool_id)
    SELECT l.id, u.tool_id FROM used u JOIN tools_link l ON l.url = u.url ON CONFLICT DO NOTHING
    """,
    """
    DELETE FROM tools_link_tools m USING tools_link l
    WHERE l.id = m.link_id AND NOT EXISTS (SELECT FROM used u WHERE u.url = l.url AND u.tool_id = m.tool_id)
    """,
    """
    DELETE FROM tools_link l WHERE NOT EXISTS (SELECT FROM tools_link_tools m WHERE m.link_id = l.id)
    """,
)


@transaction.atomic
def collect() -> int:
    """Bring the list of links to what public tools name now; returns how many there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [LOCK])
        for step in (_USED, *_STEPS):
            cursor.execute(step)
    return Link.objects.count()


def check_due(*, seconds: float, reach: Reach = PUBLIC, pause: float | None = None) -> list[Link]:
    """Check whoever's turn it is, for so long at most; returns what was checked.

    `reach` is for tests: nothing else may look at the operator's own network.
    """
    collect()
    until, checked = time.monotonic() + seconds, list[Link]()
    manners = Manners() if pause is None else Manners(pause)
    while time.monotonic() < until and (links := _claim(seconds)):
        before = len(checked)
        try:
            checked += _round(links, manners, reach, until)
        finally:
            Link.objects.filter(pk__in=[link.pk for link in links]).update(claimed_until=None)
        if len(checked) == before:
            break
    return checked


def check_again(link: Link, *, reach: Reach = PUBLIC) -> Look:
    """Look at one address now, because somebody asks."""
    look = look_at(link.url, manners=Manners(pause=0), reach=reach)
    note(link, look)
    return look


def note(link: Link, look: Look, at: datetime | None = None) -> None:
    """Remember a look. Two that fail on one day count once: a link is dead after three days, and alive after one."""
    now = at or timezone.now()
    was_seen = link.checked_at.astimezone(UTC).date() if link.checked_at else None
    is_new_day = link.failed_days == 0 or was_seen != now.astimezone(UTC).date()
    link.status, link.problem, link.checked_at = look.status, look.problem, now
    if look.is_alive:
        link.failed_days, link.failing_since = 0, None
    else:
        link.failed_days = min(link.failed_days + is_new_day, 999)
        link.failing_since = link.failing_since or now
    link.save(update_fields=["status", "problem", "checked_at", "failed_days", "failing_since"])


@transaction.atomic
def _claim(seconds: float) -> list[Link]:
    """The next in turn, marked as being asked: two rounds at once never ask one host."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])
    links = list(Link.objects.due()[:AT_ONCE])
    until = timezone.now() + timedelta(seconds=seconds + 120)
    Link.objects.filter(pk__in=[link.pk for link in links]).update(claimed_until=until)
    return links


def _round(links: Sequence[Link], manners: Manners, reach: Reach, until: float) -> Iterator[Link]:
    """Hosts side by side, the links of one host one after the other. Threads ask; only this one writes."""
    by_host: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        by_host[link.host].append(link)
    with ThreadPoolExecutor(HANDS) as pool:
        asked = [pool.submit(_ask_host, mine, manners, reach, until) for mine in by_host.values()]
        for done in as_completed(asked):
            for link, look in done.result():
                note(link, look)
                yield link


def _ask_host(links: Sequence[Link], manners: Manners, reach: Reach, until: float) -> list[tuple[Link, Look]]:
    looks = []
    for link in links:
        if time.monotonic() >= until:
            break
        looks.append((link, look_at(link.url, manners=manners, reach=reach)))
    return looks
