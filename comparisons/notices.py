"""The plain files that machines look for: robots.txt, llms.txt, security.txt and the web manifest."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

NOT_FOR_ROBOTS = (
    *("/accounts/", "/admin/", "/votes/", "/ask/confirm/", "/ask/mine/", "/ask/unsubscribe/"),
    "/preview/",
    *("/c/", "/newsletter/subscribe/", "/newsletter/sent/", "/newsletter/confirm/"),
    *("/newsletter/preferences/", "/newsletter/unsubscribe/"),
)
_SECURITY_LIFETIME = timedelta(days=180)  # RFC 9116 wants less than a year


def robots() -> str:
    lines = [
        "# Everything that readers see is here to be read. What is left out belongs to one reader each.",
        "User-agent: *",
        *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS),
        "Allow: /",
        "",
        f"Sitemap: {_address(reverse('sitemap'))}",
    ]
    return "\n".join(lines) + "\n"


def llms() -> str:
    """What is here and how to read it, for language models and those who feed them (llmstxt.org)."""
    return _LLMS.format(
        home=_address("/"),
        tools=_address(reverse("tools")),
        compare=_address(reverse("compare_pick")),
        leaderboard=_address(reverse("leaderboard")),
        reviewers=_address(reverse("reviewers")),
        methodology=_address(reverse("methodology")),
        votes=_address(reverse("vote_integrity")),
        receipts=_address(reverse("receipts")),
        receipt_feed=_address(reverse("receipt_feed")),
        feed=_address(reverse("verdict_feed")),
        sitemap=_address(reverse("sitemap")),
        open_data=_address(reverse("open_data")),
        openapi=_address(reverse("openapi")),
        about=_address(reverse("about")),
        newsletter=_address(reverse("newsletter")),
        newsletter_feed=_address(reverse("issue_feed")),
    )


def security(now: datetime | None = None) -> str:
    """RFC 9116. The date of expiry moves with the day, so that all processes say the same."""
    today = datetime.combine((now or timezone.now()).date(), time.min, tzinfo=UTC)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {(today + _SECURITY_LIFETIME).strftime('%Y-%m-%dT%H:%M:%SZ')}",
        f"Preferred-Languages: {settings.LANGUAGE_CODE}",
        f"Canonical: {_address(reverse('security_txt'))}",
    ]
    return "\n".join(lines) + "\n"


def web_manifest() -> str:
    icons = [
        ("icon-192.png", "192x192", "any"),
        ("icon-512.png", "512x512", "any"),
        ("icon-512.png", "512x512", "maskable"),
    ]
    manifest = {
        "name": _("Drydock: AI tools, inspected before you ship"),
        "short_name": "Drydock",
        "description": _("Dated SHIP and SKIP verdicts on AI tools, side by side."),
        "id": "/",
        "start_url": "/",
        "display": "browser",
        "lang": settings.LANGUAGE_CODE,
        "dir": "rtl" if get_language_bidi() else "ltr",
        "background_color": "#eef2f2",
        "theme_color": "#10243a",
        "icons": [
            {"src": static(f"img/{name}"), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in icons
        ],
    }
    return json.dumps(manifest, indent=2) + "\n"


def _address(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


_LLMS = """\
# Drydock

> AI tools, inspected before you ship. A standing panel of reviewers gives every tool a dated SHIP or SKIP verdict, \
readers vote, and any two tools can be read side by side.

Verdict words: Ship when more than half of the published reviews say SHIP, Skip when fewer than half do, Split on a \
tie, Unreviewed without a review. Quote a verdict with its count ("3 of 4") and its date. Community figures count \
account votes only and are withheld below 10. Each reviewer's page says whether a person or software writes it.

Every tool and comparison page carries the same numbers as JSON-LD (schema.org) in its head.

## Read

- [Latest verdicts]({home})
- [All tools]({tools}): verdict, price to start, licence
- [Compare]({compare}): a pair is at /compare/<slug>-vs-<slug>/, slugs in alphabetical order
- [Leaderboard]({leaderboard}): what readers would ship
- [Reviewers]({reviewers}): who judges, and their record

## Check

- [Methodology]({methodology})
- [How votes are counted]({votes}): rules, daily counts, and files from which every number can be recomputed
- [Notices to Shippers]({newsletter}): every issue of the weekly email ([Atom feed]({newsletter_feed}))
- [Receipts]({receipts}): every verdict, price and fact that was published, changed or withdrawn, with its day

## Data

- [Open data]({open_data}): everything as a read-only JSON API ([OpenAPI]({openapi})) and as a nightly dump
- [Atom feed of verdicts]({feed}): also one for each category, at /feeds/categories/<slug>.atom
- [Atom feed of receipts]({receipt_feed})
- [Sitemap]({sitemap}): every address, with the day it last changed

## Optional

- [About]({about})
"""
