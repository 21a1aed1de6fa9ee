"""The admin as a desk: its parts in the order of the work, and what is rarely used last."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.desk import GuardedSite

# What is not named here stands in its app's own part, after these.
PARTS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("tools", _("Tools"), ("tools.tool", "tools.category", "tools.criterion", "comparisons.merge")),
    ("reviews", _("Reviews"), ("reviews.review", "reviews.reviewer")),
    ("comparisons", _("Comparisons"), ("comparisons.comparison",)),
    (
        "newsletter",
        _("Weekly email"),
        ("newsletter.issue", "newsletter.schedule", "newsletter.subscriber", "newsletter.suppression"),
    ),
    ("editorial", _("Pages and pictures"), ("editorial.page", "editorial.image")),
    (
        "votes",
        _("Readers"),
        ("votes.case", "votes.freeze", "votes.campaign", "tools.wantedtool", "votes.moderation"),
    ),
    ("accounts", _("People and rights"), ("accounts.user", "auth.group")),
    (
        "comparisons",
        _("Machinery"),
        (
            "comparisons.webhook",
            "comparisons.webhookdelivery",
            "tools.link",
            "accounts.outgoingmail",
            "accounts.auditentry",
        ),
    ),
)


class DeskSite(GuardedSite):
    """The desk: guarded and on record, in another order than Django's."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """By part of the work; the page of a single app is Django's own."""
        apps = super().get_app_list(request, app_label)
        return apps if app_label else in_parts(apps)


def in_parts(apps: list[Any]) -> list[Any]:
    """The apps' models under PARTS; whatever no part names follows under its own app."""
    places = {app["app_label"]: app for app in apps}
    models = {
        f"{app['app_label']}.{model['object_name'].lower()}": (app, model) for app in apps for model in app["models"]
    }
    parts = []
    for label, name, kinds in PARTS:
        found = [models.pop(kind)[1] for kind in kinds if kind in models]
        home = places.get(label)
        if found:
            address = home["app_url"] if home else found[0]["admin_url"] or ""
            parts.append({**(home or {"app_label": label}), "name": name, "app_url": address, "models": found})
    for app in apps:
        if left := [model for owner, model in models.values() if owner is app]:
            parts.append({**app, "models": left})
    return parts
