"""Rows for tests, complete and published unless told otherwise. Names count up, so that no two collide."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from accounts.models import User
from comparisons.models import Comparison
from editorial.models import Image, Page, Publishable
from reviews.models import Review, Reviewer
from tools.asks.asking import Wish, ask_for
from tools.models import Category, Criterion, Fact, Link, Plan, Tool, WantedTool
from votes.models import Crowd, Vote, Voter

_numbers = count(100_000)  # all of the same length, so that what is sorted by name is in the order of its making
PUBLISHED_AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
PUBLISHED = {"status": Publishable.Status.PUBLISHED, "published_at": PUBLISHED_AT}


def make_category(**fields: Any) -> Category:
    number = next(_numbers)
    return Category.objects.create(**{"slug": f"class-{number}", "name": f"Class {number}", **fields})


def make_tool(**fields: Any) -> Tool:
    number = next(_numbers)
    defaults = {
        "slug": f"tool-{number}",
        "name": f"Tool {number}",
        "maker": "Makers & Sons",
        "tagline": "Does one thing.",
        "website": "https://tool.example.com/",
        "licence": "Apache 2.0",
        "description": "A plain tool.",
        **PUBLISHED,
    }
    return Tool.objects.create(**{**defaults, **fields, "category": fields.get("category") or make_category()})


def make_plan(tool: Tool, **fields: Any) -> Plan:
    number = next(_numbers)
    defaults = {
        "name": f"Plan {number}",
        "amount": Decimal(20),
        "currency": "USD",
        "period": Plan.Period.MONTH,
        "source": "https://tool.example.com/pricing",
        "checked_on": date(2026, 11, 2),
        "position": number % 30_000,
    }
    return Plan.objects.create(tool=tool, **{**defaults, **fields})


def make_free_plan(tool: Tool, **fields: Any) -> Plan:
    return make_plan(tool, **{"name": "Free", "amount": None, "currency": "", "period": Plan.Period.FREE, **fields})


def make_criterion(**fields: Any) -> Criterion:
    number = next(_numbers)
    defaults = {"slug": f"criterion-{number}", "name": f"Criterion {number}", "kind": Criterion.Kind.TEXT}
    return Criterion.objects.create(**{**defaults, **fields})


def make_fact(tool: Tool, criterion: Criterion | None = None, **fields: Any) -> Fact:
    defaults = {"value": "Words", "source": "https://tool.example.com/facts", "checked_on": date(2026, 11, 2)}
    return Fact.objects.create(tool=tool, criterion=criterion or make_criterion(), **{**defaults, **fields})


def make_reviewer(**fields: Any) -> Reviewer:
    number = next(_numbers)
    defaults = {
        "slug": f"reviewer-{number}",
        "name": f"The Reviewer {number}",
        "lens": "Whether it floats",
        "motto": "Show me.",
        "emblem": Reviewer.Emblem.KILO,
        "written_by": Reviewer.Author.PERSON,
        "disclosure": "Written by a person.",
        "position": number % 30_000,
    }
    return Reviewer.objects.create(**{**defaults, **fields})


def make_review(tool: Tool, reviewer: Reviewer | None = None, verdict: str = "ship", **fields: Any) -> Review:
    defaults = {"headline": "It floats.", "body": "I looked twice.", **PUBLISHED}
    return Review.objects.create(
        tool=tool, reviewer=reviewer or make_reviewer(), verdict=verdict, **{**defaults, **fields}
    )


def make_panel(tool: Tool, verdicts: str, reviewers: list[Reviewer] | None = None) -> list[Review]:
    """Reviews from a word of s and k: make_panel(tool, "sssk") is 3 of 4."""
    people = reviewers or [make_reviewer() for _ in verdicts]
    named = {"s": "ship", "k": "skip"}
    return [
        make_review(tool, reviewer, named[letter])
        for letter, reviewer in zip(verdicts, people, strict=False)
        if letter in named
    ]


def make_comparison(first: Tool, second: Tool, **fields: Any) -> Comparison:
    one, two = sorted((first, second), key=lambda tool: tool.slug)
    defaults = {"summary": "Both float.", "choose_first_if": "you row", "choose_second_if": "you sail", **PUBLISHED}
    return Comparison.objects.create(first_tool=one, second_tool=two, **{**defaults, **fields})


def make_page(slug: str = "about", **fields: Any) -> Page:
    return Page.objects.create(slug=slug, **{"title": "About", "body": "Plain words.", **PUBLISHED, **fields})


def make_votes(tool: Tool, ship: int, skip: int, crowd: Crowd = Crowd.ACCOUNT) -> None:
    """So many counted votes of readers who have voted on nothing else."""
    hashes = [next(_numbers).to_bytes(32) for _ in range(ship + skip)]
    voters = Voter.objects.bulk_create(Voter(secret_hash=secret) for secret in hashes)
    choices = [Vote.Choice.SHIP] * ship + [Vote.Choice.SKIP] * skip
    Vote.objects.bulk_create(
        Vote(tool=tool, voter=voter, choice=choice, crowd=crowd) for voter, choice in zip(voters, choices, strict=True)
    )


def make_link(*tools: Tool, url: str = "", **fields: Any) -> Link:
    """An address that these tools name; it is on no server."""
    link = Link.objects.create(url=url or f"http://127.0.0.1:1/{next(_numbers)}", host="127.0.0.1", **fields)
    link.tools.set(tools)
    return link


def make_image(**fields: Any) -> Image:
    """A row of the library; its file is not there."""
    name = f"{next(_numbers):040x}.png"
    defaults = {"file": name, "small": name, "width": 64, "height": 32, "weight": 512, "alt": "A logo of a harbour"}
    return Image.objects.create(**{**defaults, **fields})


def make_user(**fields: Any) -> User:
    email = fields.pop("email", f"mate{next(_numbers)}@example.org")
    return User.objects.create_user(email, **fields)


def make_wanted(name: str = "", website: str = "", *, by: int | list[User] = 1, **fields: Any) -> WantedTool:
    """A tool that is not here, asked for by so many readers, or by these."""
    number = next(_numbers)
    wish = Wish(name or f"Wanted {number}", website or f"https://wanted-{number}.example.com/", **fields)
    asks = [
        ask_for(user=user, wish=wish)[0] for user in (by if isinstance(by, list) else [make_user() for _ in range(by)])
    ]
    return asks[-1].wanted_tool
