"""What an author copies into a readme or a page to show a verdict.

The texts name the tool and never its verdict: what is copied stays as it is, and the picture does not.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from comparisons.sharing.badges import HEIGHT
from comparisons.sharing.plates import Plate
from comparisons.xml_text import legal

EMBED_WIDTH, EMBED_HEIGHT = 320, 300  # pixels: fits on any telephone; a very long name scrolls
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+!|~&])")


class Snippet(NamedTuple):
    """`slug` tells one from another on the page."""

    slug: str
    label: str
    text: str


def snippets(plate: Plate) -> list[Snippet]:
    page, badge, embed = (
        f"{settings.SITE_URL}{path}"
        for path in (plate.url, reverse("badge", args=[plate.slug]), reverse("embed", args=[plate.slug]))
    )
    words = _("The verdict of Drydock on %(tool)s") % {"tool": " ".join(legal(plate.name).split())}
    name = escape(words)
    return [
        Snippet(
            "markdown", _("Badge in Markdown, for a readme"), f"[![{_MARKS.sub(r'\\\1', words)}]({badge})]({page})"
        ),
        Snippet(
            "html",
            _("Badge in HTML"),
            f'<a href="{page}"><img src="{badge}" alt="{name}" height="{HEIGHT}"></a>',
        ),
        Snippet(
            "embed",
            _("Embed, with price and readers’ votes"),
            f'<iframe src="{embed}" title="{name}" width="{EMBED_WIDTH}" height="{EMBED_HEIGHT}"'
            ' frameborder="0" loading="lazy"></iframe>',
        ),
    ]
