"""The index of the sitemap: the files it names and the dates it gives them, and from what it reads both."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews.models import Review
from tests.comparisons.test_search_plan import FLEET, plan_of
from tests.comparisons.test_sitemap import entries
from tests.factories import make_category, make_comparison, make_review, make_reviewer, make_tool
from tools.models import Tool

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)


def later_and_earlier(chance: Random) -> dict[str, Any]:
    """A status with a date that may be to come; published, scheduled, withdrawn or none yet."""
    status = chance.choice(["published", "published", "scheduled", "withdrawn", "draft"])
    moment = NOW + timedelta(hours=chance.randint(-900, 200 if status == "scheduled" else -1))
    return {"status": status, "published_at": None if status == "draft" else moment}


def scatter(chance: Random) -> None:
    """Tools over four ranges of keys, their reviews and comparisons, saved at any time before and after."""
    categories, reviewers = [make_category() for _ in range(3)], [make_reviewer() for _ in range(2)]
    base = (make_tool().pk // 10_000 + 1) * 10_000
    keys = sorted(chance.sample([*range(base, base + 6), base + 2_500, base + 9_999, base + 10_000, base + 50_001], 8))
    tools = [make_tool(pk=key, category=chance.choice(categories), **later_and_earlier(chance)) for key in keys]
    for tool in tools:
        for reviewer in chance.sample(reviewers, chance.randint(0, 2)):
            make_review(tool, reviewer, **later_and_earlier(chance))
    for _ in range(4):
        one, two = chance.sample(tools, 2)
        if not one.comparisons_as_first.exists() and not two.comparisons_as_first.exists():
            make_comparison(one, two, **later_and_earlier(chance))
    for model in (Tool, Review):
        for row in model.objects.all():
            saved = NOW - timedelta(hours=chance.randint(1, 900))
            model.objects.filter(pk=row.pk).update(updated_at=saved)


def newest(inside: dict[str, str]) -> str:
    return max(inside.values(), key=lambda moment: datetime.fromisoformat(moment) if moment else NOW.replace(year=1))


@pytest.mark.parametrize("seed", range(12))
def test_the_index_names_every_file_and_its_newest_change(client: Client, seed: int) -> None:
    scatter(Random(seed))  # noqa: S311
    index = entries(client, "/sitemap.xml")
    newest_tool = ""
    for kind in ("tools", "reviewers", "categories", "comparisons", "pairs"):
        numbers = [int(number) for number in re.findall(rf"/sitemaps/{kind}-(\d+)\.xml", " ".join(index))]
        assert numbers == sorted(numbers)
        tried = {*numbers, *(number + step for number in numbers for step in (-1, 1, 2, 5)), *range(1, 9)}
        there = [number for number in tried if client.get(f"/sitemaps/{kind}-{number}.xml").status_code == 200]
        assert sorted(there) == numbers
        for number in numbers:
            inside = newest(entries(client, f"/sitemaps/{kind}-{number}.xml"))
            dated = index[f"/sitemaps/{kind}-{number}.xml"]
            if kind in ("comparisons", "pairs"):  # as new as the newest tool: never too old
                assert dated == max(newest_tool, inside)
            else:
                assert dated == inside
            newest_tool = max(newest_tool, dated) if kind == "tools" else newest_tool


def test_the_index_is_read_from_indexes() -> None:
    with connection.cursor() as cursor:
        keys = {"category": make_category().pk, "reviewer": make_reviewer().pk}
        for statement in FLEET.strip().split(";\n"):
            cursor.execute(statement, keys)
        cursor.execute(
            "INSERT INTO comparisons_toolstanding (tool_id, name, is_listed, ship_count, review_count,"
            " community_ship, community_skip) SELECT id, name, true, 1, 1, 0, 0 FROM tools_tool"
        )
        cursor.execute("ANALYZE comparisons_toolstanding")
        with CaptureQueriesContext(connection) as asked:
            assert Client().get("/sitemap.xml").status_code == 200
        plans = "\n".join(plan_of(cursor, query["sql"]) for query in asked.captured_queries)
        plans += plan_of(cursor, "SELECT * FROM comparisons_pair_files")  # which a function stands before
    for name in (
        *("tool_newest_in_its_file", "tool_newest_change_in_category", "review_newest_in_file_of_tools"),
        *("review_newest_change_by_reviewer", "standing_reviewed_in_file"),
    ):
        assert name in plans, plans
    assert not re.search(r"Seq Scan on (tools_tool|reviews_review|comparisons_toolstanding)\b", plans), plans


def test_the_index_takes_as_many_queries_whatever_it_names(client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/sitemap.xml")
        return len(captured)

    few = queries()
    scatter(Random(1))  # noqa: S311
    assert queries() == few
