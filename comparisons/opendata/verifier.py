#!/usr/bin/env python3
"""Recompute every figure that a Drydock site publishes, from its open data alone, and report each disagreement.

    python verify_publication.py https://the.site           ask the site's API, record by record
    python verify_publication.py FOLDER                     read a dump: manifest.json and the files that it lists
    python verify_publication.py FOLDER/manifest.json       the same

One file, Python 3.9 or newer, nothing to install. It trusts no figure: shares, words, prices, intervals, ranks and
records of reviewers are worked out anew, receipts are held against each other, and what is shown now, and was shown on
days gone by, is rebuilt from them. The rules are those of docs/open-data.md. What it compared is counted by rule at the
end. Exit code 0: everything agrees. 1: something does not, a line for each. 2: something cannot be read, and why.

Read it from top to bottom: first the rules, then how data is read, then what is held against what.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import http.client
import json
import random
import re
import sqlite3
import sys
import time
import urllib.error
import urllib.request
import zlib
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import zip_longest
from math import sqrt
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple
from urllib.parse import urlsplit

Record = Dict[str, Any]
NEEDED = 10  # votes, before a share is shown
Z = 1.959963984540054  # the two-sided 95 % point of the normal distribution
NEARLY = 1e-12  # two machines may round the last digit of a root differently
ALWAYS = "9999"  # later than any moment
KINDS = {"categories": "category", "criteria": "criterion", "reviews": "verdict", "tools": "tool"}
KINDS.update(reviewers="reviewer", comparisons="comparison")  # which receipts tell of which collection
ORDER = ("receipts", "categories", "criteria", "reviews", "tallies", "tools", "leaderboard", "reviewers", "comparisons")
BY_LINE = ("excites", "tires", "choose_first_if", "choose_second_if")  # lists, which receipts keep a line each
RULES = {"panel": "Panel", "reviewed_at": "Panel", "entry_price": "Entry price", "price": "Price in words"}
RULES.update(community="Votes", account="Votes", low="Interval", high="Interval", record="A reviewer's record")


# --- The rules
def percent(part: int, whole: int) -> int | None:
    """Whole percent, halves up; nothing of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None


def panel(reviews: List[Record]) -> Record:
    """What the reviews of a tool come to."""
    ship, total = sum(review["verdict"] == "ship" for review in reviews), len(reviews)
    word = "unreviewed" if not total else "split" if 2 * ship == total else "ship" if 2 * ship > total else "skip"
    said = {"ship": ship, "total": total, "share": percent(ship, total), "word": word, "text": f"{ship:,} of {total:,}"}
    return {"panel": said, "reviewed_at": max((r["published_at"] for r in reviews), key=sortable, default=None)}


def interval(ship: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval, as shares."""
    p = ship / n
    middle, half = p + Z * Z / (2 * n), Z * sqrt((p * (1 - p) + Z * Z / (4 * n)) / n)
    low, high = (middle - half) / (1 + Z * Z / n), (middle + half) / (1 + Z * Z / n)
    return max(0.0, min(p, low)), min(1.0, max(p, high))


def community(votes: Record) -> Record:
    """What may be said of these votes; below ten only how many there are."""
    if votes["total"] < NEEDED:
        withheld = dict.fromkeys(("ship", "skip", "share", "low", "high"))
        return {**withheld, "total": votes["total"], "is_shown": False, "needed": NEEDED}
    total = votes["ship"] + votes["skip"]
    low, high = (round(100 * bound, 1) for bound in interval(votes["ship"], total))
    shown = {"total": total, "share": percent(votes["ship"], total), "low": low, "high": high}
    return {**shown, "is_shown": True, "needed": NEEDED}


def price(plan: Record) -> str:
    if plan["amount"] is None:
        return "Free"
    amount = Decimal(plan["amount"])
    decimals = max(0, -int(amount.normalize().as_tuple().exponent))
    digits = f"{amount:,.{max(2, decimals) if decimals else 0}f}"
    sign = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}.get(plan["currency"], plan["currency"] + " ")
    text = sign + digits + {"month": "/mo", "year": "/yr", "once": " once", "usage": ""}[plan["period"]]
    return text + (" / " if plan["period"] == "usage" else " per ") + plan["unit"] if plan["unit"] else text


def entry(plans: list[Record]) -> Record:
    """Of which plan the entry price is, and what it says."""
    free = [plan for plan in plans if plan["amount"] is None]
    home = [plan for plan in plans if plan["currency"] == plans[0]["currency"]]
    if not plans:
        return {"text": "-", "plan_id": None}
    first = free[0] if free else min(home, key=lambda plan: Decimal(plan["amount"]))
    return {"text": first["price"], "plan_id": first["id"]}


def fact_text(criterion: Record, value: str, note: str) -> str:
    if criterion["kind"] == "yes_no":
        value = "Yes" if value == "yes" else "No"
    elif criterion["kind"] == "number":
        amount = Decimal(value)
        scales = [scale for scale in ((12, "T"), (9, "B"), (6, "M"), (3, "K")) if abs(amount) >= 10 ** scale[0]]
        short = amount / 10 ** scales[0][0] if scales else amount
        is_short = bool(scales) and short == short.quantize(Decimal("0.1"))
        digits = f"{short.normalize():,f}{scales[0][1]}" if is_short else f"{amount:,f}"
        value = f"{digits} {criterion['unit']}".rstrip()
    return f"{value}, {note}" if note else value


def cell(record: Any, column: str) -> str:
    """A part of a record as the tables have it; what a spreadsheet might run has an apostrophe in front."""
    for part in column.split("."):
        record = record[part]
    if isinstance(record, str):
        return f"'{record}" if record.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "'")) else record
    return "" if record is None else json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def sortable(moment: str) -> str:
    """A moment, so that texts compare as moments do."""
    whole, _, fraction = moment.rstrip("Z").partition(".")
    return f"{whole}.{fraction:0<6}"


# --- How data is read; `at` is what is being read
class Folder:
    """A dump. Each collection is one JSON array with a record a line, and is read line by line."""

    is_site = False

    def __init__(self, path: Path) -> None:
        self.folder = path.parent if path.name == "manifest.json" else path
        self.at = str(self.folder / "manifest.json")
        manifest = json.loads(Path(self.at).read_bytes())
        self.files = {Path(line["name"]).name: line for line in manifest["files"]}
        self.made_at, self.counts = sortable(manifest["made_at"]), dict(manifest["counts"])
        self.language = str(manifest.get("language", "en"))

    def lines(self, name: str) -> Iterator[str]:
        self.at = str(self.folder / name)
        with gzip.open(self.at, "rt", encoding="utf-8", newline="") as file:
            yield from file

    def records(self, name: str) -> Iterator[Record]:
        texts = (line.rstrip(",\r\n") for line in self.lines(f"{name}.json.gz"))
        return (dict(json.loads(text)) for text in texts if text not in ("[", "]", "[]", ""))

    def print_of(self, name: str) -> Record:
        self.at = str(self.folder / name)
        content = Path(self.at).read_bytes()
        return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


class Site:
    """The API, asked for one thing at a time, and again when it says so."""

    is_site, made_at = True, ALWAYS

    def __init__(self, address: str) -> None:
        self.address = self.at = address.rstrip("/")
        index = self.get("/api/v1/") or {}
        if "collections" not in index:
            raise OSError("it has no open data")
        self.language = str(index.get("language", "en"))

    def get(self, path: str) -> Optional[Record]:
        """What is at a path, None if nothing is."""
        self.at = self.address + path
        for pause in (1, 2, 4, 0):
            try:
                return self.ask()
            except (OSError, http.client.HTTPException) as problem:
                code, asked = (
                    getattr(problem, "code", 503),
                    (getattr(problem, "headers", None) or {}).get("Retry-After", ""),
                )
                if isinstance(problem, urllib.error.HTTPError):
                    problem.close()
                if code == 404 or code not in (429, 503) or not pause:
                    if code == 404:
                        return None
                    raise
            time.sleep(min(120, int(asked)) if asked.isdigit() else pause)
        return None

    def ask(self) -> Record:
        headers = {"User-Agent": "verify_publication/1", "Accept": "application/json", "Accept-Encoding": "gzip"}
        with urllib.request.urlopen(urllib.request.Request(self.at, headers=headers), timeout=60) as answer:
            content = answer.read()
            is_packed = answer.headers.get("Content-Encoding") == "gzip"
        return dict(json.loads(gzip.decompress(content) if is_packed else content))

    def records(self, name: str) -> Iterator[Record]:
        following = f"/api/v1/{name}/?limit=100"
        while following:
            page = self.get(following) or {"items": [], "next": None}  # what it was to go on from has left the list
            yield from page["items"]
            parts = urlsplit(page["next"] or "")
            following = f"{parts.path}?{parts.query}" if parts.query else ""  # never to another host


class Ledger:
    """All receipts, in a database on disk that goes away by itself: memory does not grow with them."""

    def __init__(self) -> None:
        self.rows = sqlite3.connect("")
        self.rows.executescript(
            "CREATE TABLE receipt (id INTEGER PRIMARY KEY, kind, piece, tool, since, recorded, after, print);"
            "CREATE INDEX by_piece ON receipt (kind, piece, since, id); CREATE INDEX by_tool ON receipt (tool)"
        )

    def add(self, r: Record) -> None:
        row = (r["id"], r["kind"], r["piece"], r["tool_id"], sortable(r["effective_at"]), sortable(r["recorded_at"]))
        content = json.dumps(r["after"]), fingerprint(r)
        self.rows.execute("INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row + content)

    def read(self, rest: str, *values: Any) -> List[Tuple[Any, ...]]:
        return self.rows.execute(f"SELECT kind, piece, after, recorded, print FROM receipt {rest}", values).fetchall()

    def last(self, kind: str, piece: int, before: str = ALWAYS) -> Optional[Record]:
        """How a thing looked just before a moment, None if it was not there."""
        past = "WHERE kind = ? AND piece = ? AND since < ? ORDER BY since DESC, id DESC LIMIT 1"
        return next((json.loads(row[2]) for row in self.read(past, kind, piece, before)), None)

    def name(self, kind: str, piece: int, before: str = ALWAYS) -> Record:
        """A thing as it was called just before a moment, or at first."""
        first = self.read("WHERE kind = ? AND piece = ? ORDER BY since, id DESC LIMIT 1", kind, piece)
        found = self.last(kind, piece, before) or (json.loads(first[0][2]) if first else None)
        if not found:
            raise LookupError(f"no receipt says what {kind} {piece} is")
        return {**found, "id": piece}


def fingerprint(receipt: Record) -> bytes:
    return hashlib.sha256(json.dumps({**receipt, "url": ""}, sort_keys=True).encode()).digest()


# --- What is held against what
class Verifier:
    """One reading of a source: how often each rule was tried, and what disagrees, by record and rule."""

    def __init__(self, source: Any) -> None:
        self.source, self.ledger = source, Ledger()
        self.counts: Counter[str] = Counter()
        self.wrong: Dict[Tuple[str, str], str] = {}
        self.seen: Dict[str, set[int]] = {name: set() for name in KINDS}
        self.read_on: Dict[int, List[Record]] = defaultdict(list)  # by tool
        self.signed: Dict[int, List[Tuple[int, str]]] = defaultdict(list)  # tool and verdict, by reviewer
        self.words: Dict[int, str] = {}
        self.sides: Dict[int, str] = {}
        self.votes: Dict[int, Record] = {}
        self.board: List[Record] = []

    def same(self, rule: str, where: str, published: Any, expected: Any) -> None:
        self.counts[rule] += 1
        if published != expected:
            told = [text if len(text) < 120 else text[:117] + "..." for text in map(repr, (published, expected))]
            self.wrong[where, rule] = f"{where}: published {told[0]}, comes to {told[1]} ({rule})"

    def agree(self, rule: str, where: str, published: Any, expected: Any, part: str = "") -> None:
        """Compare part by part, each by its rule; parts that only one of the two has are left alone."""
        if rule == "Rebuild":
            rule = "Fact in words" if part == "text" else RULES.get(part, rule)
        if isinstance(published, dict) and isinstance(expected, dict):
            for name in published.keys() & expected.keys():
                self.agree(rule, f"{where} {name}", published[name], expected[name], name)
        elif isinstance(published, list) and isinstance(expected, list) and len(published) == len(expected):
            for number, pair in enumerate(zip(published, expected), start=1):
                self.agree(rule, f"{where} {number}", *pair)
        elif part not in ("price", "text") or re.match("en(-(us|gb|au|ie))?$", self.source.language):
            self.same(rule, where, published, expected)

    def everything(self) -> None:
        for name, line in ({} if self.source.is_site else self.source.files).items():
            self.agree("Files", name, line, self.source.print_of(name))
        for name in ORDER:
            self.read(name, getattr(self, name, self.rebuilt))
        self.ranks()
        self.read("reviewers", self.reviewers)
        for name, kind in KINDS.items():
            last = self.ledger.read("WHERE kind = ? ORDER BY since, id", kind)
            there = {piece for piece, after in {row[1]: row[2] for row in last}.items() if after != "null"}
            for piece in there - self.seen[name]:
                self.same("Rebuild", f"{name} {piece}", "nothing", "a record: its last receipt says that it is there")

    def read(self, name: str, check: Callable[[Record, str], None]) -> None:
        """Check each record of a collection, and in a dump its line in the table."""
        rows = iter(()) if self.source.is_site else csv.reader(self.source.lines(f"{name}.csv.gz"))
        header, last, count = next(rows, []), 0, 0
        for count, record in enumerate(self.source.records(name), start=1):
            where = f"{name} {record.get('slug', record.get('id'))}"
            try:
                self.same("Order", where, name == "leaderboard" or record["id"] > last, True)
                last = record["id"]
                if "tool" in record:
                    self.agree("Rebuild", where, record, {"tool": self.ledger.name("tool", record["tool"]["id"])})
                check(record, where)
                table = {column: cell(record, column) for column in header}
                self.agree("Tables", where, dict(zip_longest(header, next(rows, []))), table)
            except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as problem:
                self.same("Shape", where, f"{type(problem).__name__} {problem}", "a record as docs/open-data.md has it")
            if count % 500 == 0 and sys.stderr.isatty():
                sys.stderr.write(f"\r\033[K{name} {count}\r")
        if not self.source.is_site:
            self.same("Tables", f"{name}.csv.gz, lines too many", len(list(rows)), 0)
            self.same("Files", f"manifest.json counts {name}", self.source.counts.get(name), count)

    def receipts(self, r: Record, where: str) -> None:
        """The chain of one thing: each receipt goes on from where the one before it left off."""
        past = self.ledger.read("WHERE kind = ? AND piece = ? ORDER BY id DESC LIMIT 1", r["kind"], r["piece"])
        was, recorded = (json.loads(past[0][2]), past[0][3]) if past else (None, "")
        after, act = r["after"] or {}, ("changed" if was else "published") if r["after"] else "withdrawn"
        replaced = {part: value for part, value in (was or {}).items() if part not in after or after[part] != value}
        before = {"published": None, "changed": replaced, "withdrawn": was}[act]
        self.same("Receipts", f"{where} act", r["act"], act)
        self.same("Receipts", f"{where} before", r["before"], before)
        is_dated = r["effective_at"] == r["recorded_at"] or act == "published"
        in_order = recorded <= sortable(r["recorded_at"]) and sortable(r["effective_at"]) <= self.source.made_at
        self.same("Receipts", f"{where} dates in order", is_dated and in_order, True)
        self.ledger.add(r)

    def linked(self, after: Record, before: str = ALWAYS) -> Record:
        """What a receipt says, with what it refers to by name."""
        found = {part: value.splitlines() if part in BY_LINE else value for part, value in after.items()}
        for part in (part[:-3] for part in after if part.endswith("_id")):
            found[part] = self.ledger.name(part.rpartition("_")[2], after[part + "_id"], before)
        return found

    def rebuilt(self, record: Record, where: str) -> None:
        name = where.partition(" ")[0]
        self.seen[name].add(record["id"])
        after = self.ledger.last(KINDS[name], record["id"])
        self.same("Rebuild", f"{where} is there", after is not None, True)
        self.agree("Rebuild", where, record, self.linked(after or {}))

    def past(self, tool: int, before: str = ALWAYS) -> Optional[Record]:
        """A tool as it was shown just before a moment, from receipts alone; None if it was not there."""
        rows = self.ledger.read("WHERE tool = ? AND since < ? ORDER BY since, id", tool, before)
        there = [row for row in {row[:2]: row for row in rows}.values() if row[2] != "null"]
        hung: Dict[str, List[Any]] = defaultdict(list)
        for kind, piece, after, *_ in there:
            hung[kind].append({"id": piece, **self.linked(json.loads(after), before)})
        if not hung["tool"]:
            self.same("Rebuild", f"tools {tool} before {before}", [row[:2] for row in there], [])
            return None
        hung["price"].sort(key=lambda plan: (plan["position"], plan["id"]))
        hung["fact"].sort(key=lambda fact: (fact["criterion"]["position"], fact["criterion"]["name"]))
        hung["verdict"].sort(key=lambda review: (review["reviewer"]["position"], review["reviewer"]["id"]))
        for plan in hung["price"]:
            plan["price"] = price(plan)
        for fact in hung["fact"]:
            named = fact["criterion"]
            fact.update(slug=named["slug"], name=named["name"], text=fact_text(named, fact["value"], fact["note"]))
        found = {"plans": hung["price"], "facts": hung["fact"], "entry_price": entry(hung["price"])}
        found.update(reviews=hung["verdict"], was_entered_later=any(row[3] >= before for row in there))
        return {**hung["tool"][0], **found, **panel(hung["verdict"])}

    def reviews(self, record: Record, where: str) -> None:
        self.rebuilt(record, where)
        self.read_on[record["tool"]["id"]].append({part: record[part] for part in ("id", "verdict", "published_at")})
        self.signed[record["reviewer"]["id"]].append((record["tool"]["id"], record["verdict"]))

    def tallies(self, record: Record, where: str) -> None:
        total = record["passing"]["ship"] + record["passing"]["skip"]
        self.agree("Votes", where, record, {"account": community(record["account"]), "passing": {"total": total}})
        self.votes[record["id"]] = record["account"]

    def tools(self, record: Record, where: str) -> None:
        self.rebuilt(record, where)
        expected, reviews = self.past(record["id"]) or {}, self.read_on[record["id"]]
        places = [fact["id"] for fact in record["facts"]]  # equal positions: by name, in an order of the database
        expected.get("facts", []).sort(key=lambda fact: (fact["criterion"]["position"], places.index(fact["id"])))
        self.same("Panel", f"{where} reviews", [r["id"] for r in reviews], sorted(r["id"] for r in expected["reviews"]))
        self.agree(
            "Rebuild", where, record, {**expected, **panel(reviews), "community": community(record["community"])}
        )
        if not self.source.is_site:
            self.same("Votes", f"{where} as its tally", record["community"], self.votes.get(record["id"]))
        self.words[record["id"]] = panel(reviews)["panel"]["word"]

    def leaderboard(self, record: Record, where: str) -> None:
        votes, bounds = record["community"], (-1.0, -1.0)
        self.agree("Votes", where, votes, community(votes))
        if votes["is_shown"]:
            bounds = interval(votes["ship"], votes["total"])
            self.sides[record["id"]] = {1: "ship", 0: "", -1: "skip"}[
                (votes["ship"] > votes["skip"]) - (votes["ship"] < votes["skip"])
            ]
        line = {part: record[part] for part in ("id", "place", "rank", "is_shared", "counted_at")}
        self.board.append(
            {**line, "name": record["tool"]["name"], "total": votes["total"], "bounds": bounds, "where": where}
        )

    def ranks(self) -> None:
        """Order and ranks of the board: whoever cannot be told apart from the leader of a group shares its rank."""
        leader, ranks = 0.0, []
        for place, (low, high) in enumerate((line["bounds"] for line in self.board), start=1):
            if not ranks or high < leader - NEARLY:
                leader, ranks = low, [*ranks, place]
            else:
                ranks.append(ranks[-1])
        sizes = Counter(ranks)
        for place, (line, rank) in enumerate(zip(self.board, ranks), start=1):
            rank_of = (
                {"rank": rank, "is_shared": sizes[rank] > 1}
                if line["total"] >= NEEDED
                else {"rank": None, "is_shared": False}
            )
            self.agree(
                "Ranks", line["where"], line, {**rank_of, "place": place, "counted_at": self.board[0]["counted_at"]}
            )
        for one, two in zip(self.board, self.board[1:]):
            gap = one["bounds"][0] - two["bounds"][0]
            tie = one["total"] > two["total"] or (
                one["total"] == two["total"] and (one["name"] != two["name"] or one["id"] < two["id"])
            )
            self.same(
                "Ranks", f"{two['where']} stands below {one['where']}", gap > NEARLY or (gap > -NEARLY and tie), True
            )

    def reviewers(self, record: Record, where: str) -> None:
        self.rebuilt(record, where)
        mine = self.signed[record["id"]]
        words = [(self.words.get(tool), verdict) for tool, verdict in mine if self.words.get(tool) in ("ship", "skip")]
        sides = [(self.sides[tool], verdict) for tool, verdict in mine if self.sides.get(tool)]
        counts = {"ship": sum(verdict == "ship" for _, verdict in mine), "total": len(mine)}
        counts.update(settled=len(words), dissents=sum(word != verdict for word, verdict in words))
        counts.update(shown=len(sides), agreed=sum(side == verdict for side, verdict in sides))
        pairs = (
            ("share", "ship", "total"),
            ("dissent_share", "dissents", "settled"),
            ("agreement_share", "agreed", "shown"),
        )
        shares = {name: percent(counts[part], counts[whole]) for name, part, whole in pairs}
        self.agree("Rebuild", where, record, {"record": {**counts, **shares}})

    def day(self, day: date, tools: List[int]) -> None:
        """Rebuild tools as they were at the end of a day; a site must show them like that."""
        is_today = day == datetime.now(timezone.utc).date()
        before = ALWAYS if is_today else sortable(f"{day + timedelta(days=1)}T00:00:00Z")
        for tool in tools:
            where = f"tools {tool} as of {day}"
            try:
                expected = self.past(tool, before)
                self.same("As of", where, True, True)
                if self.source.is_site:
                    slug = (expected or self.ledger.name("tool", tool, before))["slug"]
                    found = self.source.get(f"/api/v1/tools/{slug}/?as_of={day}")
                    if not found or found["id"] == tool:  # else another tool has had this address
                        self.same("As of", f"{where} is there", found is not None, expected is not None)
                        self.agree("As of", where, found, {**(expected or {}), "as_of": str(day), "is_today": is_today})
            except (LookupError, TypeError, ValueError) as problem:
                self.same("As of", where, f"{type(problem).__name__} {problem}", "a tool rebuilt from receipts")

    def against(self, older: Folder) -> None:
        for r in older.records("receipts"):
            now = self.ledger.read("WHERE id = ?", r["id"])
            is_same = "missing" if not now else "as it was" if now[0][4] == fingerprint(r) else "changed"
            self.same("Append-only", f"receipts {r['id']} ({r['kind']} {r['piece']})", is_same, "as it was")


def reading(source: Any, options: argparse.Namespace) -> Verifier:
    """Everything once."""
    found, dice = Verifier(source), random.Random(options.seed)
    found.everything()
    rows = found.ledger.rows.execute("SELECT DISTINCT piece FROM receipt WHERE kind = 'tool' ORDER BY 1")
    tools = [piece for (piece,) in rows]
    ((first,),) = found.ledger.rows.execute("SELECT min(since) FROM receipt WHERE kind = 'tool'")
    last = datetime.now(timezone.utc).date() if source.is_site else date.fromisoformat(source.made_at[:10])
    start = date.fromisoformat(first[:10]) if first else last
    by_chance = [start + timedelta(days=dice.randrange(max(1, (last - start).days))) for _ in range(options.days)]
    for day in options.as_of or by_chance:
        if day > last:
            raise ValueError(f"{day} is later than what there is to read: choose a day up to {last}")
        found.day(day, dice.sample(tools, options.sample) if 0 < options.sample < len(tools) else tools)
    if options.against:
        found.against(Folder(Path(options.against)))
    return found


def verify(options: argparse.Namespace, say: Callable[[str], Any] = print) -> int:
    """Read, compare and tell; the exit code."""
    begun, at = time.monotonic(), options.source
    options.seed = random.randrange(10**6) if options.seed is None else options.seed
    try:
        source = Site(at) if re.match("https?://", at) else Folder(Path(at))
        found = reading(source, options)
        if source.is_site and found.wrong and options.wait >= 0:  # something may have changed between two answers
            time.sleep(options.wait)
            first, found = found.wrong, reading(source, options)
            found.wrong = {key: line for key, line in found.wrong.items() if key in first}
    except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, zlib.error, csv.Error) as problem:
        say(f"Cannot read {at}: {problem}.")
        return 2
    for line in found.wrong.values():
        say(line)
    if not options.quiet:
        say(f"{time.monotonic() - begun:.1f} s")
    return 1 if found.wrong else 0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", help="the address of a site, a folder that holds a dump, or its manifest.json")
    parser.add_argument(
        "--as-of",
        action="append",
        type=date.fromisoformat,
        metavar="DAY",
        help="rebuild the end of this day, like 2026-10-01; may be given again",
    )
    parser.add_argument("--days", type=int, default=3, help="without --as-of: how many days to choose by chance")
    parser.add_argument("--seed", type=int, help="what chance begins with, to repeat a run")
    parser.add_argument("--sample", type=int, default=100, help="how many tools to rebuild for a day, 0 for all")
    parser.add_argument("--against", metavar="OLDER", help="an older dump: its receipts must still be there, unchanged")
    parser.add_argument(
        "--wait",
        type=int,
        default=61,
        help="seconds before a site is read again because something disagrees; answers may be kept for a minute",
    )
    parser.add_argument("--quiet", action="store_true", help="print disagreements only")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments(parser)
    return verify(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
