"""What search engines are told about a page, as JSON-LD from the objects the page itself prints.

Nothing is said here that a reader cannot see there: no rating below ten account votes, no scale for SHIP and SKIP, no
pros and cons that nobody wrote (docs/decisions/0015).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from markupsafe import Markup

from comparisons.addresses import pair_url
from comparisons.scorecards import PlanLine, Remark, Scorecard, Seat
from editorial.addresses import path_of
from editorial.markdown import to_text
from reviews.verdicts import word_text

Thing = dict[str, Any]

NAME = "Drydock"
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def for_tool(card: Scorecard) -> Markup:
    """A tool's page: the tool with its reviews, prices and votes, and the way there."""
    tool = card.tool
    trail = breadcrumbs((_("All tools"), path_of("tools")), (tool.name, tool.url))
    reviews = [_panel_review(card), *(_review(card, remark) for remark in card.remarks.values())]
    return _printed([_software(card) | _some({"review": reviews if card.remarks else None}), trail])


def for_comparison(cards: Sequence[Scorecard]) -> Markup:
    """A comparison: its tools, each with the panel's verdict; the remarks stand on the tools' own pages."""
    title, path = f" {_('vs')} ".join(card.tool.name for card in cards), pair_url(*(card.tool.slug for card in cards))
    tools = [_software(card) | _some({"review": _panel_review(card) if card.remarks else None}) for card in cards]
    listed: Thing = {
        "@type": "ItemList",
        "name": title,
        "numberOfItems": len(tools),
        "itemListElement": [
            {"@type": "ListItem", "position": place, "item": tool} for place, tool in enumerate(tools, start=1)
        ],
    }
    return _printed([listed, breadcrumbs((_("Compare two tools"), path_of("compare_pick")), (title, path))])


def for_reviewer(reviewer: Any) -> Markup:
    """A reviewer's page: who or what it is, in the words of the disclosure."""
    profile = {"@type": "ProfilePage", "mainEntity": _author(reviewer) | {"description": reviewer.disclosure}}
    trail = breadcrumbs((_("The reviewers"), path_of("reviewers")), (reviewer.name, reviewer.get_absolute_url()))
    return _printed([profile, trail])


def for_page(title: str, path: str) -> Markup:
    """Any page one step below the front page."""
    return _printed([breadcrumbs((title, path))])


def for_home() -> Markup:
    site = {
        "@type": "WebSite",
        "@id": _address("/#site"),
        "name": NAME,
        "url": _address("/"),
        "publisher": _publisher(),
    }
    return _printed([site])


def breadcrumbs(*steps: tuple[str, str]) -> Thing:
    """The way from the front page; each step is a name and a path of ours."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": _address(path)}
            for place, (name, path) in enumerate([(NAME, "/"), *steps], start=1)
        ],
    }


def _software(card: Scorecard) -> Thing:
    tool = card.tool
    community = tool.community
    rating = {
        "@type": "AggregateRating",
        "ratingValue": community.percent,
        "ratingCount": community.total,
        "bestRating": 100,
        "worstRating": 0,
    }
    return _some(
        {
            "@type": "SoftwareApplication",
            "@id": _address(f"{tool.url}#tool"),
            "name": tool.name,
            "description": tool.tagline,
            "applicationCategory": tool.category_name,
            "url": tool.website,
            "mainEntityOfPage": _address(tool.url),
            "creator": {"@type": "Organization", "name": tool.maker},
            "license": {"@type": "CreativeWork", "name": tool.licence} if tool.licence else None,
            "datePublished": tool.launched_on.isoformat() if tool.launched_on else None,
            "offers": [_offer(plan) for plan in card.plans],
            "aggregateRating": rating if community.is_shown else None,
        }
    )


def _offer(plan: PlanLine) -> Thing:
    """The price as the page prints it is the description; the figures beside it are for whoever computes."""
    if plan.amount is None:
        return {"@type": "Offer", "name": plan.name, "description": plan.price, "price": "0", "url": plan.source}
    price = {
        "@type": "UnitPriceSpecification",
        "price": _plain(plan.amount),
        "priceCurrency": plan.currency,
        "unitText": " / ".join(part for part in (plan.unit, plan.period) if part),
    }
    offer = {"@type": "Offer", "name": plan.name, "description": plan.price}
    return offer | {"priceSpecification": price, "url": plan.source}


def _panel_review(card: Scorecard) -> Thing:
    """The panel's verdict as one review by the publication: the word and the count, not a rating."""
    panel = card.panel
    verdict = _("%(verdict)s, %(count)s on the panel") % {"verdict": word_text(panel.word), "count": panel.count_text}
    return _some(
        {
            "@type": "Review",
            "name": _("The panel on %(tool)s") % {"tool": card.tool.name},
            "headline": verdict,
            "author": _publisher(),
            "datePublished": card.reviewed_at.isoformat() if card.reviewed_at else None,
        }
    )


def _review(card: Scorecard, remark: Remark) -> Thing:
    verdict = word_text(remark.verdict).upper()
    names = {"verdict": verdict, "reviewer": remark.seat.name, "tool": card.tool.name}
    return _some(
        {
            "@type": "Review",
            "name": _("%(verdict)s: %(reviewer)s on %(tool)s") % names,
            "headline": remark.headline,
            "reviewBody": to_text(remark.body),
            "author": _author(remark.seat),
            "publisher": {"@id": _address("/#publication")},
            "datePublished": remark.reviewed_at.isoformat(),
        }
    )


def _author(reviewer: Seat | Any) -> Thing:
    """A person where a person writes. What software writes is by software, even if that costs a rich result."""
    kind = "Person" if reviewer.written_by == "person" else "SoftwareApplication"
    return {"@type": kind, "name": reviewer.name, "url": _address(path_of("reviewer", reviewer.slug))}


def _publisher() -> Thing:
    return {"@type": "Organization", "@id": _address("/#publication"), "name": NAME, "url": _address("/")}


def _address(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def _plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")


def _some(thing: Mapping[str, Any]) -> Thing:
    """Without what is not known."""
    return {name: value for name, value in thing.items() if value not in (None, "", [])}


def _printed(graph: Sequence[Thing]) -> Markup:
    """JSON that no name can break out of: the signs that HTML reads are written as escapes of JSON."""
    text = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))  # noqa: S704
