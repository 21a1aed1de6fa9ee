"""Dumps that were falsified on purpose, by a forger who makes tables, counts and fingerprints fit."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from comparisons.opendata.shapes import RECORDS
from comparisons.opendata.tables import cell, ways
from comparisons.standings import count_votes
from editorial.services import withdraw
from reviews.models import Review
from tests.factories import make_review
from tests.open_data import fill_hidden, fill_open_data
from tests.passing_time import pass_time
from tools.models import Fact, Plan, Tool


def fill() -> Tool:
    """The publication of the open data's tests, with a history: a month ago, and since then."""
    anvil = fill_open_data()
    pass_time(timedelta(days=30))
    Plan.objects.filter(tool=anvil, amount=15).update(amount="17.25")
    Fact.objects.filter(tool=anvil, value="256000").update(note="")
    withdraw(Review.objects.filter(tool__slug="chisel").order_by("pk")[0])
    pass_time(timedelta(days=10))
    make_review(anvil, verdict="skip", headline="It sank.")
    Tool.objects.filter(slug="drill").update(slug="drill-press", name="Drill press")
    fill_hidden(anvil)
    count_votes()
    return anvil


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(gzip.decompress((folder / f"{name}.json.gz").read_bytes()))
    return found


def write(folder: Path, name: str, records: list[dict[str, Any]]) -> None:
    """Both files of a collection, and a manifest that is true of them: a forger who is thorough."""
    lines = ",\n".join(json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records)
    table, columns = io.StringIO(), list(ways(RECORDS[name]))
    written = csv.writer(table, lineterminator="\n")
    written.writerow(".".join(way) for way in columns)
    written.writerows([cell(record, way) for way in columns] for record in records)
    (folder / f"{name}.json.gz").write_bytes(gzip.compress(f"[\n{lines}\n]\n".encode()))
    (folder / f"{name}.csv.gz").write_bytes(gzip.compress(table.getvalue().encode()))
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["counts"][name] = len(records)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    seal(folder)


def seal(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for file in manifest["files"]:
        content = (folder / file["name"]).read_bytes()
        file.update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    (folder / "manifest.json").write_text(json.dumps(manifest))


def put(*way: Any) -> Callable[[Any], None]:
    """A falsification: the last of the way takes the place of what is there."""
    *steps, last, value = way

    def falsify(records: Any) -> None:
        for step in steps:
            records = records[step]
        assert records[last] != value
        records[last] = value

    return falsify


def of(kind: str, act: str, change: Callable[[dict[str, Any]], None]) -> Callable[[Any], None]:
    """A falsification of the first receipt of a kind and an act."""
    return lambda records: change(next(r for r in records if (r["kind"], r["act"]) == (kind, act)))


def elsewhere(records: Any) -> None:
    """A fact that was never changed is hung on a tool that is not there."""
    [record for record in records if record["kind"] == "fact"][1]["tool_id"] = 999999


def without(kind: str, act: str) -> Callable[[Any], None]:
    return lambda records: records.remove(next(r for r in records if (r["kind"], r["act"]) == (kind, act)))


def swap(records: list[dict[str, Any]]) -> None:
    """The first two trade places, and say so: only the order by intervals tells."""
    records[0], records[1] = {**records[1], "place": 1}, {**records[0], "place": 2}


FALSIFIED: dict[str, tuple[str, Callable[[Any], None], str, str]] = {
    "panel share": ("tools", put(0, "panel", "share", 49), "tools anvil panel share", "Panel"),
    "panel ship": ("tools", put(0, "panel", "ship", 3), "tools anvil panel ship", "Panel"),
    "panel word": ("tools", put(0, "panel", "word", "ship"), "tools anvil panel word", "Panel"),
    "panel text": ("tools", put(0, "panel", "text", "3 of 4"), "tools anvil panel text", "Panel"),
    "reviewed at": ("tools", put(0, "reviewed_at", "2026-01-01T00:00:00Z"), "tools anvil reviewed_at", "Panel"),
    "entry price": ("tools", put(0, "entry_price", "text", "Free"), "tools anvil entry_price text", "Entry price"),
    "entry plan": ("tools", put(0, "entry_price", "plan_id", 999999), "tools anvil entry_price plan_id", "Entry price"),
    "price text": ("tools", put(0, "plans", 0, "price", "€1/mo"), "tools anvil plans 1 price", "Price in words"),
    "price": ("tools", put(0, "plans", 0, "amount", "17.2"), "tools anvil plans 1 amount", "Rebuild"),
    "fact text": ("tools", put(0, "facts", 0, "text", "1M tokens"), "tools anvil facts 1 text", "Fact in words"),
    "fact value": ("tools", put(0, "facts", 0, "value", "128000"), "tools anvil facts 1 value", "Rebuild"),
    "tool maker": ("tools", put(1, "maker", "Somebody"), "tools bellows maker", "Rebuild"),
    "category name": ("tools", put(1, "category", "name", "Kitchen"), "tools bellows category name", "Rebuild"),
    "tool left out": ("tools", lambda records: records.pop(), "tools", "Rebuild"),
    "community share": ("tools", put(0, "community", "share", 81), "tools anvil community share", "Votes"),
    "community low": ("tools", put(0, "community", "low", 66.0), "tools anvil community low", "Interval"),
    "community ship": ("tools", put(0, "community", "ship", 41), "tools anvil community total", "Votes"),
    "withheld": ("tools", put(2, "community", "share", 75), "tools chisel community share", "Votes"),
    "tally high": ("tallies", put(0, "account", "high", 99.0), "account high", "Interval"),
    "passing": ("tallies", put(0, "passing", "ship", 20), "passing total", "Votes"),
    "order": ("leaderboard", swap, "leaderboard", "Ranks"),
    "place": ("leaderboard", put(1, "place", 3), "leaderboard", "Ranks"),
    "rank": ("leaderboard", put(1, "rank", 2), "leaderboard", "Ranks"),
    "shared rank": ("leaderboard", put(0, "is_shared", None), "leaderboard", "Ranks"),
    "rank of few votes": ("leaderboard", put(2, "rank", 3), "leaderboard", "Ranks"),
    "review verdict": ("reviews", put(0, "verdict", "skip"), "verdict", "Rebuild"),
    "review headline": ("reviews", put(0, "headline", "It flies."), "headline", "Rebuild"),
    "review left out": ("reviews", lambda records: records.pop(0), "reviews", "Rebuild"),
    "reviewer's record": (
        "reviewers",
        put(0, "record", "agreed", 9),
        "reviewers r0 record agreed",
        "A reviewer's record",
    ),
    "dissents": ("reviewers", put(0, "record", "dissents", 9), "reviewers r0 record dissents", "A reviewer's record"),
    "reviewer's lens": ("reviewers", put(0, "lens", "None"), "reviewers r0 lens", "Rebuild"),
    "reviewer's list": ("reviewers", put(0, "excites", 0, "naps"), "reviewers r0 excites 1", "Rebuild"),
    "criterion": ("criteria", put(0, "unit", "words"), "criteria window unit", "Rebuild"),
    "category": ("categories", put(0, "name", "Kitchen"), "categories class name", "Rebuild"),
    "comparison": ("comparisons", put(0, "choose_first_if", 0, "never"), "choose_first_if 1", "Rebuild"),
    "receipt after": ("receipts", of("price", "changed", put("after", "amount", "99")), "receipts", "Receipts"),
    "receipt before": ("receipts", of("price", "changed", put("before", "amount", "99")), "receipts", "Receipts"),
    "receipt of what was": (
        "receipts",
        of("verdict", "withdrawn", put("before", "verdict", "ship")),
        "receipts",
        "Receipts",
    ),
    "receipt's date": (
        "receipts",
        of("price", "changed", put("recorded_at", "2020-01-01T00:00:00Z")),
        "receipts",
        "Receipts",
    ),
    "receipt to come": (
        "receipts",
        of("fact", "published", put("effective_at", "2090-01-01T00:00:00Z")),
        "receipts",
        "Receipts",
    ),
    "receipt deleted": ("receipts", without("price", "changed"), "receipts", "Receipts"),
    "last receipt deleted": ("receipts", without("verdict", "withdrawn"), "reviews", "Rebuild"),
    "first receipt deleted": ("receipts", without("verdict", "published"), "is there", "Rebuild"),
    "receipt of another tool": ("receipts", of("price", "published", put("tool_id", 999999)), "receipts", "Receipts"),
    "only receipt, of another tool": ("receipts", elsewhere, "tools anvil facts", "Rebuild"),
    "no number": ("tallies", put(0, "account", "ship", "many"), "tallies", "Shape"),
}
