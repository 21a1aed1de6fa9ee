"""Tools that may be one: what an editor is warned of while entering one, and the pairs to decide about.

A name is alike by its letters (pg_trgm), however it is spaced; names that differ in a number are versions and no
duplicates. A website is the same by its host, or by its whole address where many makers share a host.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from editorial.permissions import Person, visible
from tools.matching import SHARED_HOSTS, website_host, website_key
from tools.models import Likeness, Tool

ALIKE = 0.5  # from here on two names may be one
AKIN = 0.3  # and from here on if they stand on one host
MOST = 8  # shown to whoever enters a tool
AT_ONCE = 20  # tools that whoever opens the list waits for
BATCH = 400  # tools that the worker compares each time
_EACH = 20  # pairs kept of one tool

# For each of many at once: what was typed of it, then the tools of a like name, then those of its host.
_FIND = """
SELECT n.number - 1, t.id, t.website, max(f.names) AS names, bool_or(f.is_there) AS is_there
FROM unnest(%(names)s::text[], %(hosts)s::text[], %(places)s::text[]) WITH ORDINALITY AS n (name, host, place, number)
CROSS JOIN LATERAL (SELECT tools_name_letters(tools_search_text(n.name)) AS letters OFFSET 0) typed
CROSS JOIN LATERAL (
    (SELECT d.tool_id, coalesce(similarity(tools_name_letters(d.name_key), typed.letters), 0) AS names,
            false AS is_there
     FROM tools_tooldocument d
     WHERE typed.letters <> '' AND tools_name_letters(d.name_key) %% typed.letters
       AND (tools_name_letters(d.name_key) = typed.letters
            OR similarity(tools_name_letters(d.name_key), typed.letters) >= %(alike)s
               AND regexp_replace(d.name_key, '\\D', '', 'g') = regexp_replace(typed.letters, '\\D', '', 'g'))
     ORDER BY 2 DESC, 1 LIMIT 50)
    UNION ALL
    (SELECT h.id, similarity(tools_name_letters(d.name_key), typed.letters), true
     FROM tools_tool h JOIN tools_tooldocument d ON d.tool_id = h.id
     WHERE n.host <> '' AND tools_website_host(h.website) = n.host
       AND (n.place = '' OR tools_website_place(h.website) = n.place)
     ORDER BY 2 DESC, 1 LIMIT 50)
) f
JOIN tools_tool t ON t.id = f.tool_id
WHERE t.merged_into_id IS NULL AND t.id <> %(without)s
GROUP BY n.number, t.id
ORDER BY n.number, max(f.names) + CASE WHEN bool_or(f.is_there) THEN 0.3 ELSE 0 END DESC, t.id
"""

# The stale ones are looked up one by one, by index; those of their pairs that an editor has decided about stay.
_STALE = """
SELECT t.id FROM tools_tool t LEFT JOIN tools_comparedtool c ON c.tool_id = t.id
WHERE t.merged_into_id IS NULL AND (c.tool_id IS NULL OR (c.name, c.website) IS DISTINCT FROM (t.name, t.website))
ORDER BY t.id
"""
_FORGET = (
    "DELETE FROM tools_likeness WHERE dismissed_at IS NULL AND (first_id = ANY(%(keys)s) OR second_id = ANY(%(keys)s))"
)
_COMPARE = """
INSERT INTO tools_likeness (first_id, second_id, names, is_same_site)
SELECT least(s.id, o.id), greatest(s.id, o.id), max(o.names), bool_or(o.is_same)
FROM (SELECT t.id, tools_name_letters(d.name_key) AS letters, regexp_replace(d.name_key, '\\D', '', 'g') AS digits,
             tools_website_host(t.website) AS host, tools_website_place(t.website) AS place
      FROM tools_tool t JOIN tools_tooldocument d ON d.tool_id = t.id WHERE t.id = ANY(%(keys)s)) s
CROSS JOIN LATERAL (
    (SELECT t.id, similarity(tools_name_letters(d.name_key), s.letters) AS names,
            tools_website_host(t.website) = s.host AND (s.host <> ALL(%(shared)s)
                                                        OR tools_website_place(t.website) = s.place) AS is_same
     FROM tools_tooldocument d JOIN tools_tool t ON t.id = d.tool_id
     WHERE s.letters <> '' AND tools_name_letters(d.name_key) %% s.letters AND t.id <> s.id
       AND regexp_replace(d.name_key, '\\D', '', 'g') = s.digits
       AND t.merged_into_id IS NULL
     ORDER BY 2 DESC, 1 LIMIT %(each)s)
    UNION ALL
    (SELECT t.id, similarity(tools_name_letters(d.name_key), s.letters), true
     FROM tools_tool t JOIN tools_tooldocument d ON d.tool_id = t.id
     WHERE s.host <> '' AND tools_website_host(t.website) = s.host
       AND (tools_website_place(t.website) = s.place
            OR s.host <> ALL(%(shared)s) AND similarity(tools_name_letters(d.name_key), s.letters) >= %(akin)s
               AND regexp_replace(d.name_key, '\\D', '', 'g') = s.digits)
       AND t.id <> s.id AND t.merged_into_id IS NULL
     ORDER BY 2 DESC, 1 LIMIT %(each)s)) o
GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (first_id, second_id) DO NOTHING
"""
_NOTE = """
INSERT INTO tools_comparedtool (tool_id, name, website)
SELECT id, name, website FROM tools_tool WHERE id = ANY(%(keys)s)
ON CONFLICT (tool_id) DO UPDATE SET name = EXCLUDED.name, website = EXCLUDED.website
"""


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A tool that may be the one being entered. `tool` is None where it is a draft that the person may not see."""

    pk: int
    tool: Tool | None
    names: float
    is_same_site: bool

    @property
    def text(self) -> str:
        """Which one it is, and what is alike, for the person who asked."""
        if self.tool is None:
            return _("a draft of somebody else’s")
        alike = _("the same name") if self.names >= 1 else _("a similar name") if self.names >= ALIKE else ""
        both = [words for words in (alike, _("the same website") if self.is_same_site else "") if words]
        named = {"tool": self.tool.name, "state": self.tool.get_status_display().lower(), "alike": _(", ").join(both)}
        return _("%(tool)s (%(state)s): %(alike)s") % named

    @property
    def desk_url(self) -> str:
        return reverse("admin:tools_tool_change", args=[self.pk]) if self.tool else ""


def find_lookalikes(name: str, website: str, *, person: Person, without: int | None = None) -> list[Lookalike]:
    """The tools that may be the one of this name and website, the likeliest first, as a person may see them.

    Two queries. `without` is the tool itself.
    """
    return find_lookalikes_of([(name, website)], person=person, without=without)[0]


def find_lookalikes_of(
    entered: Sequence[tuple[str, str]], *, person: Person, without: int | None = None
) -> list[list[Lookalike]]:
    """The same of many names and websites, in their order. Two queries, however many they are."""
    keys = [website_key(website) for _name, website in entered]
    hosts = [website_host(website) if key else "" for key, (_name, website) in zip(keys, entered, strict=True)]
    places = [key.partition("?")[0] if host in SHARED_HOSTS else "" for key, host in zip(keys, hosts, strict=True)]
    values: dict[str, Any] = {"names": [name[:200] for name, _website in entered], "hosts": hosts, "places": places}
    with connection.cursor() as cursor:
        cursor.execute(_FIND, {**values, "alike": ALIKE, "without": without or 0})
        rows = cursor.fetchall()
    found: list[list[tuple[int, float, bool]]] = [[] for _ in entered]
    for number, pk, site, names, is_there in rows:
        is_it = names >= ALIKE or (is_there and (not places[number] or website_key(site) == keys[number]))
        if is_it and len(found[number]) < MOST:
            found[number].append((pk, names, is_there))
    seen = Tool.objects.filter(visible(person, Tool)).in_bulk({pk for each in found for pk, _names, _there in each})
    return [[Lookalike(pk, seen.get(pk), names, there) for pk, names, there in each] for each in found]


def count_stale() -> int:
    """How many tools were entered, renamed or moved since they were last compared with all others; one query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({_STALE}) stale")  # noqa: S608 - our own words
        return int(cursor.fetchone()[0])


@transaction.atomic
def compare_some(most: int = AT_ONCE) -> int:
    """Compare so many of the tools that are due with all others; returns how many that were. Harmless twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(7263002, 0)")
        if not cursor.fetchone()[0]:
            return 0  # somebody else is at it
        cursor.execute(f"{_STALE} LIMIT %s", [most])
        keys = [row[0] for row in cursor.fetchall()]
    _compare(keys)
    return len(keys)


@transaction.atomic
def pairs_among(keys: Collection[int]) -> Sequence[Likeness]:
    """Compare these tools with all others now; the undecided pairs that one of them is in."""
    _compare(list(keys))
    mine = Likeness.objects.to_decide().filter(Q(first__in=keys) | Q(second__in=keys))
    return list(mine[: 5 * MOST])


def _compare(keys: Sequence[int]) -> None:
    values: dict[str, float | list[int] | list[str]] = {"keys": list(keys), "shared": list(SHARED_HOSTS)}
    values |= {"akin": AKIN, "each": _EACH}
    with connection.cursor() as cursor:
        # The operator `%` is what the index answers; with a higher threshold it looks at fewer names.
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(ALIKE)])
        for statement in (_FORGET, _COMPARE, _NOTE) if keys else ():
            cursor.execute(statement, values)


def likely_pairs(person: Person, most: int) -> Sequence[Likeness]:
    """The likeliest pairs that nobody has decided about and that a person may see; one query."""
    mine = Tool.objects.filter(visible(person, Tool)).order_by().values("pk")
    return list(Likeness.objects.to_decide().filter(first__in=mine, second__in=mine)[:most])


def tell_apart(pair: int, *, by: User) -> bool:
    """Remember that a pair are two tools; False when it is none, or was decided already."""
    undecided = Likeness.objects.filter(pk=pair, dismissed_at=None)
    return bool(undecided.update(dismissed_at=timezone.now(), dismissed_by=by))
