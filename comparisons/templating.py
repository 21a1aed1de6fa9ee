"""The Jinja2 environment of the reader pages: a few names every template may use, and nothing that reads or decides."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.dateformat import format as format_date
from jinja2 import Environment, StrictUndefined

from comparisons import structured
from comparisons.addresses import pair_url
from comparisons.boards import points_apart
from comparisons.browsing import SORTS
from comparisons.receipts.timeline import by_day, merged
from comparisons.sharing.pictures import SITE, picture_of
from editorial.markdown import gist, to_html
from votes.intervals import community_facts, passing_text


def environment(**options: Any) -> Environment:
    """Called by Django with the options of TEMPLATES; an undefined name in a template is an error."""
    env = Environment(**{**options, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True})  # noqa: S701
    env.globals.update(static=static, url=url, pair_url=pair_url, site_url=settings.SITE_URL)
    env.globals.update(community_facts=community_facts, passing_text=passing_text)
    env.globals.update(points_apart=points_apart, sorts=SORTS)
    env.globals.update(structured=structured, site_picture=SITE, picture_of=picture_of)
    env.globals.update(by_day=by_day, merged=merged)
    env.filters.update(day=day, minute=minute, markdown=to_html, gist=gist, lines=str.splitlines)
    return env


@lru_cache(maxsize=10_000)
def url(name: str, *args: object) -> str:
    return reverse(name, args=args)


@lru_cache(maxsize=10_000)
def day(moment: date | datetime) -> str:
    """17 Nov 2026"""
    return format_date(moment, "j M Y")


def minute(moment: datetime) -> str:
    """17 Nov 2026, 09:00 UTC"""
    return format_date(moment.astimezone(UTC), "j M Y, H:i") + " UTC"
