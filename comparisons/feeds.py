"""Atom feeds (RFC 4287): of verdicts, one entry for each published review, newest first; and of receipts.

An entry's identity is a tag URI (RFC 4151) of its row. It stays when the review, its reviewer or the tool is renamed,
so no reader of the feed sees old verdicts as new ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _

from comparisons.receipts.listing import load_newest
from comparisons.xml_text import legal
from editorial.markdown import to_html
from reviews.models import Review
from reviews.verdicts import word_text
from tools.models import Category

ENTRIES = 50
# An empty feed needs a date as well, and one that stays: that of the tag URIs.
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Feed(Atom1Feed):
    """Django's, but with the whole remark as content, and without today's date in an empty feed."""

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=BEGINNING)

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


def verdict_feed() -> str:
    """The newest verdicts on all tools; one query."""
    feed = open_feed(_("verdicts"), _("Every SHIP and SKIP, newest first."), reverse("verdict_feed"), reverse("home"))
    return _filled(feed, Review.objects.published().for_feed()[:ENTRIES])


def receipt_feed() -> str:
    """The newest receipts but for names of things; one query."""
    feed = open_feed(
        _("receipts"),
        _("Every verdict, price and fact that was published, changed or withdrawn."),
        reverse("receipt_feed"),
        reverse("receipts"),
    )
    for line in load_newest(ENTRIES):
        words = legal(" ".join(filter(None, (line.figure, line.text))))
        reason = legal(line.reason or (_("No reason given.") if line.lacks_reason else ""))
        feed.add_item(
            title=legal(_("%(tool)s: %(text)s") % {"tool": line.tool_name, "text": line.text}),
            link=f"{settings.SITE_URL}{line.url}",
            description=escape(" ".join(filter(None, (words, reason)))),
            content="".join(f"<p>{escape(part)}</p>" for part in (words, reason) if part),
            unique_id=tag_of(f"receipts/{line.pk}"),
            pubdate=line.effective_at,
            updateddate=line.effective_at,
            author_name="Drydock",
            categories=[legal(line.about["category"]), line.kind, line.act],
        )
    return feed.writeString("utf-8")


def category_feed(category: Category) -> str:
    """The newest verdicts on the tools of one category; one query."""
    name = legal(category.name)
    words = _("Every SHIP and SKIP in %(category)s, newest first.") % {"category": name}
    feed = open_feed(
        name, words, reverse("category_feed", args=[category.slug]), reverse("category", args=[category.slug])
    )
    return _filled(feed, Review.objects.published().for_feed().filter(tool__category=category)[:ENTRIES])


def open_feed(title: str, words: str, own_path: str, page_path: str) -> Feed:
    """A feed with nothing in it yet."""
    return Feed(
        title=f"Drydock: {title}",
        description="",
        subtitle=words,
        link=f"{settings.SITE_URL}{page_path}",
        feed_url=f"{settings.SITE_URL}{own_path}",
        feed_guid=tag_of(own_path.removeprefix("/")),
        language=settings.LANGUAGE_CODE,
    )


def _filled(feed: Feed, reviews: Iterable[Review]) -> str:
    for review in reviews:
        verdict, headline = word_text(review.verdict).upper(), legal(review.headline)
        names = {"tool": review.tool.name, "verdict": verdict, "reviewer": review.reviewer.name}
        feed.add_item(
            title=legal(_("%(tool)s: %(verdict)s says %(reviewer)s") % names),
            link=f"{settings.SITE_URL}{review.tool.get_absolute_url()}",
            description=escape(f"{verdict}. {headline}"),
            content=f"<p>{verdict}. {escape(headline)}</p>{from_afar(to_html(legal(review.body)))}",
            unique_id=tag_of(f"reviews/{review.pk}"),
            pubdate=review.published_at,
            updateddate=max(review.updated_at, review.published_at or review.updated_at),
            author_name=legal(review.reviewer.name),
            author_link=f"{settings.SITE_URL}{review.reviewer.get_absolute_url()}",
            categories=[legal(review.tool.category.name), review.verdict.upper()],
        )
    return feed.writeString("utf-8")


def from_afar(html: str) -> str:
    """With the whole address of every picture: a feed is read at other sites."""
    return html.replace('<img src="/', f'<img src="{settings.SITE_URL}/')


def tag_of(what: str) -> str:
    """A name that stays, for a feed or an entry (RFC 4151)."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},{BEGINNING:%Y}:{what}"
