"""What is in an issue: blocks filled from the receipts since the issue before, and what of them an editor keeps.

An issue covers what took effect after the one before was assembled, and up to its own assembling: nothing falls
between two issues and nothing stands in both. Numbers are those of the site's pages at that moment.

Each block is about one thing (`about`) and its `found` is plain JSON. All kinds but notes have

    tool      id, slug, name, path, tagline, category, category_slug (comparison has none: see below)
    panel     word ("ship"), word_text ("Ship"), ship, total, percent (null without reviews), count_text ("3 of 4")
    community ship, total, percent (null below ten votes), count_text, is_shown
    entry     the entry price in words
    at        when it took effect, ISO 8601 in UTC
    touches   tools, categories, reviewers: lists of ids, to decide what a reader follows

and of their own

    new         about "tool:7".    remarks: of each new verdict reviewer, reviewer_slug, reviewer_path, verdict,
                verdict_text, headline, receipt (path), newest first
    changed     about "review:7".  reviewer, reviewer_slug, reviewer_path, before, after (null when taken back),
                before_text, after_text, headline, text (one sentence), reason (empty when none was given), receipt
    price       about "plan:7".    plan, before, after (texts), text (both of them), reason, receipt
    mover       about "tool:7".    before, after: each as community, with "since" and "until" beside them; text
    comparison  about "comparison:7".  name, path, text (the computed sentence), tools: a list of two, each with tool,
                panel, community and entry as above
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from newsletter.findings import FOUND_ONCE, MOST, Finding, find
from newsletter.models import Block, Issue

ORDER = [kind.value for kind in Block.Kind]
FURTHEST = timedelta(days=14)  # an issue that follows a long silence begins here
STEP = 10  # between positions, so that an editor can put one block between two


def assemble(issue: Issue, now: datetime) -> None:
    """Fill the blocks of an issue that is not frozen, anew if they were; a fixed number of queries.

    Whoever calls holds the issue's row. Words, order, and whether a block is dropped or pinned are an editor's and
    stay. What is newly found comes at the end of its kind; what is found no longer goes, unless an editor pinned it or
    wrote something there: then it is marked stale.
    """
    findings, left_out = _cut(find(issue, covered_since(issue), now))
    blocks = list(issue.blocks.all())
    plan = _plan(issue, blocks, findings)
    Block.objects.filter(pk__in=[block.pk for block in plan.gone]).delete()
    for place, block in enumerate(plan.order, start=1):
        if plan.renumber:
            block.position = place * STEP
    Block.objects.bulk_create(block for block in plan.order if block._state.adding)
    Block.objects.bulk_update(plan.order, ["found", "name", "position", "is_stale"])
    issue.assembled_at, issue.left_out = now, left_out
    if not issue.subject:
        issue.subject = proposed_subject(plan.order)
    issue.save(update_fields=["assembled_at", "left_out", "subject", "updated_at"])


def covered_since(issue: Issue) -> datetime:
    """The moment from which on receipts are this issue's."""
    last = Issue.objects.before(issue).first()
    earliest = issue.due_at - FURTHEST
    if last is None:
        return issue.due_at - FURTHEST / 2
    return max(earliest, last.assembled_at or last.due_at)


def proposed_subject(blocks: Iterable[Block]) -> str:
    """The names that come first, for an editor who has not thought of anything better yet."""
    names = [str(block.found["tool"]["name"]) for block in blocks if not block.is_dropped and "tool" in block.found]
    return ", ".join(dict.fromkeys(names[:3]))[:150]


@dataclass(frozen=True, slots=True)
class _Plan:
    order: Sequence[Block]
    gone: Sequence[Block]
    renumber: bool


def _plan(issue: Issue, blocks: Sequence[Block], findings: Sequence[Finding]) -> _Plan:
    found = {(finding.kind, finding.about): finding for finding in findings}
    order, gone = [], []
    for block in blocks:
        finding = found.pop((block.kind, block.about), None)
        if _refresh(block, finding):
            order.append(block)
        else:
            gone.append(block)
    settled = {block.kind for block in order if block.is_pinned and block.kind in FOUND_ONCE}
    new = [finding for finding in found.values() if finding.kind not in settled]
    for finding in new:
        fresh = Block(issue=issue, kind=finding.kind, about=finding.about)
        _take(fresh, finding)
        order.insert(_place(order, finding.kind), fresh)
    return _Plan(order, gone, renumber=bool(new))


def _refresh(block: Block, finding: Finding | None) -> bool:
    """Whether the block stays; what it says follows what was found, unless it is pinned."""
    if block.kind == Block.Kind.NOTE:
        return True
    if finding is None:
        block.is_stale = True
        return block.is_pinned or bool(block.words.strip())
    block.is_stale = False
    if not block.is_pinned:
        _take(block, finding)
    return True


def _take(block: Block, finding: Finding) -> None:
    """What was found, and the name of what it is about."""
    found = finding.found
    block.found, block.name = dict(found), str(found["tool"]["name"] if "tool" in found else found["name"])[:200]


def _place(order: Sequence[Block], kind: str) -> int:
    """Behind the last of its kind, else behind the kinds that usually come before."""
    same = [place for place, block in enumerate(order) if block.kind == kind]
    before = [place for place, block in enumerate(order) if ORDER.index(block.kind) < ORDER.index(kind)]
    return max(same or before, default=-1) + 1


def _cut(findings: Sequence[Finding]) -> tuple[list[Finding], Mapping[str, Any]]:
    """As many of a kind as one mail can carry, and how many of which kind that leaves out."""
    kept: list[Finding] = []
    left_out: dict[str, int] = {}
    count: dict[str, int] = {}
    for finding in findings:
        count[finding.kind] = count.get(finding.kind, 0) + 1
        if count[finding.kind] <= MOST:
            kept.append(finding)
        else:
            left_out[finding.kind] = left_out.get(finding.kind, 0) + 1
    return kept, left_out
