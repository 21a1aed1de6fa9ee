"""Issues that went out, as everybody may read them: in the list, each at an address, in a feed, in the sitemap.

Nothing of a reader is in any of it. What is printed are the blocks, which are frozen with their issue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from comparisons.feeds import from_afar, open_feed, tag_of
from comparisons.sitemaps import Entry, Files, Section, add_section
from comparisons.xml_text import legal
from newsletter.models import Issue
from newsletter.rendering.letters import dated
from newsletter.rendering.sections import Section as Part
from newsletter.rendering.sections import sections

PER_PAGE = 20
IN_FEED = 10


@dataclass(frozen=True, slots=True)
class Archived:
    """One issue as its page prints it. `before` and `after` are its neighbours' numbers, None at the ends."""

    issue: Issue
    dated: str
    parts: Sequence[Part]
    before: int | None
    after: int | None


def load_list(page: str | None) -> Page[Any]:
    """A page of issues, the newest first; two queries."""
    return Paginator(Issue.objects.archived(), PER_PAGE).get_page(page)


def load_archived(number: int) -> Archived | None:
    """An issue that went out; None for any other. Four queries."""
    published = Issue.objects.published()
    issue = published.filter(number=number).first()
    if issue is None:
        return None
    numbers = published.values_list("number", flat=True)
    before = numbers.filter(number__lt=number).first()
    after = numbers.filter(number__gt=number).order_by("number").first()
    return Archived(issue, dated(issue), sections(issue), before, after)


def feed() -> str:
    """The newest issues, whole; two queries."""
    words = _("One a week: the new and changed verdicts, the price changes, one comparison.")
    made = open_feed(_("Notices to Shippers"), words, reverse("issue_feed"), reverse("newsletter"))
    for issue in Issue.objects.published().prefetch_related("blocks")[:IN_FEED]:
        made.add_item(
            title=legal(_("No. %(number)s: %(subject)s") % {"number": issue.number, "subject": issue.subject}),
            link=f"{settings.SITE_URL}{issue.get_absolute_url()}",
            description=escape(legal(issue.preheader)),
            content=_content(issue),
            unique_id=tag_of(f"newsletter/{issue.number}"),
            pubdate=issue.published_at,
            updateddate=issue.published_at,
            author_name="Drydock",
        )
    return made.writeString("utf-8")


def _content(issue: Issue) -> str:
    html = render_to_string("newsletter/feed_entry.html", {"issue": issue, "parts": sections(issue)}, using="jinja2")
    return from_afar(legal(html)).replace('<a href="/', f'<a href="{settings.SITE_URL}/')


def _files() -> Files:
    newest: datetime | None = Issue.objects.newest_change()
    return [(1, newest)] if newest else []


def _entries(number: int) -> Iterator[Entry]:
    """One file for all: a thousand years of weeks fit into it. One query."""
    if number == 1:
        for row in Issue.objects.archived():
            yield Entry(reverse("newsletter_issue", args=[row.number]), row.published_at)


def list_in_sitemap() -> None:
    """Tell the sitemap; called once all apps are there."""
    add_section("issues", Section(_files, _entries))
