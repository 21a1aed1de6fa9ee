"""The Jinja2 environment of the reader pages: a few names every template may use, and nothing that reads or decides."""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.utils.translation import get_language_bidi
from jinja2 import Environment, StrictUndefined

from comparisons import structured, wording
from comparisons.addresses import pair_url
from comparisons.boards import points_apart
from comparisons.browsing import SORTS
from comparisons.previews import preview_under_way
from comparisons.receipts.timeline import by_day, merged
from comparisons.sharing.badges import badge_of
from comparisons.sharing.pictures import SITE, picture_of
from comparisons.sharing.plates import plate_of
from comparisons.sharing.snippets import snippets
from editorial.addresses import path_of
from editorial.markdown import gist, to_html
from reviews.verdicts import word_text
from tools.figures import day, minute, month, number, percent, share
from tools.freshness import due_text, due_words
from tools.logos import letter_of
from votes.intervals import community_facts, passing_text


class PageEnvironment(Environment):
    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One plain dictionary: a template that imports macros compares these names each time it is printed."""
        return {**self.globals, **(d or {})}


def environment(**options: Any) -> Environment:
    """Called by Django with the options of TEMPLATES; an undefined name in a template is an error."""
    env = PageEnvironment(**{**options, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True})
    wording.install(env)
    env.globals["edition"] = {"language": settings.LANGUAGE_CODE, "direction": "rtl" if get_language_bidi() else "ltr"}
    env.globals.update(static=static, url=path_of, pair_url=pair_url, site_url=settings.SITE_URL)
    env.globals.update(community_facts=community_facts, passing_text=passing_text)
    env.globals.update(points_apart=points_apart, sorts=SORTS, by_day=by_day, merged=merged)
    env.globals.update(structured=structured, site_picture=SITE, picture_of=picture_of)
    env.globals.update(plate_of=plate_of, badge_of=badge_of, snippets=snippets)
    env.globals["preview_under_way"] = preview_under_way
    env.globals.update(due_text=due_text, due_words=due_words)
    env.filters.update(
        day=day, minute=minute, month=month, number=number, percent=percent, share=share, verdict=word_text
    )
    env.filters.update(markdown=to_html, gist=gist, lines=str.splitlines, letter=letter_of)
    return env


def static(name: str) -> str:
    """The address of one of our files, which is the same as long as the files lie where they lie."""
    return _address_in(storages["staticfiles"], name)


@lru_cache
def _address_in(storage: Storage, name: str) -> str:
    return storage.url(name)
