"""A newsroom in the middle of a day, on top of the demo publication: what the pictures of docs/editors.md show."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import connection

from accounts.models import User
from comparisons.models import Comparison
from editorial.history.who import named_by
from editorial.services import publish, submit
from reviews.models import Review, Reviewer
from reviews.services import publish_review
from tools.models import Category, Fact, Plan, Tool

EDITOR, COLLEAGUE = "editor@drydock.example", "ada@drydock.example"
DRAFT, SCHEDULED, OLD = "capstan-forms", "sounding-line", "ropewalk"
TWICE, KEPT = "waybill-reader-app", "waybill-reader"
TODAY = date(2026, 11, 20)  # of everything that was read on a source; the demo's own days are as fixed

_PANEL = {
    "the-builder": ("ship", "It leaves blank what it cannot prove.", "Each field names its document. I pulled three."),
    "the-skeptic": ("skip", "Fifty forms are a small voyage.", "The fifty-first costs more than the first fifty did."),
    "the-futurist": ("ship", "Forms will not go away.", "Whoever fills them in from what exists has years of work."),
    "the-founder": ("ship", "It pays for itself by the second application.", "An afternoon a form, at ten dollars."),
}


def people() -> list[User]:
    """The demo's editor, and a colleague with the same rights."""
    names = {EDITOR: "Demo Editor", COLLEAGUE: "Ada Keel"}
    return [User.objects.create_superuser(email, None, name=name) for email, name in names.items()]


def furnish(folder: str, colleague: User) -> None:
    """The demo, and on it the colleague's drafts, what is scheduled, what is old and what is here twice."""
    call_command("load_publication", folder, stdout=StringIO())
    time.sleep(1.1)  # histories tell seconds
    with connection.execute_wrapper(named_by(lambda: colleague.pk)):
        _write_draft(colleague)
        _schedule(colleague)
        _send_to_review(colleague)
        _enter_twice(colleague)
    Plan.objects.filter(tool__slug=OLD).update(checked_on=date(2026, 2, 2))
    Fact.objects.filter(tool__slug=OLD, criterion__slug="self-hosting").update(checked_on=date(2026, 3, 10))


def _begun_by(person: User) -> dict[str, Any]:
    return {"author": person, "changed_by": person}


def _write_draft(person: User) -> None:
    tool = Tool.objects.get(slug=DRAFT)
    tool.changed_by = person
    tool.save()
    _price(tool, "Office", 60, "Ten clerks, no limit of forms", position=1)
    for slug, (verdict, headline, body) in _PANEL.items():
        seat, words = Reviewer.objects.get(slug=slug), {"headline": headline, "body": body}
        Review.objects.create(tool=tool, reviewer=seat, verdict=verdict, **words, **_begun_by(person))


def _price(tool: Tool, name: str, amount: int, note: str, **fields: Any) -> None:
    found = {"source": f"{tool.website}pricing", "checked_on": TODAY, "currency": "USD", "period": "month"}
    Plan.objects.create(tool=tool, name=name, amount=Decimal(amount), note=note, **{**found, **fields})


def _tool(slug: str, name: str, person: User, **fields: Any) -> Tool:
    category = Category.objects.get(slug="data")
    return Tool.objects.create(slug=slug, name=name, category=category, **{**_begun_by(person), **fields})


def _schedule(person: User) -> None:
    tool = _tool(
        *(SCHEDULED, "Sounding Line", person),
        maker="Fathom & Fathom",
        tagline="Says how deep a table goes before you query it.",
        website="https://sounding-line.example.com/",
        licence="Apache 2.0",
        description="Sounding Line reads a database's statistics and says what a query will cost, before it runs.",
    )
    _price(tool, "Crew", 30, "Five databases")
    publish(tool, at=_at(days=5), by=person)
    reviewer = Reviewer.objects.get(slug="the-builder")
    words = {"headline": "It was right about my joins.", "body": "Nine of ten estimates held."}
    review = Review.objects.create(tool=tool, reviewer=reviewer, verdict="ship", **words, **_begun_by(person))
    publish_review(review, at=_at(days=5), by=person)


def _at(days: int) -> datetime:
    return (datetime.now(UTC) + timedelta(days=days)).replace(hour=9, minute=0, second=0, microsecond=0)


def _send_to_review(person: User) -> None:
    first, second = (Tool.objects.get(slug=slug) for slug in ("leadsman", KEPT))
    pair = Comparison.objects.create(
        first_tool=first,
        second_tool=second,
        summary="One sounds what you have, the other reads what you are sent.",
        choose_first_if="your figures are in a database already",
        choose_second_if="your figures arrive on paper",
        **_begun_by(person),
    )
    submit(pair, by=person)


def _enter_twice(person: User) -> None:
    tool = _tool(
        *(TWICE, "Waybill Reader App", person),
        maker="Tarpaulin Data",
        tagline="Photographs of delivery notes, as rows.",
        website="https://waybill-reader.example.com/app/",
        licence="Proprietary",
        description="The same reader, on a phone.",
    )
    _price(tool, "Committed", 550, "Up to 20,000 images a month", currency="GBP", checked_on=date(2026, 11, 12))
    _price(tool, "Ten phones", 90, "One account for a yard", currency="GBP")
    publish(tool, by=person)
    reviewer = Reviewer.objects.get(slug="the-builder")
    words = {"headline": "It reads my thumb, too.", "body": "Hold the note by its edges."}
    review = Review.objects.create(tool=tool, reviewer=reviewer, verdict="ship", **words, **_begun_by(person))
    publish_review(review, by=person)
