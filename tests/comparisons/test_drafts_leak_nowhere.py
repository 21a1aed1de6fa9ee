"""A word that stands in drafts alone is told by nothing that the site says in public, and is found once they are out.

Every address comes from the site's own list (tests/crawl.py), so that a new one is crawled without a word here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import OutgoingMail, User
from accounts.roles import PUBLISHER
from comparisons.models import Receipt
from comparisons.services import publish_comparison
from comparisons.standings import count_votes
from editorial.services import publish, withdraw
from reviews.services import publish_review
from tests.accounts.entrance import sign_in
from tests.crawl import addresses, crawl
from tests.editorial.people import at_desk, page_of, person
from tests.factories import (
    make_category,
    make_comparison,
    make_criterion,
    make_fact,
    make_page,
    make_plan,
    make_review,
    make_tool,
    make_votes,
    make_wanted,
)
from tools.asks.desk import link_draft
from tools.asks.telling import tell_askers
from tools.models import Tool
from tools.services import publish_tool
from votes.services import close_day

pytestmark = pytest.mark.django_db

# Marks begin alike, so that one search finds them all; STOWAWAY is in slugs, which an answer may repeat to whoever
# named one. `sextant` stands beside every mark: to look for it is to look for the drafts without naming one.
MARK, STOWAWAY, NEAR = "quillfin", "stowaway", "sextant"
STATES = ("draft", "in-review", "scheduled", "called-off")
COLLECTIONS = ("categories", "criteria", "tools", "reviewers", "reviews", "comparisons", "tallies", "receipts")
FILES = ("manifest.json", *(f"{name}.json.gz" for name in COLLECTIONS), "receipts.csv.gz", "SHA256SUMS.txt")


def marked(*where: str) -> str:
    return f"{MARK}-{'-'.join(where)} {NEAR}"


def standing(state: str) -> dict[str, Any]:
    """How a piece is stored before it is out. One that was called off was scheduled first, and taken back since."""
    tomorrow = timezone.now() + timedelta(days=1)
    if state in ("scheduled", "called-off"):
        return {"status": "scheduled", "published_at": tomorrow}
    return {"status": state.replace("-", "_"), "published_at": None}


@dataclass
class Hold:
    """What lies below deck: each piece with the marks that readers find once it is out."""

    tools: list[Any] = field(default_factory=list)
    others: list[Any] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)

    def note(self, *where: str) -> str:
        self.marks.add(f"{MARK}-{'-'.join(where)}")
        return marked(*where)

    @property
    def pieces(self) -> list[Any]:
        return [*self.tools, *self.others]


@pytest.fixture
def quay() -> list[Tool]:
    """What is out: four tools of a class, one with a panel, a price, a fact and votes."""
    category = make_category(slug="quay", name="Quay")
    tools = [make_tool(slug=f"barge-{letter}", name=f"Barge {letter}", category=category) for letter in "abcd"]
    make_review(tools[0]), make_plan(tools[0]), make_fact(tools[0])
    make_comparison(tools[0], tools[1])
    make_votes(tools[0], 12, 3)
    return tools


@pytest.fixture
def hold(quay: list[Tool]) -> Hold:
    hold = Hold()
    pairs = [(quay[0], quay[2]), (quay[0], quay[3]), (quay[1], quay[2]), (quay[1], quay[3])]
    slugs = ("about", None, "privacy", "methodology")  # there are three pages
    for state, pair, slug in zip(STATES, pairs, slugs, strict=True):
        hold.tools.append(_hidden_tool(hold, quay, state))
        hold.others.append(make_review(quay[0], headline=hold.note("remark", state), **standing(state)))
        make_review(hold.tools[-1], headline=hold.note("remark-of", state), body=hold.note("body-of", state))
        words: dict[str, Any] = {
            name: hold.note(name, state) for name in ("summary", "choose_first_if", "choose_second_if")
        }
        hold.others.append(make_comparison(pair[0], pair[1], **words, **standing(state)))
        if slug:
            words = {name: hold.note(name, state, slug) for name in ("title", "body")}
            hold.others.append(make_page(slug, **words, **standing(state)))
    for piece in hold.pieces:
        if piece.status == "scheduled" and "called-off" in str(vars(piece)):
            withdraw(piece)
    count_votes()
    return hold


def _hidden_tool(hold: Hold, quay: list[Tool], state: str) -> Tool:
    words: dict[str, Any] = {
        name: hold.note(name, state) for name in ("name", "maker", "tagline", "description", "licence")
    }
    website = f"https://{NEAR}-{state}.example.com/"
    tool = make_tool(slug=f"{STOWAWAY}-{state}", website=website, category=quay[0].category, **words, **standing(state))
    words = {name: hold.note("plan", name, state) for name in ("name", "note")}
    make_plan(tool, unit="seat", **words)
    make_fact(tool, make_criterion(), value=hold.note("fact", state), note=hold.note("fact-note", state))
    make_comparison(tool, quay[0], summary=hold.note("pair-of", state))
    make_votes(tool, 15, 2)
    return tool


def told(client: Client, root: Path) -> dict[str, bytes]:
    """What the site says to whoever asks for everything, signed in or not, and what its commands write."""
    call_command("dump_data", str(root / f"dump-{timezone.now():%H%M%S%f}"), verbosity=0)
    slugs = [*(f"{STOWAWAY}-{state}" for state in STATES), "barge-a", "quay", *COLLECTIONS]
    pairs = [f"barge-a-vs-{STOWAWAY}-{state}" for state in STATES] + ["barge-a-vs-barge-b", "barge-a-vs-barge-c"]
    receipts = list(Receipt.objects.order_by("pk").values_list("pk", flat=True))
    values: dict[str, list[object]] = {
        "slug": [*slugs, *Tool.objects.filter(slug="barge-a").values_list("reviews__reviewer__slug", flat=True)],
        "address": [*pairs],
        "number": [1, *receipts],
        "section": ["tools", "pages", "pairs", "categories", "reviewers"],
        "name": [*COLLECTIONS, *FILES],
        "key": [*slugs[:5], *pairs[:5], 1],
        "stamp": ["2026-01-01T000000.000000Z"],
        "token": ["x"],
        "provider": ["google"],
        "pk": [1],
        "day": [timezone.now().date()],
    }
    asked = [
        *(f"/search/?q={NEAR}", f"/search/?q={NEAR}&in=reviews", f"/search/suggest/?q={NEAR}"),
        *("/search/?q=barge", "/search/suggest/?q=barge", "/leaderboard/", "/tools/?sort=name"),
        f"/tools/barge-a/?as_of={timezone.now().date()}",
        f"/compare/barge-a-vs-barge-c/?as_of={timezone.now().date()}",
        *("/compare/?a=Barge+a&b=Barge+c", "/receipts/?tool=barge-a", "/receipts/?kind=verdict"),
        *(f"/receipts/?tool={STOWAWAY}-{state}" for state in STATES),
    ]
    return crawl(client, [*addresses(values), *asked])


def marks_in(answers: dict[str, bytes]) -> dict[str, set[str]]:
    """By address what of the drafts it says; a slug that the address names itself may be repeated."""
    found = {}
    for address, text in answers.items():
        words = set(re.findall(rf"{MARK}-[a-z_-]+", text.decode(errors="replace").lower()))
        if STOWAWAY not in address and STOWAWAY.encode() in text.lower():
            words.add(STOWAWAY)
        if words:
            found[address] = words
    return found


def ask_for_them(client: Client, hold: Hold) -> dict[str, bytes]:
    """A reader who asks for what is being written, by its website: the form knows nothing of it."""
    answers = {}
    for tool in hold.tools:
        form = {"name": "Something", "website": tool.website, "why": "", "mail": "on"}
        answer: Any = client.post("/ask/", form, headers={"sec-fetch-site": "same-origin"}, follow=True)
        answers[f"asked for {tool.website}"] = answer.content
    return answers


def test_what_is_not_out_is_told_by_nothing(settings: Settings, tmp_path: Path, hold: Hold) -> None:
    settings.OPEN_DATA_ROOT = str(tmp_path / "open")
    reader = Client()
    sign_in(reader, "reader@example.org")
    wanted = make_wanted("Something sought", by=[User.objects.get(email="reader@example.org")])
    link_draft(pk=wanted.pk, tool=hold.tools[0])
    picture = Client().get("/og/tools/barge-a.png").content
    links = _look_at_previews(hold)  # what an editor has looked at is in no cache
    call_command("dump_data", verbosity=0)
    close_day(timezone.now() + timedelta(days=1))
    assert tell_askers() == 0

    answers = {**told(Client(), tmp_path), **ask_for_them(reader, hold)}
    answers |= {f"reader {path}": answer for path, answer in crawl(reader, ["/accounts/", "/ask/mine/"]).items()}
    answers |= {path.name: path.read_bytes() for path in (tmp_path / "open").rglob("*.json")}
    answers |= {f"mail {number}": bytes(letter.message()) for number, letter in enumerate(mail.outbox)}
    answers |= {f"mail {letter.pk} that waits": letter.text.encode() for letter in OutgoingMail.objects.all()}
    assert marks_in(answers) == {}
    assert Client().get("/og/tools/barge-a.png").content == picture
    assert len(answers) > 300
    kinds = {answer[:3] for address, answer in answers.items() if address.startswith("/")}
    assert {b"200", b"404"} <= kinds
    assert not any(answer.startswith(b"5") for answer in answers.values())
    assert all(b"quillfin" in Client().get(link).content for link in links)

    _put_out(hold)
    found = set().union(*marks_in(told(Client(), tmp_path)).values())
    assert hold.marks - found == set()
    assert STOWAWAY in found
    assert tell_askers() == 2  # one by the editor's link, one by its website
    assert MARK in OutgoingMail.objects.latest("pk").text


def _look_at_previews(hold: Hold) -> list[str]:
    """Every draft in a preview, with a link for somebody outside; the links."""
    client, links = at_desk(person(PUBLISHER)), []
    for piece in hold.pieces:
        desk = page_of(piece).replace("/change/", "/preview/")
        assert client.get(f"{desk}page/").status_code == 200
        made = client.post(desk, {"days": 1}).content.decode()
        links += re.findall(r"/preview/[\w-]{40,}/", made)[:1]
        assert client.post("/admin/markdown/", {"text": marked("typed"), "heading": 2, "line": 0}).status_code == 200
    assert len(links) == len(hold.pieces)
    return links


def _put_out(hold: Hold) -> None:
    for tool in hold.tools:
        publish_tool(tool)
        if tool.status == "scheduled":
            Tool.objects.filter(pk=tool.pk).update(status="published", published_at=timezone.now())
    for piece in hold.others:
        match piece._meta.model_name:
            case "review":
                publish_review(piece)
            case "comparison":
                publish_comparison(piece)
            case _:
                publish(piece)
