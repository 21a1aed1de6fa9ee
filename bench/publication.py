"""A made-up publication of any size, as files; seeded, so that every run loads the same bytes."""

from __future__ import annotations

import random
from pathlib import Path

WORDS = [
    "anchor",
    "ballast",
    "beacon",
    "bilge",
    "bollard",
    "bow",
    "buoy",
    "cable",
    "cargo",
    "chart",
    "compass",
    "course",
    "crew",
    "deck",
    "dock",
    "draught",
    "ebb",
    "fathom",
    "flag",
    "flood",
    "galley",
    "hatch",
    "haul",
    "helm",
    "hold",
    "hull",
    "keel",
    "knot",
    "lantern",
    "ledger",
    "line",
    "log",
    "mast",
    "mooring",
    "oar",
    "pilot",
    "plank",
    "port",
    "quay",
    "rigging",
    "rudder",
    "sail",
    "salt",
    "sextant",
    "signal",
    "stern",
    "survey",
    "swell",
    "tackle",
    "tide",
    "timber",
    "vessel",
    "watch",
    "wharf",
    "winch",
]
REVIEWERS = ("the-builder", "the-skeptic", "the-futurist", "the-founder")
EMBLEMS = ("kilo", "uniform", "papa", "zulu")


def write_publication(root: Path, tool_count: int) -> int:
    """Write `tool_count` tools with four reviews each, three plans and six facts; returns the number of files."""
    chance = random.Random(tool_count)
    for name in ("tools", "reviews"):
        (root / name).mkdir(parents=True)
    (root / "categories.yaml").write_text("".join(f"- slug: class-{n}\n  name: Class {n}\n" for n in range(8)))
    (root / "criteria.yaml").write_text(
        "".join(f"- slug: row-{n}\n  name: Row {n}\n  kind: {('text', 'yes_no', 'number')[n % 3]}\n" for n in range(6))
    )
    (root / "reviewers.yaml").write_text(
        "".join(
            f"- slug: {slug}\n  name: {slug}\n  lens: All of it\n  motto: Show me.\n  emblem: {emblem}\n"
            f"  written_by: software\n  disclosure: Made up.\n"
            for slug, emblem in zip(REVIEWERS, EMBLEMS, strict=True)
        )
    )
    for number in range(tool_count):
        slug = f"{chance.choice(WORDS)}-{chance.choice(WORDS)}-{number}"
        (root / f"tools/{slug}.md").write_text(_tool(chance, slug))
        (root / f"reviews/{slug}").mkdir()
        for reviewer in REVIEWERS:
            (root / f"reviews/{slug}/{reviewer}.md").write_text(_review(chance))
    return tool_count * 5 + 3


def _text(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(WORDS, k=count)).capitalize() + "."


def _tool(chance: random.Random, slug: str) -> str:
    plans = "".join(
        f"  - name: Plan {n}\n    amount: {chance.randint(1, 200)}\n    currency: USD\n    period: month\n"
        f"    note: {_text(chance, 6)}\n    source: https://{slug}.example.com/pricing\n    checked_on: 2026-11-02\n"
        for n in range(3)
    )
    facts = "".join(
        f"  row-{n}:\n    value: {(_text(chance, 3), chance.choice(('yes', 'no')), chance.randint(1, 10**6))[n % 3]}\n"
        f"    source: https://{slug}.example.com/facts\n    checked_on: 2026-11-02\n"
        for n in range(6)
    )
    return (
        f"---\nname: {slug.replace('-', ' ').title()}\nmaker: {_text(chance, 2)}\ntagline: {_text(chance, 9)}\n"
        f"category: class-{chance.randrange(8)}\nwebsite: https://{slug}.example.com/\nlicence: Proprietary\n"
        f"launched_on: 2026-01-{chance.randint(1, 28):02}\nplans:\n{plans}facts:\n{facts}---\n\n{_text(chance, 90)}\n"
    )


def _review(chance: random.Random) -> str:
    return (
        f"---\nverdict: {chance.choice(('ship', 'skip'))}\nheadline: {_text(chance, 10)}\n"
        f"published_at: 2026-11-{chance.randint(1, 20):02}T09:00:00Z\n---\n\n{_text(chance, 60)}\n"
    )
