"""Issues with one block of every kind, and readers of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from newsletter.models import Block, Issue
from newsletter.rendering import Reader
from tests.newsletter.test_models import make_issue

CROWD = {"ship": 20, "total": 58, "percent": 34, "count_text": "20 of 58", "is_shown": True}
NOBODY = {"ship": 0, "total": 3, "percent": None, "count_text": "0 of 3", "is_shown": False}


def panel(word: str, ship: int, total: int) -> dict[str, Any]:
    percent = round(100 * ship / total) if total else None
    counts = {"ship": ship, "total": total, "percent": percent, "count_text": f"{ship} of {total}"}
    return {"word": word, "word_text": word.title(), **counts}


def tool(number: int, name: str, tagline: str, category: str = "Agents") -> dict[str, Any]:
    slug = name.lower().replace(" ", "-").replace(".", "-")
    return {
        "tool": {
            **{"id": number, "slug": slug, "name": name, "path": f"/tools/{slug}/", "tagline": tagline},
            **{"category": category, "category_slug": category.lower()},
        },
        "panel": panel("skip", 0, 4),
        "community": CROWD,
        "entry": "Free",
        "at": "2026-11-19T09:00:00+00:00",
        "touches": {"tools": [number], "categories": [100 + number % 2], "reviewers": []},
    }


def by(name: str) -> dict[str, str]:
    slug = name.lower().replace(" ", "-")
    return {"reviewer": name, "reviewer_slug": slug, "reviewer_path": f"/reviewers/{slug}/"}


def remark(name: str, verdict: str, headline: str, receipt: int) -> dict[str, Any]:
    told = {"verdict": verdict, "verdict_text": verdict.title(), "headline": headline}
    return {**by(name), **told, "receipt": f"/receipts/{receipt}/"}


def found() -> dict[str, tuple[str, dict[str, Any]]]:
    """By what it is about: kind, and found."""
    gantry = tool(1, "Gantry Agents", "Books, buys and cancels on your behalf, in that order.")
    foghorn = tool(2, "Foghorn Voice", "Reads drafts aloud on your own machine.", "Voice")
    mistral = tool(3, "Mistral 3.1", "An open-weight model that calls tools natively and reads 256K tokens.")
    kestrel = tool(4, "Kestrel Notes", "Minutes of meetings, with the decisions.", "Meetings")
    llama = tool(5, "Code Llama 4", "Writes code.")
    lathe = tool(6, "Lathe & <Sons>", "Turns specs into tests.", "Testing")
    return {
        "tool:1": (
            "new",
            {
                **gantry,
                "remarks": [
                    remark("The Skeptic", "skip", "It asked for my card, my calendar and my patience.", 11),
                ],
                "touches": {**gantry["touches"], "reviewers": [9]},
            },
        ),
        "tool:2": (
            "new",
            {
                **foghorn,
                "panel": panel("split", 1, 2),
                "remarks": [
                    remark("The Builder", "skip", "The updater wants root and will not say why.", 12),
                    remark("The Founder", "ship", "The voice is lovely.", 13),
                ],
            },
        ),
        "tool:3": (
            "new",
            {
                **mistral,
                "panel": panel("ship", 4, 4),
                "community": NOBODY,
                "remarks": [remark("The Founder", "ship", "The licence is the sales team.", 14)],
            },
        ),
        "review:6": (
            "changed",
            {
                **lathe,
                **by("The Builder"),
                "panel": panel("ship", 3, 4),
                **{"before": "skip", "before_text": "Skip", "after": "ship", "after_text": "Ship"},
                "headline": "It fails loudly now, which is all I asked.",
                "text": "The Builder moves from SKIP to SHIP.",
                "reason": "Version 2 keeps what it was given.",
                "receipt": "/receipts/15/",
            },
        ),
        "plan:6": (
            "price",
            {
                **lathe,
                **{"plan": "Team", "before": "$20 per seat and month", "after": "$24 per seat and month"},
                "text": "$20 per seat and month to $24 per seat and month",
                "reason": "",
                "receipt": "/receipts/16/",
            },
        ),
        "tool:4": (
            "mover",
            {
                **kestrel,
                "panel": panel("split", 2, 4),
                "before": {**CROWD, "percent": 75, "since": "2026-11-12"},
                "after": {**CROWD, "percent": 50, "until": "2026-11-19T09:00:00+00:00"},
                "text": "75% of 40 votes a week ago, 50% of 58 now.",
            },
        ),
        "comparison:5": (
            "comparison",
            {
                "name": "Code Llama 4 vs Mistral 3.1",
                "path": "/compare/code-llama-4-vs-mistral-3-1/",
                "text": "They part on one reviewer, The Founder, and on one paper: the licence.",
                "tools": [{**llama, "panel": panel("ship", 3, 4)}, {**mistral, "panel": panel("ship", 4, 4)}],
                "at": None,
                "touches": {"tools": [3, 5], "categories": [101], "reviewers": []},
            },
        ),
    }


WORDS = """A week of strong opinions about *who holds the card*. Six tools came up the slip: two go to sea, three
stay in, one has the panel tied. [The methodology](/methodology/) says how.

- First the verdicts
- then the prices, at <https://drydock.example/prices>
"""


def full_issue(**fields: Any) -> Issue:
    """No. 87, with one block of every kind at least."""
    told = {
        "subject": "Four to nil against Gantry Agents",
        "preheader": "Four to nil against Gantry Agents, and a foghorn the crowd loves.",
        "introduction": WORDS,
    }
    issue = make_issue(**{"number": 87, "iso_week": "2026-W47", **told, **fields})
    for position, (about, (kind, said)) in enumerate(found().items()):
        Block.objects.create(issue=issue, kind=kind, about=about, found=said, position=10 * position)
    Block.objects.create(issue=issue, kind="note", about="note:1", words="We are **off** next week.", position=99)
    return issue


def reader(**fields: Any) -> Reader:
    told = {
        **{"pk": 7, "address": "mate@example.org", "confirmed_on": date(2026, 10, 2)},
        **{"unsubscribe": "/newsletter/unsubscribe/7-abc/", "preferences": "/newsletter/preferences/7-def/"},
    }
    return Reader(**{**told, **fields})
