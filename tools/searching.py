"""Finding tools by words, in whatever order and nearly whatever spelling (docs/decisions/0013).

Nothing a reader types reaches PostgreSQL's query language: words are cut to letters and digits by the same function
that cut the documents, and the query is put together from them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.db.models.lookups import Lookup
from django.utils.translation import gettext as _

from tools.figures import number
from tools.models import ToolDocument

LONGEST = 100
MOST_WORDS = 8
RANKED = 1000  # of more tools than that, those of best standing are ranked
SUGGESTED = 8
_EXACT = 20  # tools of exactly the typed name, which are looked at whatever their standing


@SearchVectorField.register_lookup
class Matches(Lookup):
    """`words__matches="'tide' & 'chart'"`: a query as text, so that the planner knows it and can weigh its words."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        if hasattr(self.rhs, "as_sql"):
            right, more = compiler.compile(self.rhs)
            return f"{left} @@ {right}", (*parameters, *more)
        return f"{left} @@ %s::tsquery", (*parameters, self.rhs)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader looks for: the folded words, and for each the English stem, None for a word such as "the".

    All of the words, or any of them when it `is_loose`.
    """

    words: tuple[str, ...] = ()
    stems: tuple[str | None, ...] = ()
    is_loose: bool = False

    def __bool__(self) -> bool:
        return bool(self.words)

    @property
    def query(self) -> str:
        """A tsquery of the words that say something; of all of them when none does."""
        return (" | " if self.is_loose else " & ").join(self._groups)

    @property
    def any_word(self) -> str:
        return " | ".join(self._groups)

    @property
    def beginnings(self) -> str:
        """A tsquery for words that begin with these, for someone who still types."""
        return " & ".join(f"'{word}':*" for word in self.words)

    @property
    def name_key(self) -> str:
        return " ".join(self.words)

    @property
    def _groups(self) -> list[str]:
        groups = [
            f"('{word}' | '{stem}')" for word, stem in zip(self.words, self.stems, strict=True) if stem is not None
        ]
        return groups or [f"'{word}'" for word in self.words]


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of one page of matches, best first; `total` is counted up to `RANKED`."""

    keys: Sequence[int] = ()
    total: int = 0

    @property
    def total_text(self) -> str:
        if self.total < RANKED:
            return number(self.total)
        return _("%(total)s or more") % {"total": number(self.total)}


def loosened(wanted: Wanted) -> Wanted | None:
    """Any of the words instead of all; None when that is the same."""
    return replace(wanted, is_loose=True) if len(wanted.words) > 1 and not wanted.is_loose else None


def clean_text(text: str) -> str:
    """What is left of anything typed: one line of at most `LONGEST` characters, none of them invisible."""
    kept = "".join(" " if unicodedata.category(letter)[0] in "ZC" else letter for letter in text[: 10 * LONGEST])
    return " ".join(kept.split())[:LONGEST].strip()


def understand(text: str) -> Wanted:
    """The words of what a reader typed, at most `MOST_WORDS`; one query, none when there is nothing to ask."""
    typed = clean_text(text)
    if not typed:
        return Wanted()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, ts_lexize('english_stem', word)"
            " FROM regexp_split_to_table(tools_search_text(%s), ' ') WITH ORDINALITY AS folded (word, place)"
            " WHERE word <> '' GROUP BY word ORDER BY min(place) LIMIT %s",
            [typed, MOST_WORDS],
        )
        rows = cursor.fetchall()
    return Wanted(tuple(word for word, _ in rows), tuple(stems[0] if stems else None for _, stems in rows))


def search_tools(wanted: Wanted, *, start: int = 0, count: int = SUGGESTED) -> Found:
    """Published tools with all of the words in name, maker, tagline, category, licence or description; one query.

    One of exactly this name comes first, then by rank: a name weighs most, then maker and tagline, category and
    licence, and the description least.
    """
    public = ToolDocument.objects.published()
    exact = public.filter(name_key=wanted.name_key)[:_EXACT]
    best = public.filter(words__matches=wanted.query).exclude(name_key=wanted.name_key).best_standing_first()[:RANKED]
    columns = ("tool_id", "standing", "words")
    sources = [exact.annotate(is_exact=_constant(1)), best.annotate(is_exact=_constant(0))]
    return ranked(
        [source.values_list(*columns, "is_exact") for source in sources],
        "SELECT tool_id, count(*) OVER () FROM ({source}) AS best"
        " ORDER BY is_exact DESC, ts_rank(words, %s::tsquery) DESC, standing DESC, tool_id DESC",
        wanted,
        start=start,
        count=count,
    )


def ranked(sources: Iterable[Any], template: str, wanted: Wanted, *, start: int, count: int) -> Found:
    """One page of the rows of `template` over the union of the sources; its one parameter is the query."""
    parts = [source.query.sql_with_params() for source in sources]
    union = " UNION ALL ".join(f"({sql})" for sql, _ in parts)
    parameters = [value for _, values in parts for value in values]
    with connection.cursor() as cursor:
        cursor.execute(f"{template.format(source=union)} LIMIT %s OFFSET %s", [*parameters, wanted.query, count, start])
        rows = cursor.fetchall()
    return Found([row[0] for row in rows], min(rows[0][1], RANKED) if rows else 0)


def tools_named(wanted: Wanted, count: int = 200) -> list[int]:
    """Keys of the published tools with any of the words in their name, those of best standing; one query."""
    named = ToolDocument.objects.published().filter(name_words__matches=wanted.any_word)
    return list(named.best_standing_first().values_list("tool_id", flat=True)[:count])


def suggest_tools(text: str) -> list[tuple[str, str]]:
    """(name, slug) of at most eight published tools for someone who types a name.

    First names that begin like the text, in their order; then names with words that begin like its words; and if there
    are none, the same for the nearest spelling. Two queries, four when the spelling is mended.
    """
    wanted = understand(text)
    if not wanted:
        return []
    found = _beginning(wanted)
    if not found and (mended := mend_spelling(wanted)):
        found = _beginning(mended)
    return found


def mend_spelling(wanted: Wanted) -> Wanted | None:
    """The nearest words that find something published, or None when there are none nearer; two queries at most."""
    with connection.cursor() as cursor:
        cursor.execute(*_nearest_words(wanted.words))
        nearest: dict[str, str] = dict(cursor.fetchall())
    words = [nearest.get(word, word) for word in wanted.words]
    return understand(" ".join(words)) if words != list(wanted.words) else None


def words_found(wanted: Wanted, words: Iterable[str]) -> set[str]:
    """Which of these folded words, as a page shows them, the search has matched; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM unnest(%s::text[]) AS word"
            " WHERE to_tsvector('simple', word) @@ %s::tsquery OR to_tsvector('english', word) @@ %s::tsquery",
            [sorted(words), wanted.any_word, wanted.any_word],
        )
        return {word for (word,) in cursor.fetchall()}


def _beginning(wanted: Wanted) -> list[tuple[str, str]]:
    public = ToolDocument.objects.published()
    names = public.filter(name_key__startswith=wanted.name_key).order_by("name_key", "tool_id")[:SUGGESTED]
    words = public.filter(name_words__matches=wanted.beginnings).best_standing_first()[:SUGGESTED]
    parts = [source.values_list("tool_id").query.sql_with_params() for source in (names, words)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tool.name, tool.slug FROM ("  # noqa: S608 (our own SQL; values stay parameters)
            "   SELECT tool_id, min(place) AS place FROM ("
            f"     SELECT tool_id, row_number() OVER () AS place FROM ({parts[0][0]}) AS by_name"
            f"     UNION ALL SELECT tool_id, {SUGGESTED} + row_number() OVER () FROM ({parts[1][0]}) AS by_word"
            "   ) AS found GROUP BY tool_id"
            f" ) AS found JOIN tools_tool AS tool ON tool.id = found.tool_id ORDER BY place LIMIT {SUGGESTED}",
            [*parts[0][1], *parts[1][1]],
        )
        return [(name, slug) for name, slug in cursor.fetchall()]


def _nearest_words(words: Sequence[str]) -> tuple[str, list[Any]]:
    """Of the five terms most like each word, the first that finds a published tool."""
    forms = RawSQL("tools_search_forms(near.word)", [])
    public, parameters = (
        ToolDocument.objects.published().filter(words__matches=forms).values("pk").query.sql_with_params()
    )
    return (
        "SELECT typed.word, nearest.word FROM unnest(%s::text[]) AS typed (word), LATERAL ("  # noqa: S608 (as above)
        "  SELECT near.word FROM ("
        "    SELECT word, similarity(word, typed.word) AS likeness FROM tools_searchterm"
        "    WHERE word %% typed.word ORDER BY likeness DESC, word LIMIT 5"
        f"  ) AS near WHERE EXISTS ({public}) ORDER BY likeness DESC, near.word LIMIT 1"
        ") AS nearest",
        [list(words), *parameters],
    )


def _constant(number: int) -> models.Value:
    return models.Value(number)
