"""What a receipt says in words: one figure and one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from tools.facts import value_text
from tools.pricing import price_text

Content = Mapping[str, Any]
Wording = tuple[str, str]

_LABELS = {
    "amount": "amount",
    "checked_on": "day of reading",
    "choose_first_if": "reasons for the first",
    "choose_second_if": "reasons for the second",
    "is_active": "on the panel",
    "joined_on": "day of joining",
    "launched_on": "day of launch",
    "published_at": "day of publication",
    "written_by": "written by",
    "category_id": "class",
    "help": "explanation",
}
_HIDDEN = {"reviewer_id", "criterion_id", "first_tool_id", "second_tool_id", "position"}
_READINGS = {"checked_on", "source"}


@dataclass(frozen=True, slots=True)
class _Priced:
    amount: Decimal | None
    currency: str
    period: str
    unit: str


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One receipt in a list. `before` and `after` may lack long texts: the list does not print them."""

    pk: int
    kind: str
    act: str
    tool_id: int | None
    about: Content
    before: Content
    after: Content
    effective_at: datetime
    recorded_at: datetime
    tool_is_public: bool = True

    @property
    def url(self) -> str:
        return reverse("receipt", args=[self.pk])

    @property
    def tool_name(self) -> str:
        """Both names for a pair, none for what belongs to no tool."""
        names = [self.about[name] for name in ("tool", "other_tool") if name in self.about]
        return " vs ".join(names)

    @property
    def tool_url(self) -> str:
        """Empty when there is no such page today, and for a pair."""
        is_one = "slug" in self.about and "other_slug" not in self.about
        return reverse("tool", args=[self.about["slug"]]) if is_one and self.tool_is_public else ""

    @property
    def was_entered_later(self) -> bool:
        return self.recorded_at.date() > self.effective_at.date()

    @property
    def figure(self) -> str:
        """The value, or both of them: `SHIP`, `$20/mo to $25/mo`; empty when the sentence says all."""
        return self._wording[0]

    @property
    def text(self) -> str:
        return self._wording[1]

    @property
    def _wording(self) -> Wording:
        return _WORDINGS.get(self.kind, _name)(self)

    @property
    def old(self) -> Content:
        """All that was there before a change or a withdrawal."""
        return {**self.after, **self.before}

    @property
    def changed(self) -> str:
        """The names of the parts that a change replaced: `tagline, licence`."""
        return ", ".join(label_of(name) for name in self.before if name not in _HIDDEN) or "its place in the order"


def label_of(name: str) -> str:
    return _LABELS.get(name, name)


def parts_of(line: ReceiptLine) -> list[tuple[str, Any, Any]]:
    """(label, before, after) of each part that a receipt published, changed or withdrew."""
    names = line.before if line.act == "changed" else (line.after or line.before)
    return [
        (label_of(name), line.before.get(name), line.after.get(name)) for name in sorted(names) if name not in _HIDDEN
    ]


def _verdict(line: ReceiptLine) -> Wording:
    who, word = line.about["reviewer"], line.old["verdict"].upper()
    match line.act:
        case "published":
            return word, f"{who} signs {word}."
        case "withdrawn":
            return "", f"{who} takes {word} back."
    if "verdict" in line.before:
        new = line.after["verdict"].upper()
        return f"{word} to {new}", f"{who} moves from {word} to {new}."
    return "", f"{who} stays with {word}; changed: {line.changed}."


def _price(line: ReceiptLine) -> Wording:
    old, name = _price_of(line.old), f"Plan {line.old['name']}"
    match line.act:
        case "published":
            return old, f"{name} is on file."
        case "withdrawn":
            return old, f"{name} is no longer on file."
    return _change(line, name, old, _price_of(line.after))


def _fact(line: ReceiptLine) -> Wording:
    old, name = _value_of(line, line.old), line.about["criterion"]
    match line.act:
        case "published":
            return old, f"{name} is on file."
        case "withdrawn":
            return old, f"{name} is no longer on file."
    return _change(line, name, old, _value_of(line, line.after))


def _change(line: ReceiptLine, name: str, old: str, new: str) -> Wording:
    if old != new:
        return f"{old} to {new}", f"{name} changes."
    if line.before.keys() <= _READINGS:
        return new, f"{name} was read again: no change."
    return new, f"{name} stays as it was; changed: {line.changed}."


def _tool(line: ReceiptLine) -> Wording:
    match line.act:
        case "published":
            return "", f"Listed in {line.about['category']}."
        case "withdrawn":
            return "", "Taken off the list."
    return "", f"The entry changes: {line.changed}."


def _comparison(line: ReceiptLine) -> Wording:
    match line.act:
        case "published":
            return "", "An editor’s advice on this pair appears."
        case "withdrawn":
            return "", "The editor’s advice on this pair is taken back."
    return "", f"The editor’s advice on this pair changes: {line.changed}."


def _name(line: ReceiptLine) -> Wording:
    """Reviewers, classes and criteria: what pages call things."""
    what = {"reviewer": "Reviewer", "category": "Class", "criterion": "Criterion"}[line.kind]
    name = line.old["name"]
    match line.act:
        case "published":
            return "", f"{what} {name} is entered."
        case "withdrawn":
            return "", f"{what} {name} is struck off."
    if "name" in line.before:
        return "", f"{what} {name} is called {line.after['name']} from now on."
    if "is_active" in line.before:
        return "", f"{name} {'joins' if line.after['is_active'] else 'leaves'} the panel."
    return "", f"{what} {name} changes: {line.changed}."


_WORDINGS: dict[str, Callable[[ReceiptLine], Wording]] = {
    "verdict": _verdict,
    "price": _price,
    "fact": _fact,
    "tool": _tool,
    "comparison": _comparison,
}


def _price_of(plan: Content) -> str:
    return price_text(_Priced(plan["amount"], plan["currency"], plan["period"], plan["unit"]))


def _value_of(line: ReceiptLine, fact: Content) -> str:
    return value_text(line.about["kind"], fact["value"], line.about["unit"], fact["note"])
