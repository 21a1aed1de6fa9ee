"""What readers call kinds and parts of receipts. Addresses, feeds and the rows themselves have words of their own."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

type Labels = Mapping[str, object]

_PARTS: Labels = {
    "amount": _("amount"),
    "body": _("body"),
    "category_id": _("class"),
    "checked_on": _("day of reading"),
    "choose_first_if": _("reasons for the first"),
    "choose_second_if": _("reasons for the second"),
    "currency": _("currency"),
    "description": _("description"),
    "disclosure": _("disclosure"),
    "emblem": _("emblem"),
    "excites": _("excites"),
    "headline": _("headline"),
    "help": _("explanation"),
    "is_active": _("on the panel"),
    "joined_on": _("day of joining"),
    "kind": _("kind"),
    "launched_on": _("day of launch"),
    "lens": _("lens"),
    "licence": _("licence"),
    "maker": _("maker"),
    "motto": _("motto"),
    "name": _("name"),
    "note": _("note"),
    "period": _("period"),
    "published_at": _("day of publication"),
    "slug": _("slug"),
    "source": _("source"),
    "summary": _("summary"),
    "tagline": _("tagline"),
    "tires": _("tires"),
    "unit": _("unit"),
    "value": _("value"),
    "verdict": _("verdict"),
    "website": _("website"),
    "written_by": _("written by"),
}
# Whole phrases: in most languages the second word takes after the first.
_EVENTS: Mapping[tuple[str, str], object] = {
    ("verdict", "published"): _("Verdict published"),
    ("verdict", "changed"): _("Verdict changed"),
    ("verdict", "withdrawn"): _("Verdict withdrawn"),
    ("price", "published"): _("Price published"),
    ("price", "changed"): _("Price changed"),
    ("price", "withdrawn"): _("Price withdrawn"),
    ("fact", "published"): _("Fact published"),
    ("fact", "changed"): _("Fact changed"),
    ("fact", "withdrawn"): _("Fact withdrawn"),
    ("tool", "published"): _("Tool published"),
    ("tool", "changed"): _("Tool changed"),
    ("tool", "withdrawn"): _("Tool withdrawn"),
    ("tool", "merged"): _("Tools merged"),
    ("comparison", "published"): _("Comparison published"),
    ("comparison", "changed"): _("Comparison changed"),
    ("comparison", "withdrawn"): _("Comparison withdrawn"),
    ("reviewer", "published"): _("Reviewer published"),
    ("reviewer", "changed"): _("Reviewer changed"),
    ("reviewer", "withdrawn"): _("Reviewer withdrawn"),
    ("category", "published"): _("Category published"),
    ("category", "changed"): _("Category changed"),
    ("category", "withdrawn"): _("Category withdrawn"),
    ("criterion", "published"): _("Criterion published"),
    ("criterion", "changed"): _("Criterion changed"),
    ("criterion", "withdrawn"): _("Criterion withdrawn"),
}

# Sentences about the pieces that have much in common, by what happened.
PLAN: Labels = {
    "published": _("Plan %(name)s is on file."),
    "withdrawn": _("Plan %(name)s is no longer on file."),
    "changed": _("Plan %(name)s changes."),
    "read": _("Plan %(name)s was read again: no change."),
    "kept": _("Plan %(name)s stays as it was; changed: %(parts)s."),
}
FACT: Labels = {
    "published": _("%(name)s is on file."),
    "withdrawn": _("%(name)s is no longer on file."),
    "changed": _("%(name)s changes."),
    "read": _("%(name)s was read again: no change."),
    "kept": _("%(name)s stays as it was; changed: %(parts)s."),
}
NAMES: Mapping[str, Labels] = {
    "reviewer": {
        "published": _("Reviewer %(name)s is entered."),
        "withdrawn": _("Reviewer %(name)s is struck off."),
        "renamed": _("Reviewer %(name)s is called %(new_name)s from now on."),
        "changed": _("Reviewer %(name)s changes: %(parts)s."),
    },
    "category": {
        "published": _("Class %(name)s is entered."),
        "withdrawn": _("Class %(name)s is struck off."),
        "renamed": _("Class %(name)s is called %(new_name)s from now on."),
        "changed": _("Class %(name)s changes: %(parts)s."),
    },
    "criterion": {
        "published": _("Criterion %(name)s is entered."),
        "withdrawn": _("Criterion %(name)s is struck off."),
        "renamed": _("Criterion %(name)s is called %(new_name)s from now on."),
        "changed": _("Criterion %(name)s changes: %(parts)s."),
    },
}


def part_text(name: str) -> str:
    """What a part of a receipt is called amid a sentence."""
    return str(_PARTS.get(name, name))


def event_text(kind: str, act: str) -> str:
    """What a receipt is of: `Verdict changed`."""
    return str(_EVENTS[kind, act])
