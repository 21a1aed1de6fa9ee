"""What a receipt says in words: one figure and one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from comparisons.receipts.labels import FACT, NAMES, PLAN, Labels, event_text, part_text
from editorial.addresses import path_of
from reviews.verdicts import word_text
from tools.facts import value_text
from tools.pricing import price_text

Content = Mapping[str, Any]
Wording = tuple[str, str]

_HIDDEN = {"reviewer_id", "criterion_id", "first_tool_id", "second_tool_id", "position"}
_READINGS = {"checked_on", "source"}


@dataclass(frozen=True, slots=True)
class _Priced:
    amount: Decimal | None
    currency: str
    period: str
    unit: str


@dataclass(frozen=True, slots=True)
class Merge:
    """The other tool of a merge, by its name and address of that day."""

    name: str
    slug: str
    is_gone: bool

    @property
    def url(self) -> str:
        """Where the other one is found today, whatever it is called by now; of what was taken in, its receipts."""
        return path_of("tool", self.slug) if self.is_gone else f"{path_of('receipts')}?tool={self.slug}"


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
    reason: str = ""
    tool_is_public: bool = True

    @property
    def url(self) -> str:
        return path_of("receipt", self.pk)

    @property
    def tool_name(self) -> str:
        """Both names for a pair, none for what belongs to no tool."""
        names = [self.about[name] for name in ("tool", "other_tool") if name in self.about]
        return f" {_('vs')} ".join(names)

    @property
    def tool_url(self) -> str:
        """Empty when there is no such page today, and for a pair."""
        is_one = "slug" in self.about and "other_slug" not in self.about
        return path_of("tool", self.about["slug"]) if is_one and self.tool_is_public else ""

    @property
    def merge(self) -> Merge | None:
        """What a receipt of a tool tells of a merge: into what it went, or what it took in."""
        for name, part in (("withdrawn", "merged_into"), ("changed", "took_in")):
            if self.act == name and part in self.about:
                return Merge(self.about[part], self.about[f"{part}_slug"], is_gone=name == "withdrawn")
        return None

    @property
    def was_entered_later(self) -> bool:
        return self.recorded_at.date() > self.effective_at.date()

    @property
    def lacks_reason(self) -> bool:
        """Whether readers are owed a reason that nobody gave: a verdict they have seen was changed or taken away."""
        is_owed = self.kind == "verdict" and (self.act == "withdrawn" or "verdict" in self.before)
        return is_owed and not self.reason

    @property
    def event(self) -> str:
        """What it is a receipt of: `Verdict changed`."""
        return event_text(self.kind, "merged" if self.merge else self.act)

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
        parts = [part_text(name) for name in self.before if name not in _HIDDEN]
        return _(", ").join(parts) or _("its place in the order")


def parts_of(line: ReceiptLine) -> list[tuple[str, Any, Any]]:
    """(label, before, after) of each part that a receipt published, changed or withdrew."""
    names = line.before if line.act == "changed" else (line.after or line.before)
    return [
        (capfirst(part_text(name)), line.before.get(name), line.after.get(name))
        for name in sorted(names)
        if name not in _HIDDEN
    ]


def _verdict(line: ReceiptLine) -> Wording:
    who, word = line.about["reviewer"], word_text(line.old["verdict"]).upper()
    said = {"reviewer": who, "verdict": word}
    match line.act:
        case "published":
            return word, _("%(reviewer)s signs %(verdict)s.") % said
        case "withdrawn":
            return "", _("%(reviewer)s takes %(verdict)s back.") % said
    if "verdict" in line.before:
        new = word_text(line.after["verdict"]).upper()
        moved = {"reviewer": who, "before": word, "after": new}
        return _both(word, new), _("%(reviewer)s moves from %(before)s to %(after)s.") % moved
    return "", _("%(reviewer)s stays with %(verdict)s; changed: %(parts)s.") % {**said, "parts": line.changed}


def _price(line: ReceiptLine) -> Wording:
    return _read(line, PLAN, line.old["name"], _price_of)


def _fact(line: ReceiptLine) -> Wording:
    return _read(line, FACT, line.about["criterion"], lambda fact: _value_of(line, fact))


def _read(line: ReceiptLine, sentences: Labels, name: str, value_of: Callable[[Content], str]) -> Wording:
    """What was read at a source."""
    old, named = value_of(line.old), {"name": name, "parts": line.changed}
    if line.act != "changed":
        return old, str(sentences[line.act]) % named
    new = value_of(line.after)
    if old != new:
        return _both(old, new), str(sentences["changed"]) % named
    return new, str(sentences["read" if line.before.keys() <= _READINGS else "kept"]) % named


def _both(before: str, after: str) -> str:
    return _("%(before)s to %(after)s") % {"before": before, "after": after}


def _tool(line: ReceiptLine) -> Wording:
    if line.merge:
        said = _("Merged into %(tool)s.") if line.merge.is_gone else _("Took in %(tool)s.")
        return "", said % {"tool": line.merge.name}
    match line.act:
        case "published":
            return "", _("Listed in %(category)s.") % {"category": line.about["category"]}
        case "withdrawn":
            return "", _("Taken off the list.")
    return "", _("The entry changes: %(parts)s.") % {"parts": line.changed}


def _comparison(line: ReceiptLine) -> Wording:
    match line.act:
        case "published":
            return "", _("An editor’s advice on this pair appears.")
        case "withdrawn":
            return "", _("The editor’s advice on this pair is taken back.")
    return "", _("The editor’s advice on this pair changes: %(parts)s.") % {"parts": line.changed}


def _name(line: ReceiptLine) -> Wording:
    """Reviewers, classes and criteria: what pages call things."""
    sentences, named = NAMES[line.kind], {"name": line.old["name"], "parts": line.changed}
    if line.act != "changed":
        return "", str(sentences[line.act]) % named
    if "name" in line.before:
        return "", str(sentences["renamed"]) % {**named, "new_name": line.after["name"]}
    if "is_active" in line.before:
        return "", (
            _("%(name)s joins the panel.") if line.after["is_active"] else _("%(name)s leaves the panel.")
        ) % named
    return "", str(sentences["changed"]) % named


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
