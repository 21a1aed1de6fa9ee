"""Recompute every figure that a Drydock site publishes, from its open data alone, and report each disagreement.

    python verify_publication.py https://the.site           ask the site's API, record by record
    python verify_publication.py FOLDER                     read a dump: manifest.json and the files that it lists
    python verify_publication.py FOLDER/manifest.json       the same

One file, Python 3.9 or newer, nothing to install. It trusts no figure: shares, words, prices, intervals, ranks and
records of reviewers are worked out anew, receipts are held against each other, and what is shown now, and was shown on
days gone by, is rebuilt from them. The rules are those of docs/open-data.md. What was compared is counted at the end.
Exit code 0: everything agrees. 1: something does not, a line for each. 2: something cannot be read, and why.

Read it from top to bottom: first the rules, then how data is read, then what is held against what.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import http.client
import json
import random
import re
import sqlite3
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta, timezone
from itertools import zip_longest
from pathlib import Path
from typing import Any

from comparisons.opendata.asking import arguments, plainly, tell
from comparisons.opendata.rules import (
    Record,
    cell,
    community,
    entry,
    fact_text,
    interval,
    panel,
    percent,
    price,
    sortable,
)
from comparisons.opendata.sources import ALWAYS, Folder, Site

NEARLY = 1e-12  # two machines may round the last digit of a root differently
ORDER = ("receipts", "categories", "criteria", "reviews", "tallies", "tools", "leaderboard", "comparisons", "reviewers")
KINDS = {"categories": "category", "criteria": "criterion", "reviews": "verdict", "tools": "tool"}
KINDS.update(reviewers="reviewer", comparisons="comparison")  # which receipts tell of which collection
BY_LINE = ("excites", "tires", "choose_first_if", "choose_second_if")  # lists, which receipts keep a line each
RULES = {"panel": "Panel", "reviewed_at": "Panel", "entry_price": "Entry price", "price": "Price in words"}
RULES.update(text="Fact in words", community="Votes", record="A reviewer's record")
BROKEN = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)  # what comes of a record without parts


class Ledger:
    """All receipts, in a database on disk that goes away by itself: memory does not grow with them."""

    def __init__(self, rows: sqlite3.Connection) -> None:
        self.rows = rows
        self.rows.execute(
            "CREATE TABLE receipt (id INTEGER PRIMARY KEY, kind, piece, tool, since, recorded, after, mark)"
        )
        self.rows.execute("CREATE INDEX by_piece ON receipt (kind, piece, since, id)")
        self.rows.execute("CREATE INDEX by_tool ON receipt (tool)")

    def add(self, r: Record) -> None:
        row = [r[part] for part in ("id", "kind", "piece", "tool_id")]
        row += [sortable(r["effective_at"]), sortable(r["recorded_at"]), json.dumps(r["after"]), mark(r)]
        self.rows.execute("INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def read(self, rest: str, *values: Any) -> list[tuple[Any, ...]]:
        columns = "kind, piece, after, recorded, mark, since, tool"
        return self.rows.execute(f"SELECT {columns} FROM receipt {rest}", values).fetchall()

    def last(self, kind: str, piece: int, before: str = ALWAYS) -> Record | None:
        """How a thing looked just before a moment, None if it was not there."""
        past = "WHERE kind = ? AND piece = ? AND since < ? ORDER BY since DESC, id DESC LIMIT 1"
        return next((json.loads(row[2]) for row in self.read(past, kind, piece, before)), None)

    def name(self, kind: str, piece: int, before: str = ALWAYS) -> Record:
        """A thing as it was called just before a moment, or else at first."""
        first = self.read("WHERE kind = ? AND piece = ? ORDER BY since, id DESC LIMIT 1", kind, piece)
        return {**(self.last(kind, piece, before) or json.loads(first[0][2])), "id": piece}


def mark(receipt: Record) -> bytes:
    """What must never change, in brief."""
    parts = (
        "kind",
        "piece",
        "act",
        "tool_id",
        "other_tool_id",
        "category_id",
        "reviewer_id",
        "about",
        "before",
        "after",
    )
    kept = {part: receipt[part] for part in (*parts, "reason", "recorded_at", "effective_at")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).digest()


class Verifier:
    """One reading of a source: how often each rule was tried, and what disagrees, by record and rule."""

    def __init__(self, source: Any, ledger: Ledger) -> None:
        self.source, self.ledger = source, ledger
        self.is_english = bool(re.match("en(-(us|gb|au|ie))?$", source.language))  # these write 1,234.5
        self.counts: Counter[str] = Counter()
        self.wrong: dict[tuple[str, str], str] = {}
        self.seen: dict[str, set[int]] = {name: set() for name in KINDS}
        self.by_tool: dict[int, list[Record]] = defaultdict(list)  # reviews
        self.by_reviewer: dict[int, list[tuple[int, str]]] = defaultdict(list)  # tool and verdict
        self.words: dict[int, str] = {}  # of panels
        self.sides: dict[int, str] = {}  # of communities that are shown and no tie
        self.votes: dict[int, Record] = {}
        self.board: list[Record] = []

    def same(self, rule: str, where: str, published: Any, expected: Any) -> None:
        self.counts[rule] += 1
        if published != expected:
            told = [text if len(text) < 120 else text[:117] + "..." for text in map(repr, (published, expected))]
            self.wrong[where, rule] = f"{where}: published {told[0]}, comes to {told[1]} ({rule})"

    def agree(self, rule: str, where: str, published: Any, expected: Any, part: str = "") -> None:
        """Compare part by part, each by its rule; parts that only one of the two has are left alone."""
        rule = RULES.get(part, rule) if rule == "Rebuild" else rule
        rule = "Interval" if rule == "Votes" and part in ("low", "high") else rule
        if isinstance(published, dict) and isinstance(expected, dict):
            for name in (name for name in published if name in expected):
                self.agree(rule, f"{where} {name}", published[name], expected[name], name)
        elif isinstance(published, list) and isinstance(expected, list) and len(published) == len(expected):
            for number, pair in enumerate(zip(published, expected), start=1):
                self.agree(rule, f"{where} {number}", *pair)
        elif part not in ("price", "text") or self.is_english:
            self.same(rule, where, published, expected)

    def everything(self) -> None:
        for file in self.source.manifest["files"] if isinstance(self.source, Folder) else ():
            content = self.source.content(file["name"])
            found = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            self.agree("Files", file["name"], file, found)
        for name in ORDER:
            tell(f"Reading {name} ...")
            self.collection(name, getattr(self, name, self.rebuilt))
        for name, kind in KINDS.items():
            last = {row[1]: row[2] for row in self.ledger.read("WHERE kind = ? ORDER BY since, id", kind)}
            for piece in {piece for piece, after in last.items() if after != "null"} - self.seen[name]:
                self.same("Rebuild", f"{name} {piece}", "nothing", "a record: its last receipt says that it is there")

    def collection(self, name: str, check: Callable[[Record, str], None]) -> None:
        """Check each record, and in a dump its line in the table."""
        rows = csv.reader(self.source.lines(f"{name}.csv.gz") if isinstance(self.source, Folder) else ())
        header, last, count = next(rows, []), 0, 0
        for count, record in enumerate(self.source.records(name), start=1):
            where = f"{name} {record.get('slug', record.get('id'))}"
            try:
                self.same("Order", where, name == "leaderboard" or record["id"] > last, True)
                last = record["id"]
                if "tool" in record:
                    self.agree("Rebuild", where, record, {"tool": self.ledger.name("tool", record["tool"]["id"])})
                check(record, where)
                row, cells = next(rows, []), [cell(record, column) for column in header]
                self.counts["Tables"] += len(cells) if row == cells else 0
                if row != cells:
                    self.agree("Tables", where, dict(zip_longest(header, row)), dict(zip(header, cells)))
            except BROKEN as problem:
                self.same("Shape", where, f"{type(problem).__name__} {problem}", "a record as docs/open-data.md has it")
            if count % 500 == 0 and sys.stderr.isatty():
                sys.stderr.write(f"\r\033[K{name} {count}\r")
        if isinstance(self.source, Folder):
            self.same("Tables", f"{name}.csv.gz, lines too many", len(list(rows)), 0)
            self.same("Files", f"manifest.json counts {name}", self.source.manifest["counts"].get(name), count)
        if name == "leaderboard":
            self.ranks()

    def receipts(self, r: Record, where: str) -> None:
        """The chain of one thing: each receipt goes on from where the one before it left off."""
        past = self.ledger.read("WHERE kind = ? AND piece = ? ORDER BY id DESC LIMIT 1", r["kind"], r["piece"])
        was, recorded, tool = (json.loads(past[0][2]), past[0][3], past[0][6]) if past else (None, "", None)
        after, act = r["after"] or {}, ("changed" if was else "published") if r["after"] else "withdrawn"
        replaced = {part: value for part, value in (was or {}).items() if part not in after or after[part] != value}
        self.same("Receipts", f"{where} act", r["act"], act)
        self.same("Receipts", f"{where} before", r["before"], None if act == "published" else replaced)
        self.same("Receipts", f"{where} tool_id", r["tool_id"], r["tool_id"] if act == "published" else tool)
        is_dated = r["effective_at"] == r["recorded_at"] or act == "published"
        in_order = recorded <= sortable(r["recorded_at"]) and sortable(r["effective_at"]) <= self.source.made_at
        self.same("Receipts", f"{where} dates in order", is_dated and in_order, True)
        self.ledger.add(r)

    def linked(self, after: Record, before: str = ALWAYS) -> Record:
        """What a receipt says, with what it refers to."""
        found = {part: value.splitlines() if part in BY_LINE else value for part, value in after.items()}
        for part in (part[:-3] for part in after if part.endswith("_id")):
            found[part] = self.ledger.name(part.rpartition("_")[2], after[part + "_id"], before)
        return found

    def rebuilt(self, record: Record, where: str) -> None:
        """All that a record says is in the last receipt of it."""
        name = where.partition(" ")[0]
        self.seen[name].add(record["id"])
        after = self.ledger.last(KINDS[name], record["id"])
        self.same("Rebuild", f"{where} is there", after is not None, True)
        self.agree("Rebuild", where, record, self.linked(after or {}))

    def past(self, tool: int, before: str = ALWAYS) -> Record | None:
        """A tool as it was shown just before a moment, from receipts alone; None if it was not there."""
        rows = self.ledger.read("WHERE tool = ? AND since < ? ORDER BY since, id", tool, before)
        there = [row for row in {row[:2]: row for row in rows}.values() if row[2] != "null"]
        hung: dict[str, list[Record]] = defaultdict(list)
        for kind, piece, after, *_ in there:
            hung[kind].append({"id": piece, **self.linked(json.loads(after), before)})
        for plan in hung["price"]:
            plan["price"] = price(plan)
        for fact in hung["fact"]:
            of = fact["criterion"]
            fact.update(slug=of["slug"], name=of["name"], text=fact_text(of, fact["value"], fact["note"]))
        plans = sorted(hung["price"], key=lambda plan: (plan["position"], plan["id"]))
        facts = sorted(hung["fact"], key=lambda fact: (fact["criterion"]["position"], fact["name"]))
        reviews = sorted(hung["verdict"], key=lambda r: (r["reviewer"]["position"], r["reviewer"]["id"]))
        found = {"plans": plans, "facts": facts, "reviews": reviews, "entry_price": entry(plans), **panel(reviews)}
        found["was_entered_later"] = any(row[3] >= before for row in there)
        self.same("Rebuild", f"tools {tool} before {before} hangs on nothing", bool(there), bool(hung["tool"]))
        return {**hung["tool"][0], **found} if hung["tool"] else None

    def reviews(self, record: Record, where: str) -> None:
        self.rebuilt(record, where)
        self.by_tool[record["tool"]["id"]].append({part: record[part] for part in ("id", "verdict", "published_at")})
        self.by_reviewer[record["reviewer"]["id"]].append((record["tool"]["id"], record["verdict"]))

    def tallies(self, record: Record, where: str) -> None:
        passing = {"total": record["passing"]["ship"] + record["passing"]["skip"]}
        self.agree("Votes", where, record, {"account": community(record["account"]), "passing": passing})
        self.votes[record["id"]] = record["account"]

    def tools(self, record: Record, where: str) -> None:
        self.rebuilt(record, where)
        expected, reviews = self.past(record["id"]) or {"facts": [], "reviews": []}, self.by_tool[record["id"]]
        places = {
            fact["id"]: place for place, fact in enumerate(record["facts"])
        }  # equals: as the database sorts names
        expected["facts"].sort(key=lambda fact: (fact["criterion"]["position"], places.get(fact["id"], 0)))
        hung = sorted(review["id"] for review in expected["reviews"])
        self.same("Panel", f"{where} reviews", [review["id"] for review in reviews], hung)
        self.agree("Rebuild", where, record, {**expected, **panel(reviews)})
        self.agree("Votes", f"{where} community", record["community"], community(record["community"]))
        if isinstance(self.source, Folder):
            self.same("Votes", f"{where} community, as its tally", record["community"], self.votes.get(record["id"]))
        self.words[record["id"]] = panel(reviews)["panel"]["word"]

    def leaderboard(self, record: Record, where: str) -> None:
        votes = record["community"]
        self.agree("Votes", f"{where} community", votes, community(votes))
        low, high = interval(votes["ship"], votes["total"]) if votes["is_shown"] else (-1.0, -1.0)
        self.board.append({**record, "where": where, "low": low, "high": high})
        if votes["is_shown"] and votes["ship"] != votes["skip"]:
            self.sides[record["id"]] = "ship" if votes["ship"] > votes["skip"] else "skip"

    def ranks(self) -> None:
        """Who cannot be told apart from the leader of a group shares its rank."""
        ranks, leader = [0], 2.0
        for place, line in enumerate(self.board, start=1):
            leads = line["high"] < leader - NEARLY
            leader = line["low"] if leads else leader
            ranks.append(place if leads else ranks[-1])
        sizes = Counter(ranks)
        for place, (line, rank) in enumerate(zip(self.board, ranks[1:]), start=1):
            shown = line["community"]["is_shown"]
            expected = {"place": place, "rank": rank if shown else None, "is_shared": shown and sizes[rank] > 1}
            self.agree("Ranks", line["where"], line, expected)
        for one, two in zip(self.board, self.board[1:]):
            gap, more = one["low"] - two["low"], one["community"]["total"] - two["community"]["total"]
            is_tie = one["tool"]["name"] != two["tool"]["name"] or one["id"] < two["id"]
            is_below = gap > NEARLY or (gap >= -NEARLY and (more > 0 or (more == 0 and is_tie)))
            self.same("Ranks", f"{two['where']} stands where it belongs", is_below, True)

    def reviewers(self, record: Record, where: str) -> None:
        self.rebuilt(record, where)
        n = Counter(dict.fromkeys(("ship", "total", "settled", "dissents", "shown", "agreed"), 0))
        for tool, verdict in self.by_reviewer[record["id"]]:
            word, side = self.words.get(tool, ""), self.sides.get(tool, "")
            n.update(total=1, ship=verdict == "ship", settled=word in ("ship", "skip"), shown=side != "")
            n.update(dissents=word in ("ship", "skip") and word != verdict, agreed=side == verdict)
        shares = {"share": percent(n["ship"], n["total"]), "dissent_share": percent(n["dissents"], n["settled"])}
        shares["agreement_share"] = percent(n["agreed"], n["shown"])
        self.agree("Rebuild", where, record, {"record": {**n, **shares}})

    def day(self, day: date, tools: list[int]) -> None:
        """Rebuild tools as they were at the end of a day; a site must show them like that."""
        is_today = day == datetime.now(timezone.utc).date()
        before = ALWAYS if is_today else f"{day + timedelta(days=1)}T00:00:00.000000"
        for tool in tools:
            where = f"tools {tool} as of {day}"
            try:
                expected = self.past(tool, before)
                self.same("As of", where, True, True)
                if isinstance(self.source, Site):
                    slug = (expected or self.ledger.name("tool", tool, before))["slug"]
                    found = self.source.get(f"/api/v1/tools/{slug}/?as_of={day}")
                    other = self.ledger.last("tool", found["id"], before) if found and found["id"] != tool else None
                    if not other or other["slug"] != slug:  # two tools may have had one address
                        self.same("As of", f"{where} is there", found is not None, expected is not None)
                        expected = {**expected, "as_of": str(day), "is_today": is_today} if expected else None
                        self.agree("As of", where, found, expected)
            except BROKEN as problem:
                self.same("As of", where, f"{type(problem).__name__} {problem}", "a tool rebuilt from receipts")

    def against(self, older: Folder) -> None:
        for r in older.records("receipts"):
            now = self.ledger.read("WHERE id = ?", r["id"])
            state = "missing" if not now else "as it was" if now[0][4] == mark(r) else "changed"
            self.same("Append-only", f"receipts {r['id']}", state, "as it was")


def reading(source: Any, options: argparse.Namespace) -> Verifier:
    """Everything once; days and tools are drawn again as they were the first time."""
    with closing(sqlite3.connect("")) as rows:
        found, dice = Verifier(source, Ledger(rows)), random.Random(options.seed)
        found.everything()
        first = {row[1]: row[5] for row in found.ledger.read("WHERE kind = 'tool' ORDER BY since DESC")}
        start = date.fromisoformat(min(first.values(), default=str(options.today))[:10])
        span = max(1, (options.today - start).days)
        for day in options.as_of or [start + timedelta(days=dice.randrange(span)) for _ in range(options.days)]:
            tell(f"Rebuilding {day} ...")
            drawn = dice.sample(sorted(first), min(len(first), options.sample)) if options.sample else first
            found.day(day, sorted(drawn))
        if options.older:
            found.against(options.older)
    return found


def verify(options: argparse.Namespace, say: Callable[[str], Any] = print) -> int:
    """Read, compare and tell; the exit code."""
    begun, source = time.monotonic(), None
    options.seed = random.randrange(10**6) if options.seed is None else options.seed
    try:
        source = Site(options.source) if re.match("https?:", options.source) else Folder(Path(options.source))
        options.older = Folder(Path(options.against)) if options.against else None
        now = str(datetime.now(timezone.utc)) if isinstance(source, Site) else source.made_at
        options.today = date.fromisoformat(now[:10])
        if options.as_of and max(options.as_of) > options.today:
            raise ValueError(f"nothing is known of {max(options.as_of)} yet, choose a day up to {options.today}")
        found = reading(source, options)
        if isinstance(source, Site) and found.wrong:  # something may have changed between two answers
            time.sleep(options.wait)
            first, found = found.wrong, reading(source, options)
            found.wrong = {key: line for key, line in found.wrong.items() if key in first}
    except (*BROKEN, OSError, EOFError, http.client.HTTPException, zlib.error, csv.Error) as problem:
        at = getattr(problem, "filename", None) or getattr(source, "at", options.source)
        say(f"Cannot read {str(at)!r}: {plainly(problem)}. Name a Drydock site, or a folder with all files of a dump.")
        return 2
    finally:
        tell("")
    for line in found.wrong.values():
        say(line)
    if not options.quiet:
        told = ", ".join(f"{rule} {count}" for rule, count in sorted(found.counts.items()))
        say(f"Compared in {time.monotonic() - begun:.1f} s, with --seed {options.seed}: {told}.")
        say(f"{len(found.wrong)} disagree." if found.wrong else "Everything agrees.")
        if not found.is_english:
            say(f"Words were left out: those of an edition in another language ({source.language}) are its own.")
    return 1 if found.wrong else 0


def asked(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments(parser)
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(verify(asked()))
