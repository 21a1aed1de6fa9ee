"""A publication for the tests of the open data: something of everything, and much that nobody may see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone
from jsonschema_rs import Draft202012Validator

from comparisons.models import Comparison
from comparisons.opendata.schema import openapi
from comparisons.standings import count_votes
from editorial.models import Publishable
from editorial.services import withdraw
from tests.factories import (
    make_category,
    make_comparison,
    make_criterion,
    make_fact,
    make_free_plan,
    make_panel,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
    make_votes,
)
from tools.models import Tool
from votes.models import Crowd

MARKER = "unseen-marker"
HIDDEN: dict[str, Any] = {"status": Publishable.Status.DRAFT, "published_at": None}
SCHEMAS = {
    "categories": "Category",
    "criteria": "Criterion",
    "tools": "Tool",
    "reviewers": "Reviewer",
    "reviews": "Review",
    "comparisons": "Comparison",
    "tallies": "Tally",
    "leaderboard": "Leader",
    "receipts": "Receipt",
}


def fill_open_data() -> Tool:
    """Four tools, read by three, voted on by many, by few and by none; one has been renamed and dearer since."""
    category = make_category(slug="class", name="Class")
    people = [make_reviewer(slug=f"r{number}", excites="tests\nlogs") for number in range(3)]
    window = make_criterion(slug="window", kind="number", unit="tokens")
    hosting = make_criterion(slug="hosting", kind="yes_no")
    anvil, bellows, chisel, drill = (
        make_tool(slug=slug, name=slug.title(), category=category) for slug in ("anvil", "bellows", "chisel", "drill")
    )
    make_panel(anvil, "ssk", people)
    make_panel(bellows, "sk", people)
    make_panel(chisel, "kkk", people)
    plan = make_plan(anvil, amount=Decimal("12.5"), unit="seat", currency="EUR")
    make_plan(anvil, amount=Decimal("9.0004"), period="usage", unit="1M tokens", currency="EUR")
    make_plan(bellows)
    make_free_plan(bellows)
    make_fact(anvil, window, value="256000", note="native")
    make_fact(anvil, hosting, value="yes")
    make_votes(anvil, 40, 10)
    make_votes(anvil, 2, 1, Crowd.PASSING)
    make_votes(bellows, 27, 15)
    make_votes(chisel, 3, 1)
    make_comparison(anvil, bellows, choose_first_if="you row\nyou rest", is_featured=True)
    type(plan).objects.filter(pk=plan.pk).update(amount=Decimal(15))
    Tool.objects.filter(pk=bellows.pk).update(tagline="Does two things.")
    count_votes()
    assert drill.pk
    return anvil


def fill_hidden(anvil: Tool) -> None:
    """What must stand nowhere: drafts, what is still to come, and what was never public."""
    words = {"tagline": MARKER, "description": MARKER}
    soon: dict[str, Any] = {"status": Publishable.Status.SCHEDULED, "published_at": timezone.now() + timedelta(hours=1)}
    draft = make_tool(slug=f"{MARKER}-draft", name=MARKER, **words, **HIDDEN)
    coming = make_tool(slug=f"{MARKER}-soon", name=f"{MARKER} soon", **words, **soon)
    for tool in (draft, coming):
        make_plan(tool, name=MARKER)
        make_fact(tool, value=MARKER)
        make_review(tool, headline=MARKER, body=MARKER)
        make_votes(tool, 20, 1)
        make_comparison(tool, anvil, summary=MARKER)
    make_review(anvil, headline=MARKER, **HIDDEN)
    make_review(anvil, headline=MARKER, **soon)
    taken_back = make_review(anvil, headline=MARKER, **soon)
    withdraw(taken_back)
    make_comparison(anvil, Tool.objects.get(slug="chisel"), summary=MARKER, **HIDDEN)
    Comparison.objects.filter(summary=MARKER, first_tool=draft).update(updated_at=timezone.now())
    count_votes()


def read(client: Client, address: str) -> Any:
    """The JSON at an address, which must be there."""
    response = client.get(address.removeprefix(settings.SITE_URL))
    assert response.status_code == 200, response.content
    return response.json()


def read_all(client: Client, name: str, limit: int = 100, more: str = "") -> Iterator[dict[str, Any]]:
    """Every record of a collection, page by page."""
    following: str | None = f"/api/v1/{name}/?limit={limit}{more}"
    while following:
        page = read(client, following)
        assert len(page["items"]) <= limit
        yield from page["items"]
        following = page["next"]


def check_shape(schema: str, record: Any) -> None:
    """Raise if a record is not what the OpenAPI document says."""
    document = openapi()
    whole = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    Draft202012Validator(json.loads(json.dumps(whole)), validate_formats=True).validate(record)
