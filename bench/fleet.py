"""A made-up publication of any size, in SQL: its names and texts are of 20,000 words, few of them common."""

from __future__ import annotations

import random
from collections.abc import Iterator

from django.db import connection

SYLLABLES = (  # noqa: SIM905
    "ba be bi bo bra ca cla co cre da den dra du el en fa fin flo ga gen gli go gra ha hel hi in ka ki "
    "kor la len li lo lum ma mer mi mo na nex ni no nu o or pa pel pi pla por qua ra rel ri ro ru sa sen "
    "si sol sta su ta ter ti to tra tu va vel vi vo wa wen xi ya zen zo"
).split()
VOCABULARY = 20_000
SENTENCES = 20_000
BATCH = 50_000

# A word's place is a power of chance: the first stands in a third of all descriptions, most in a handful.
PICK = "words[1 + floor({size} * pow(random(), 4))::int]"

TOOLS = f"""
WITH vocabulary AS (SELECT %(words)s::text[] AS words), pool AS (SELECT array_agg(line) AS lines FROM bench_sentence)
INSERT INTO tools_tool (slug, name, maker, tagline, category_id, website, licence, description, status, published_at,
                        created_at, updated_at)
SELECT 'tool-' || number,
       initcap(words[1 + floor({VOCABULARY} * random())::int] || ' ' || {PICK.format(size=VOCABULARY)}
           || CASE WHEN number %% 3 = 0 THEN ' ' || number %% 9 ELSE '' END),
       initcap(words[1 + floor({VOCABULARY} * random())::int]),
       lines[1 + floor({SENTENCES} * random())::int], %(category)s, 'https://tool.example.com/', 'Apache 2.0',
       concat_ws(' ', lines[1 + floor({SENTENCES} * random())::int], lines[1 + floor({SENTENCES} * random())::int],
                 lines[1 + floor({SENTENCES} * random())::int], lines[1 + floor({SENTENCES} * random())::int]),
       'published', now() - number * interval '1 minute', now(), now()
FROM generate_series(%(first)s::int, %(last)s::int) AS number, vocabulary, pool
"""  # noqa: S608
SENTENCE_POOL = f"""
CREATE TEMPORARY TABLE bench_sentence AS
WITH vocabulary AS (SELECT %s::text[] AS words)
SELECT string_agg({PICK.format(size=VOCABULARY)}, ' ') || '.' AS line
FROM vocabulary, generate_series(1, {SENTENCES}) AS number, generate_series(1, 11) AS place
GROUP BY number
"""  # noqa: S608
REVIEWS = """
INSERT INTO reviews_review (tool_id, reviewer_id, verdict, headline, body, status, published_at, created_at, updated_at)
SELECT id, %s, CASE WHEN random() < .6 THEN 'ship' ELSE 'skip' END, tagline, left(description, 200), 'published',
       published_at, now(), now()
FROM tools_tool WHERE id %% 4 = %s
"""


def vocabulary() -> list[str]:
    chance, words = random.Random(7), dict[str, None]()
    while len(words) < VOCABULARY:
        words["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4)))] = None
    return list(words)


def launch(size: int) -> Iterator[str]:
    """Fill an empty, migrated database with `size` tools and a review each; says what it does as it does it."""
    from tests.factories import make_category, make_reviewer

    words, category = vocabulary(), make_category()
    reviewers = [make_reviewer() for _ in range(4)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.7)")
        cursor.execute(SENTENCE_POOL, [words])
        for first in range(1, size + 1, BATCH):
            last = min(first + BATCH - 1, size)
            cursor.execute(TOOLS, {"words": words, "category": category.pk, "first": first, "last": last})
            yield f"{last:,} tools"
        for number, reviewer in enumerate(reviewers):
            cursor.execute(REVIEWS, [reviewer.pk, number])
        yield f"{size:,} reviews"
        for table in (
            "tools_tool",
            "tools_tooldocument",
            "tools_searchterm",
            "reviews_review",
            "reviews_reviewdocument",
        ):
            cursor.execute(f"VACUUM ANALYZE {table}")
