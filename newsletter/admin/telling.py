"""What a block of an issue holds, in words for editors. The shape of `found` is told in newsletter/assembling.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.models import Block, Issue
from tools.figures import number

Kind = Block.Kind


@dataclass(frozen=True, slots=True)
class Told:
    """`path` is the public page of what the block is about."""

    title: str
    lines: Sequence[str] = field(default_factory=list)
    path: str = ""


def told(block: Block) -> Told:
    """Nothing is looked up: it says what the mail will print."""
    if block.kind == Kind.NOTE or not block.found:
        return Told(block.name)
    lines = [line for line in _LINES[block.kind](block.found) if line]
    if block.kind == Kind.COMPARISON:
        return Told(str(block.found["name"]), lines, str(block.found["path"]))
    tool = block.found["tool"]
    return Told(str(tool["name"]), lines, str(tool["path"]))


def left_out(issue: Issue) -> list[str]:
    """How many of a kind were found and are not in the issue, a sentence for each kind."""
    return [_left_out(kind, int(count)) for kind, count in sorted(issue.left_out.items()) if count]


def _left_out(kind: str, count: int) -> str:
    match kind:
        case Kind.PRICE:
            said = ngettext(
                "%(count)s further price change was left out.", "%(count)s further price changes were left out.", count
            )
        case Kind.NEW:
            said = ngettext(
                "%(count)s further tool with a new verdict was left out.",
                "%(count)s further tools with new verdicts were left out.",
                count,
            )
        case _:
            said = ngettext(
                "%(count)s further changed verdict was left out.",
                "%(count)s further changed verdicts were left out.",
                count,
            )
    return said % {"count": number(count)}


def _standing(found: Mapping[str, Any]) -> str:
    panel, community = found["panel"], found["community"]
    words = {"word": panel["word_text"], "panel": panel["count_text"], "entry": found["entry"]}
    if not panel["total"]:
        return _("No reviews yet. Entry price: %(entry)s.") % words
    if not community["is_shown"]:
        return _("%(word)s: the panel %(panel)s, the community not counted yet. Entry price: %(entry)s.") % words
    said = _("%(word)s: the panel %(panel)s, the community %(community)s. Entry price: %(entry)s.")
    return said % {**words, "community": community["count_text"]}


def _new(found: Mapping[str, Any]) -> list[str]:
    said = _("%(reviewer)s says %(verdict)s: “%(headline)s”")
    remarks = [
        said % {"reviewer": one["reviewer"], "verdict": one["verdict_text"].upper(), "headline": one["headline"]}
        for one in found["remarks"]
    ]
    return [*remarks, _standing(found)]


def _changed(found: Mapping[str, Any]) -> list[str]:
    return [found["text"], _because(found), _standing(found)]


def _price(found: Mapping[str, Any]) -> list[str]:
    return [_("%(plan)s: %(text)s.") % {"plan": found["plan"], "text": found["text"]}, _because(found)]


def _because(found: Mapping[str, Any]) -> str:
    return _("Reason: %(reason)s") % {"reason": found["reason"]} if found["reason"] else _("No reason was given.")


_LINES: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    Kind.NEW.value: _new,
    Kind.CHANGED.value: _changed,
    Kind.PRICE.value: _price,
    Kind.MOVER.value: lambda found: [found["text"]],
    Kind.COMPARISON.value: lambda found: [found["text"]],
}
