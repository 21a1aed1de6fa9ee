"""At 20,000 tools every question search asks is answered from an index."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.searching import search_reviews
from tests.factories import make_category, make_reviewer
from tools.searching import mend_spelling, search_tools, suggest_tools, tools_named, understand

# The triggers rest: to write 20,000 documents they need most of a minute's patience, and they are tested elsewhere.
FLEET = """
SET LOCAL session_replication_role = replica;
INSERT INTO tools_tool (slug, name, maker, tagline, category_id, website, licence, description, status, published_at,
                        created_at, updated_at)
SELECT 'tool-' || number, 'Sloop' || number %% 50 || ' Brig' || number %% 2000 || ' Two', 'Maker', 'A tool.',
       %(category)s, 'https://tool.example.com/', '', 'Plain', 'published', now(), now(), now()
FROM generate_series(1, 20000) AS number;
INSERT INTO tools_tooldocument (tool_id, status, published_at, standing, name_key, name_words, words)
SELECT id, status, published_at, id %% 9, lower(name), to_tsvector('simple', name), to_tsvector('simple', name)
FROM tools_tool;
INSERT INTO tools_searchterm (word) SELECT 'brig' || number FROM generate_series(0, 1999) AS number
UNION SELECT md5(number::text) FROM generate_series(1, 10000) AS number;
INSERT INTO reviews_review (tool_id, reviewer_id, verdict, headline, body, status, published_at, created_at, updated_at)
SELECT id, %(reviewer)s, 'ship', name, '', 'published', now(), now(), now() FROM tools_tool;
INSERT INTO reviews_reviewdocument (review_id, tool_id, status, published_at, words)
SELECT id, tool_id, status, published_at, to_tsvector('simple', headline) FROM reviews_review;
ANALYZE tools_tool, tools_tooldocument, tools_searchterm, reviews_review, reviews_reviewdocument;
"""
NAME = "sloop49 brig1999 two"


QUESTIONS: dict[str, tuple[Callable[[], object], str]] = {
    "words": (lambda: search_tools(understand("two brig1999")), "tool_by_its_words"),
    "exact name": (lambda: search_tools(understand(NAME)), "tool_by_its_name"),
    "common word": (lambda: search_tools(understand("two")), "tool_by_standing"),
    "names": (lambda: tools_named(understand("brig1999")), "tool_by_words_of_its_name"),
    "reviews": (lambda: search_reviews(understand("brig1999"), count=6), "review_by_its_words"),
    "spelling": (lambda: mend_spelling(understand("birg1999")), "search_term_by_trigrams"),
    "name begun": (lambda: suggest_tools("sloop49 brig19"), "tool_by_its_name"),
    "word begun": (lambda: suggest_tools("brig1999"), "tool_by_words_of_its_name"),
}


@pytest.mark.django_db
def test_every_question_is_answered_from_its_index() -> None:
    with connection.cursor() as cursor:
        keys = {"category": make_category().pk, "reviewer": make_reviewer().pk}
        for statement in FLEET.strip().split(";\n"):
            cursor.execute(statement, keys)
        for name, (ask, index) in QUESTIONS.items():
            with CaptureQueriesContext(connection) as asked:
                ask()
            plan = "\n".join(plan_of(cursor, query["sql"]) for query in asked.captured_queries)
            assert index in plan, f"{name}: {plan}"
            assert not re.search(r"Seq Scan on (tools|reviews)_", plan), f"{name}: {plan}"


def plan_of(cursor: Any, sql: str) -> str:
    cursor.execute(f"EXPLAIN {sql}")
    return "\n".join(row[0] for row in cursor.fetchall())
