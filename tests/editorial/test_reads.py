"""A compiled read gives what its queryset gives, whatever it is asked for, as often as it is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from editorial.reads import CompiledRead
from tests.factories import make_tool
from tools.models import Tool

pytestmark = pytest.mark.django_db

NAMES = CompiledRead(
    lambda keys, slugs: (
        Tool.objects.published()
        .filter(pk__any_of=keys)
        .exclude(slug__any_of=slugs)
        .order_by("pk")
        .values_list("pk", "name", named=True)
    )
)


def test_compiled_read_answers_anew_each_time() -> None:
    first, second, hidden = make_tool(), make_tool(), make_tool(status="draft")
    keys = [first.pk, second.pk, hidden.pk]
    assert [row.name for row in NAMES(keys=keys, slugs=[])] == [first.name, second.name]
    assert [row.name for row in NAMES(keys=[second.pk], slugs=[])] == [second.name]
    assert [row.name for row in NAMES(keys=iter(keys), slugs={first.slug})] == [second.name]
    assert NAMES(keys=[], slugs=["x"]) == []


def test_compiled_read_asks_the_clock_each_time() -> None:
    tool = make_tool(status="scheduled", published_at=timezone.now() + timedelta(hours=1))
    assert NAMES(keys=[tool.pk], slugs=[]) == []
    Tool.objects.update(published_at=timezone.now() - timedelta(seconds=1))
    assert len(NAMES(keys=[tool.pk], slugs=[])) == 1


def test_compiled_read_is_one_query() -> None:
    with CaptureQueriesContext(connection) as queries:
        NAMES(keys=[1, 2, 3], slugs=["'; DROP TABLE tools_tool; --"])
    assert len(queries) == 1


def test_compiled_read_needs_every_list() -> None:
    with pytest.raises(KeyError, match="slugs"):
        NAMES(keys=[1])


def test_any_of_works_in_a_plain_queryset_too() -> None:
    tool = make_tool()
    assert list(Tool.objects.filter(pk__any_of=(tool.pk, 0), slug__any_of={tool.slug})) == [tool]


def test_a_list_may_be_read_by_the_database_itself() -> None:
    first, second, _ = make_tool(), make_tool(), make_tool(status="draft")
    newest = CompiledRead(
        lambda keys: (
            Tool.objects.filter(
                Q(pk__any_of=keys)
                | Q(pk__any_of=ArraySubquery(Tool.objects.published().order_by("-pk").values("pk")[:1]))
            )
            .order_by("pk")
            .values_list("pk", named=True)
        )
    )
    assert [row.pk for row in newest(keys=[])] == [second.pk]
    assert [row.pk for row in newest(keys=[first.pk])] == [first.pk, second.pk]
