"""What of a message is one reader's, and which part of an issue is theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date
from functools import lru_cache
from html import escape
from itertools import batched
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from newsletter.links import preferences_path, unsubscribe_path
from newsletter.models import Subscriber
from newsletter.rendering.letters import Rendered
from newsletter.rendering.marks import put_in
from tools.figures import day_in_full

CHUNK = 500
SAMPLE = "you@example.org"
# In place of a token that would do something: every page that takes one says that the link is not good.
INERT = "sample"

_FOLLOWED = """
SELECT s.id, ARRAY(SELECT tool_id FROM newsletter_subscriber_tools f WHERE f.subscriber_id = s.id),
    ARRAY(SELECT category_id FROM newsletter_subscriber_categories f WHERE f.subscriber_id = s.id),
    ARRAY(SELECT reviewer_id FROM newsletter_subscriber_reviewers f WHERE f.subscriber_id = s.id)
FROM unnest(%s::bigint[]) AS s(id)
"""


class Follows(Protocol):
    """What somebody follows, by key: a Reader, or newsletter.wishes.Wishes."""

    @property
    def tools(self) -> Collection[int]: ...
    @property
    def categories(self) -> Collection[int]: ...
    @property
    def reviewers(self) -> Collection[int]: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """Everything that a message says differently to one subscriber. Links are paths."""

    pk: int
    address: str
    confirmed_on: date
    unsubscribe: str
    preferences: str
    tools: Collection[int] = ()
    categories: Collection[int] = ()
    reviewers: Collection[int] = ()
    only_followed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Which blocks come first for a reader, as bits by their number in the issue. The same bits, the same page."""

    followed: int

    @property
    def places(self) -> tuple[int, ...]:
        return tuple(place for place in range(self.followed.bit_length()) if self.followed >> place & 1)

    def __bool__(self) -> bool:
        return bool(self.followed)


def personal(rendered: Rendered, follows: Follows) -> Part:
    """The blocks that touch what somebody follows. No query, no printing."""
    touched = rendered.text_page.touched
    followed = 0
    for blocks, keys in (
        (touched["tools"], follows.tools),
        (touched["categories"], follows.categories),
        (touched["reviewers"], follows.reviewers),
    ):
        for key in keys:
            followed |= blocks.get(key, 0)
    return Part(followed)


def is_silent(rendered: Rendered, reader: Reader) -> bool:
    """Whether a reader wants no mail of this issue: they asked for silence unless something they follow changed."""
    return reader.only_followed and not personal(rendered, reader)


def fill(rendered: Rendered, reader: Reader) -> tuple[str, str]:
    """HTML and text for one reader."""
    followed, values = personal(rendered, reader).followed, values_of(reader)
    html = "".join(rendered.html_page.arranged(followed))
    text = "".join(rendered.text_page.arranged(followed))
    return put_in(html, {name: escape(value) for name, value in values.items()}), put_in(text, values)


def values_of(reader: Reader) -> dict[str, str]:
    """What goes in the places, as plain text."""
    return {
        "address": reader.address,
        "day": _day(reader.confirmed_on, get_language()),
        "unsubscribe": f"{settings.SITE_URL}{reader.unsubscribe}",
        "preferences": f"{settings.SITE_URL}{reader.preferences}",
    }


@lru_cache(maxsize=1_000)
def _day(day: date, _language: str | None) -> str:
    return day_in_full(day)


def readers_of(subscribers: Iterable[Subscriber]) -> Iterator[Reader]:
    """Subscribers as their messages know them, in their order: one query for each 500, besides their own."""
    for chunk in batched(subscribers, CHUNK):
        follows = _followed([subscriber.pk for subscriber in chunk])
        for subscriber in chunk:
            yield _reader(subscriber, follows[subscriber.pk])


def sample_reader(address: str = SAMPLE, like: Subscriber | None = None) -> Reader:
    """Somebody for previews and tests, whose links do nothing; shown is what `like` would be shown."""
    follows = next(readers_of([like])) if like else None
    return Reader(
        pk=0,
        address=address,
        confirmed_on=follows.confirmed_on if follows else timezone.now().astimezone(UTC).date(),
        unsubscribe=reverse("newsletter_unsubscribe", args=[INERT]),
        preferences=reverse("newsletter_preferences", args=[INERT]),
        tools=follows.tools if follows else (),
        categories=follows.categories if follows else (),
        reviewers=follows.reviewers if follows else (),
    )


def _reader(subscriber: Subscriber, follows: dict[str, Collection[int]]) -> Reader:
    confirmed_at = subscriber.confirmed_at or timezone.now()
    return Reader(
        pk=subscriber.pk,
        address=subscriber.address,
        confirmed_on=confirmed_at.astimezone(UTC).date(),
        unsubscribe=unsubscribe_path(subscriber),
        preferences=preferences_path(subscriber),
        only_followed=subscriber.only_followed,
        **follows,
    )


def _followed(subscribers: list[int]) -> dict[int, dict[str, Collection[int]]]:
    """What each of these follows; in lists, for a row for each thing would be half of what reading costs."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOWED, [subscribers])
        return {
            pk: {"tools": tools, "categories": categories, "reviewers": reviewers}
            for pk, tools, categories, reviewers in cursor.fetchall()
        }
