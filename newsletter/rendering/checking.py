"""What is wrong with an issue before it goes out, in sentences for an editor. Nothing here asks the network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from editorial.markdown import to_html
from newsletter.rendering.letters import Rendered, one_line, render
from newsletter.rendering.links import broken_addresses
from newsletter.rendering.messages import skeleton
from newsletter.rendering.postal import NoPostalAddressError, require_postal_address
from newsletter.rendering.readers import fill, sample_reader
from tools.figures import number

if TYPE_CHECKING:
    from newsletter.models import Issue

SHORT, LONG = 60, 150  # of a subject
MOST_BYTES = 100_000  # of a message: large providers cut what is longer
# What somebody meant to fill in. The first kind is never meant to be read, the second may be.
_UNFILLED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\[\[.*?\]\]|%\(\w+\)s|\$\{\w+\}")
_UNDONE = re.compile(r"\b(?:TODO|FIXME|XXX|TBD|TKTK|TK|[Ll]orem ipsum)\b")
_PICTURE_WITHOUT_WORDS = re.compile(r'<img src="[^"]*" alt="\s*"')


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """An error keeps an issue from being approved, a warning is for the editor to weigh."""

    level: Level
    sentence: str

    @property
    def is_error(self) -> bool:
        return self.level == Level.ERROR

    def __str__(self) -> str:
        return self.sentence


def checks(issue: Issue) -> list[Problem]:
    """Everything that is wrong with an issue as it stands, errors first."""
    rendered = render(issue)
    texts = list(_texts(issue))
    found = [
        *_about_address(),
        *_about_subject(one_line(issue.subject)),
        *_about_introduction(issue),
        *_about_placeholders(texts),
        *_about_pictures(texts),
        *_about_links(rendered),
        *_about_size(rendered),
    ]
    return sorted(found, key=lambda problem: not problem.is_error)


def _error(sentence: str) -> Problem:
    return Problem(Level.ERROR, sentence)


def _warning(sentence: str) -> Problem:
    return Problem(Level.WARNING, sentence)


def _texts(issue: Issue) -> Iterator[tuple[str, str]]:
    """What editors wrote, each with where it stands."""
    yield _("the subject"), issue.subject
    yield _("the first line"), issue.preheader
    yield _("the introduction"), issue.introduction
    for block in issue.blocks.filter(is_dropped=False):
        name = block.found.get("name") or block.found.get("tool", {}).get("name")
        kind = block.get_kind_display().lower()
        yield _("your words in “%(block)s”") % {"block": f"{kind}, {name}" if name else kind}, block.words


def _about_address() -> Iterator[Problem]:
    try:
        require_postal_address()
    except NoPostalAddressError as problem:
        yield _error(str(problem))


def _about_subject(subject: str) -> Iterator[Problem]:
    if not subject:
        yield _error(_("There is no subject. Write one."))
    counted = {"count": number(len(subject)), "most": number(LONG)}
    if len(subject) > LONG:
        yield _error(_("The subject has %(count)s characters. Keep it below %(most)s.") % counted)
    elif len(subject) > SHORT:
        said = _("The subject has %(count)s characters; many mail programs show the first %(short)s.")
        yield _warning(said % {**counted, "short": number(SHORT)})
    if len(subject) > 3 and subject.isupper():
        yield _warning(_("The subject is all in capitals, as spam is. Write it like a sentence."))
    if re.search(r"[!?]{2,}", subject):
        yield _warning(_("The subject shouts: one mark at its end is enough."))


def _about_introduction(issue: Issue) -> Iterator[Problem]:
    if issue.introduction.strip():
        return
    if not issue.blocks.filter(is_dropped=False).exists():
        yield _error(_("There is nothing in %(issue)s. Write an introduction or a note.") % {"issue": issue})
    else:
        yield _warning(_("There is no introduction: the issue begins with its first block."))


def _about_placeholders(texts: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    for where, text in texts:
        if found := _UNFILLED.search(text):
            said = _("“%(found)s” in %(where)s was not filled in.")
            yield _error(said % {"found": found[0][:40], "where": where})
        elif found := _UNDONE.search(text):
            said = _("“%(found)s” in %(where)s looks as if something is still to be written.")
            yield _warning(said % {"found": found[0], "where": where})


def _about_pictures(texts: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    for where, text in texts:
        if _PICTURE_WITHOUT_WORDS.search(to_html(text)):
            said = _(
                "A picture in %(where)s says nothing to whoever does not see it. Describe it between its brackets."
            )
            yield _error(said % {"where": where})


def _about_links(rendered: Rendered) -> Iterator[Problem]:
    html, _text = fill(rendered, sample_reader())
    for address, is_dead in broken_addresses(html):
        if is_dead:
            yield _warning(_("Nothing answers at %(address)s, as far as our checks know.") % {"address": address})
        else:
            yield _error(_("The link to %(address)s leads nowhere.") % {"address": address})


def _about_size(rendered: Rendered) -> Iterator[Problem]:
    """Of the longest message there can be: that of who follows everything in it."""
    tools, categories, reviewers = (tuple(keys) for keys in rendered.text_page.touched.values())
    longest = replace(sample_reader(), tools=tools, categories=categories, reviewers=reviewers)
    size = len(skeleton(rendered).message(longest, "size@drydock.example"))
    if size > MOST_BYTES:
        counted = {"size": number(round(size / 1000)), "most": number(MOST_BYTES // 1000)}
        said = _("The mail has %(size)s KB, and providers cut what has more than %(most)s. Drop some blocks.")
        yield _error(said % counted)
    if not fill(rendered, longest)[1].strip():
        yield _error(_("The mail has no part in plain text."))
