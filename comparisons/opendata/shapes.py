"""The shape of each record, in the words of JSON Schema 2020-12. The dump takes the columns of its tables from here."""

from __future__ import annotations

from typing import Any

from comparisons.models import Receipt
from reviews.models import Review, Reviewer
from tools.models import Criterion, Plan

Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}
FLAG: Shape = {"type": "boolean"}
COUNT: Shape = {"type": "integer", "minimum": 0}
PERCENT: Shape = {"type": "integer", "minimum": 0, "maximum": 100}
BOUND: Shape = {"type": "number", "minimum": 0, "maximum": 100}
ID: Shape = {"type": "integer", "minimum": 1}
SLUG: Shape = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 100}
DAY: Shape = {"type": "string", "format": "date"}
MOMENT: Shape = {"type": "string", "format": "date-time"}
ADDRESS: Shape = {"type": "string", "format": "uri"}
CONTENT: Shape = {"type": "object"}


def record(**parts: Shape) -> Shape:
    """An object with exactly these parts."""
    return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}


def listed(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def maybe(shape: Shape) -> Shape:
    """This, or null."""
    return {**shape, "type": [shape["type"], "null"]}


def one_of(values: Any) -> Shape:
    return {"type": "string", "enum": [str(value) for value in values]}


def told(shape: Shape, words: str) -> Shape:
    return {**shape, "description": words}


NAMED = record(id=ID, slug=SLUG, name=TEXT)
PANEL = record(
    ship=COUNT,
    total=COUNT,
    share=told(maybe(PERCENT), "ship of total in whole percent, halves up; null without reviews"),
    word=one_of(("ship", "skip", "split", "unreviewed")),
    text=told(TEXT, "as pages print it: 3 of 4"),
)
COMMUNITY = record(
    ship=told(maybe(COUNT), "null below the needed votes, as on the pages"),
    skip=maybe(COUNT),
    total=COUNT,
    share=maybe(PERCENT),
    low=told(maybe(BOUND), "lower end of the 95 % Wilson interval, in percent"),
    high=maybe(BOUND),
    is_shown=FLAG,
    needed=told(COUNT, "how many votes of accounts a share needs"),
)
PASSING = record(ship=COUNT, skip=COUNT, total=COUNT)
GOOD = told({**COUNT, "minimum": 1}, "how many days after its check it is due for re-inspection")
_PLAN = {
    "name": TEXT,
    "amount": told(maybe({"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}), "null for a free plan"),
    "currency": TEXT,
    "period": one_of(Plan.Period.values),
    "unit": TEXT,
    "note": TEXT,
    "source": TEXT,
    "checked_on": DAY,
    "price": told(TEXT, "as pages print it: $20/mo"),
}
FACT = record(
    id=ID,
    criterion=record(**NAMED["properties"], kind=one_of(Criterion.Kind.values), unit=TEXT),
    value=told(TEXT, "yes or no, a plain number, or words, as the kind says"),
    note=TEXT,
    text=told(TEXT, "as pages print it: 256K tokens"),
    source=TEXT,
    checked_on=DAY,
    good_for_days=GOOD,
)
TOOL = record(
    **NAMED["properties"],
    maker=TEXT,
    tagline=TEXT,
    description=told(TEXT, "Markdown"),
    website=TEXT,
    licence=TEXT,
    launched_on=maybe(DAY),
    published_at=MOMENT,
    url=ADDRESS,
    category=NAMED,
    plans=listed(record(id=ID, **_PLAN, good_for_days=GOOD, position=COUNT)),
    facts=listed(FACT),
    entry_price=record(text=told(TEXT, "- when no plan is known"), plan_id=maybe(ID)),
    panel=PANEL,
    reviewed_at=told(maybe(MOMENT), "when the newest of the reviews was published"),
    community=COMMUNITY,
)
VERDICT = one_of(Review.Verdict.values)
REVIEW = record(
    id=ID,
    tool=NAMED,
    reviewer=NAMED,
    verdict=VERDICT,
    headline=TEXT,
    body=told(TEXT, "Markdown"),
    published_at=MOMENT,
    url=ADDRESS,
)
REVIEWER = record(
    **NAMED["properties"],
    lens=TEXT,
    motto=TEXT,
    emblem=one_of(Reviewer.Emblem.values),
    written_by=one_of(Reviewer.Author.values),
    disclosure=TEXT,
    is_active=told(FLAG, "on the panel now"),
    position=told(COUNT, "the order of the panel"),
    excites=listed(TEXT),
    tires=listed(TEXT),
    joined_on=maybe(DAY),
    url=ADDRESS,
    record=record(
        ship=COUNT,
        total=COUNT,
        share=maybe(PERCENT),
        settled=COUNT,
        dissents=COUNT,
        dissent_share=maybe(PERCENT),
        shown=COUNT,
        agreed=COUNT,
        agreement_share=maybe(PERCENT),
        reversals=COUNT,
    ),
)
COMPARISON = record(
    id=ID,
    address=told(TEXT, "a-vs-b, slugs in alphabetical order"),
    first_tool=NAMED,
    second_tool=NAMED,
    summary=told(TEXT, "Markdown"),
    choose_first_if=listed(TEXT),
    choose_second_if=listed(TEXT),
    is_featured=FLAG,
    published_at=MOMENT,
    url=ADDRESS,
)
TALLY = record(id=told(ID, "that of the tool"), tool=NAMED, account=COMMUNITY, passing=PASSING)
LEADER = record(
    id=told(ID, "that of the tool"),
    tool=NAMED,
    place=told({**COUNT, "minimum": 1}, "1 for the first line"),
    rank=told(maybe({**COUNT, "minimum": 1}), "null below the needed votes"),
    is_shared=told(FLAG, "whether another tool has the same rank"),
    community=told(COMMUNITY, "the counts that the order was made from"),
    counted_at=told(maybe(MOMENT), "when they were counted"),
)
RECEIPT = record(
    id=ID,
    kind=one_of(Receipt.Kind.values),
    piece=told(ID, "the id of what it is about, among those of its kind"),
    act=one_of(("published", "changed", "withdrawn")),
    tool_id=maybe(ID),
    other_tool_id=maybe(ID),
    category_id=maybe(ID),
    reviewer_id=maybe(ID),
    about=told(CONTENT, "names of what it hangs on, in the words of that day"),
    before=told(maybe(CONTENT), "the parts that a change replaced, or all that was taken away"),
    after=told(maybe(CONTENT), "all that was shown from then on; null when it was taken away"),
    reason=told(TEXT, "why, where a reason was asked for"),
    recorded_at=MOMENT,
    effective_at=MOMENT,
    url=ADDRESS,
)
CATEGORY = record(**NAMED["properties"], description=TEXT, url=ADDRESS)
CRITERION = record(
    **NAMED["properties"], kind=one_of(Criterion.Kind.values), unit=TEXT, help=TEXT, position=told(COUNT, "row order")
)
PAST_TOOL = record(
    as_of=DAY,
    is_today=told(FLAG, "that day is not over: it may still change"),
    was_entered_later=told(FLAG, "some of it came into this site's books after that day"),
    **{part: TOOL["properties"][part] for part in (*NAMED["properties"], "maker", "tagline", "description")},
    **{part: TOOL["properties"][part] for part in ("website", "licence", "launched_on", "published_at", "category")},
    plans=listed(record(**_PLAN)),
    facts=listed(record(slug=SLUG, name=TEXT, text=TEXT, source=TEXT, checked_on=DAY)),
    entry_price=record(text=TEXT),
    panel=PANEL,
    reviews=listed(record(reviewer=NAMED, verdict=VERDICT, headline=TEXT, body=TEXT, published_at=MOMENT)),
    url=ADDRESS,
)
PROBLEM = record(
    type=ADDRESS,
    title=TEXT,
    status={"type": "integer", "minimum": 400, "maximum": 599},
    detail=told(TEXT, "what to do about it"),
    instance=told({"type": "string", "format": "uri-reference"}, "the path that was asked for"),
)
# In the order in which a reader of the dump needs them: what is referred to first.
RECORDS = {
    "categories": CATEGORY,
    "criteria": CRITERION,
    "tools": TOOL,
    "reviewers": REVIEWER,
    "reviews": REVIEW,
    "comparisons": COMPARISON,
    "tallies": TALLY,
    "leaderboard": LEADER,
    "receipts": RECEIPT,
}
