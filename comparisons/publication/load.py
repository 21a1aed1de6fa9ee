"""Load a publication from a folder: create and update by slug, delete nothing, all or nothing.

Files are read, checked and written in batches, so memory does not grow with the folder. After the first problem
nothing more is written, but every file is still checked, so that an author sees all problems at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path

from django.db import Error as DatabaseError
from django.db import transaction
from django.db.models import QuerySet

from comparisons.addresses import possible_readings, readings
from comparisons.models import Comparison
from comparisons.publication import records
from comparisons.publication.folder import Entry, Folder
from comparisons.publication.source import Document, Problem, read_list, read_markdown
from comparisons.services import put_comparisons
from editorial.models import Page
from editorial.reasons import because
from editorial.services import ReasonNeededError, put_pages
from reviews.models import Review, Reviewer
from reviews.services import put_reviewers, put_reviews
from tools.duplicates import pairs_among
from tools.models import Category, Criterion, Fact, FormerSlug, Plan, Tool
from tools.services import link_merged, put_categories, put_criteria, put_tools

BATCH = 200
COMPARED = 200  # new tools of which the summary says whether they look like others


@dataclass(slots=True)
class Outcome:
    """What a load did, or would do: counts by kind and change, problems (then nothing was written) and notices."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def load_publication(
    root: Path, *, dry_run: bool = False, reason: str = "", progress: Callable[[int], object] = lambda _: None
) -> Outcome:
    """Load a folder; `progress` is told how many files were done. With problems, or dry, nothing is written.

    All receipts that it leaves bear the reason. A published verdict changes for a reason only.
    """
    load = _Load(Folder(root), progress)
    with transaction.atomic():
        try:
            with because(reason):
                load.run()
        except DatabaseError as error:
            load.outcome.problems.append(Problem(".", 1, f"the database refused the publication: {error}".strip()))
        if load.outcome.problems or dry_run:
            transaction.set_rollback(True)
    load.outcome.problems.sort()
    return load.outcome


class _Load:
    """One load under way."""

    def __init__(self, folder: Folder, progress: Callable[[int], object]) -> None:
        self.folder = folder
        self.progress = progress
        self.outcome = Outcome()
        self.merged: dict[str, str] = {}
        self.fresh: list[Tool] = []
        self.known = records.References(
            {row.slug: row for row in Category.objects.all()},
            {row.slug: row for row in Criterion.objects.all()},
            {row.slug: row for row in Reviewer.objects.all()},
        )

    def run(self) -> None:
        self._load_list("categories", records.read_categories, put_categories, self.known.categories)
        self._load_list("criteria", records.read_criteria, put_criteria, self.known.criteria)
        self._load_list("reviewers", records.read_reviewers, put_reviewers, self.known.reviewers)
        for batch in batched(self.folder.pages(), BATCH):
            self._load_pages(batch)
        for batch in batched(self.folder.tools(), BATCH):
            self._load_tools(batch)
        self._join_merged()
        self._notice_lookalikes()
        for batch in batched(self.folder.reviews(), BATCH):
            self._load_reviews(batch)
        for batch in batched(self.folder.comparisons(), BATCH):
            self._load_comparisons(batch)
        self.outcome.problems += self.folder.problems

    def _load_list[M: (Category, Criterion, Reviewer)](
        self,
        kind: str,
        read: Callable[..., list[M]],
        put: Callable[[Sequence[M]], dict[str, int]],
        known: dict[str, M],
    ) -> None:
        path = self.folder.root / f"{kind}.yaml"
        if not path.is_file():
            return
        document, entries = read_list(self.folder.root, path)
        rows = read(document, entries)
        for row in rows:
            stranger = next((old for old in known.values() if old.name == row.name and old.slug != row.slug), None)
            if stranger:
                document.problem(1, f"the name {row.name} already belongs to {stranger.slug}")
            if self._changes_kind(row):
                document.problem(1, f"{row.slug} has facts already and keeps its kind: use a new criterion")
        _place(rows, known)
        self._finish([document])
        self._write(kind, put, rows)
        known.update({row.slug: row for row in rows})

    def _changes_kind(self, row: Category | Criterion | Reviewer) -> bool:
        old = self.known.criteria.get(row.slug) if isinstance(row, Criterion) else None
        return isinstance(row, Criterion) and old is not None and old.kind != row.kind and old.facts.exists()

    def _load_pages(self, batch: Sequence[Entry]) -> None:
        pages: list[Page] = []
        for document, entry in self._documents(batch):
            pages.append(records.read_page(document, entry.slug))
            self._finish([document])
        self._write("pages", put_pages, pages)

    def _load_tools(self, batch: Sequence[Entry]) -> None:
        tools: list[Tool] = []
        plans: list[Plan] = []
        facts: list[Fact] = []
        formerly: dict[str, list[str]] = {}
        known = {tool.slug: tool for tool in self._merged_or_not({entry.slug for entry in batch})}
        moved = FormerSlug.objects.homes({entry.slug for entry in batch})
        for document, entry in self._documents(batch):
            tool, its_plans, its_facts = records.read_tool(document, entry.slug, self.known)
            tools.append(tool)
            plans += its_plans
            facts += its_facts
            formerly[entry.slug] = records.read_formerly(document)
            if entry.slug in moved:
                today = moved[entry.slug]
                document.problem(1, f"{entry.slug} is called {today} now: name the file {today}.md")
            self._check_former(document, entry.slug, formerly[entry.slug])
            self._check_merged(document, known.get(entry.slug), entry.slug)
            self._finish([document])
        self._write("tools", lambda rows: put_tools(rows, plans, facts, formerly), tools)
        self.fresh += [tool for tool in tools if tool.slug not in known]
        if not (self.outcome.problems or self.folder.problems):
            self._notice_kept(tools, plans, facts)

    def _merged_or_not(self, slugs: set[str]) -> QuerySet[Tool]:
        return Tool.objects.addressed_by(slugs).select_related("merged_into").order_by()

    def _check_merged(self, document: Document, stored: Tool | None, slug: str) -> None:
        """What was merged on this site stays so, and merging moves more than a file can say."""
        into = records.read_merged_into(document)
        line = document.front["merged_into"].line if into else 1
        today = stored.merged_into.slug if stored and stored.merged_into else ""
        if stored and today and into != today:
            document.problem(line, f"{slug} was merged into {today}: write merged_into: {today}, or take the file away")
        elif stored and into and not today:
            document.problem(line, f"merged_into: {slug} is a tool of its own here: merge it at the desk")
        elif into and not stored:
            self.merged[slug] = into
            if into == slug or not (self.folder.has_tool(into) or Tool.objects.addressed_by([into]).exists()):
                document.problem(line, f"merged_into: unknown tool {into}")

    def _join_merged(self) -> None:
        """Once all tools are there: where the addresses of those that became part of others lead."""
        if self.outcome.problems or self.folder.problems:
            return
        link_merged(self.merged)

    def _notice_lookalikes(self) -> None:
        """Of a few new tools say which ones they may be; the desk's list compares whole publications."""
        if self.fresh and len(self.fresh) <= COMPARED and not (self.outcome.problems or self.folder.problems):
            for pair in pairs_among({tool.pk for tool in self.fresh if not tool.is_closed}):
                new, other = sorted(pair.tools, key=lambda tool: tool.pk, reverse=True)
                self.outcome.notices.append(f"tools/{new.slug}.md: this may be {other.slug}, which is here already")

    def _check_former(self, document: Document, slug: str, formerly: Sequence[str]) -> None:
        """An address leads to one tool: it cannot be that of another one too."""
        if not formerly:
            return
        homes = FormerSlug.objects.homes(formerly)
        stored = {tool.slug for tool in Tool.objects.addressed_by([slug, *formerly])}
        for old in formerly:
            if self.folder.has_tool(old) or homes.get(old, slug) != slug or {slug, old} <= stored:
                document.problem(document.front["formerly"].line, f"formerly: {old} is the address of another tool")

    def _load_reviews(self, batch: Sequence[Entry]) -> None:
        stored = self._stored({entry.folder for entry in batch})
        reviews: list[Review] = []
        for document, entry in self._documents(batch):
            tool, reviewer = stored.get(entry.folder), self.known.reviewers.get(entry.slug)
            if tool is None:
                document.problem(1, f"unknown tool {entry.folder}: there is no tools/{entry.folder}.md and none stored")
            if reviewer is None:
                document.problem(1, f"unknown reviewer {entry.slug}")
            reviews.append(records.read_review(document, tool or Tool(), reviewer or Reviewer()))
            self._finish([document])
        try:
            self._write("reviews", put_reviews, reviews)
        except ReasonNeededError as needed:
            words = "readers have seen the other verdict: say why it changes, with --reason"
            self.outcome.problems += [
                Problem(f"reviews/{review.tool.slug}/{review.reviewer.slug}.md", 1, words) for review in needed.pieces
            ]

    def _load_comparisons(self, batch: Sequence[Entry]) -> None:
        slugs = {slug for entry in batch for pair in possible_readings(entry.slug) if len(pair) == 2 for slug in pair}
        stored = self._stored(slugs)
        comparisons: list[Comparison] = []
        for document, entry in self._documents(batch):
            pair = self._pair_of(document, entry, stored)
            comparisons.append(records.read_comparison(document, *(pair or (Tool(), Tool()))))
            self._finish([document])
        self._write("comparisons", put_comparisons, comparisons)

    def _pair_of(self, document: Document, entry: Entry, stored: dict[str, Tool]) -> tuple[Tool, Tool] | None:
        pairs = [pair for pair in readings(entry.slug, stored.keys()) if len(pair) == 2 and pair[0] != pair[1]]
        if not pairs:
            document.problem(1, "the file's name must be two known tools: first-slug-vs-second-slug.md")
            return None
        first, second = pairs[0]
        if first > second:
            document.problem(1, f"the two slugs must be in alphabetical order: name the file {second}-vs-{first}.md")
            return None
        return stored[first], stored[second]

    def _stored(self, slugs: set[str]) -> dict[str, Tool]:
        """The tools with these slugs. One that only the folder has, because it has problems, stands in unsaved."""
        stored = {tool.slug: tool for tool in Tool.objects.addressed_by(slugs)}
        return {slug: Tool(slug=slug) for slug in slugs if self.folder.has_tool(slug)} | stored

    def _documents(self, batch: Sequence[Entry]) -> Iterator[tuple[Document, Entry]]:
        for entry in batch:
            document = read_markdown(self.folder.root, entry.path)
            self.progress(1)
            if document.problems:
                self._finish([document])
            else:
                yield document, entry

    def _finish(self, documents: Sequence[Document]) -> None:
        for document in documents:
            self.outcome.problems += document.problems

    def _write[M](self, kind: str, put: Callable[[Sequence[M]], dict[str, int]], rows: Sequence[M]) -> None:
        if rows and not (self.outcome.problems or self.folder.problems):
            self.outcome.counts.setdefault(kind, Counter()).update(put(rows))

    def _notice_kept(self, tools: Sequence[Tool], plans: Sequence[Plan], facts: Sequence[Fact]) -> None:
        """Nothing is deleted, so say what stays although its file does not name it any more."""
        named = {plan.pk for plan in plans}, {fact.pk for fact in facts}
        for plan in Plan.objects.filter(tool__in=tools).exclude(pk__in=named[0]).select_related("tool"):
            self.outcome.notices.append(
                f"tools/{plan.tool.slug}.md: the plan {plan.name} is not in the file and was kept"
            )
        for fact in Fact.objects.filter(tool__in=tools).exclude(pk__in=named[1]).select_related("tool", "criterion"):
            self.outcome.notices.append(
                f"tools/{fact.tool.slug}.md: the fact {fact.criterion.slug} is not in the file and was kept"
            )


def _place(
    rows: Sequence[Category | Criterion | Reviewer], known: Mapping[str, Category | Criterion | Reviewer]
) -> None:
    """A list that names everything decides the order; one that names only some adds its new entries at the end."""
    if known.keys() <= {row.slug for row in rows}:
        return
    last = max(getattr(row, "position", 0) for row in known.values())
    for row in rows:
        old = known.get(row.slug)
        if not isinstance(row, Category):
            last += old is None
            row.position = getattr(old, "position", last)
