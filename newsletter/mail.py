"""The words of the mails around a subscription: one template a mail, its first line the subject."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.services import post_mail
from newsletter.links import preferences_path, unsubscribe_path
from newsletter.models import Subscriber


def post_link(template: str, *, to: str, token: str, **names: Any) -> None:
    """A mail with a link that proves the address."""
    _post(template, to, link=_address(reverse("newsletter_link", args=[token])), **names)


def post_plain(template: str, *, to: str) -> None:
    """A mail that opens nothing."""
    _post(template, to, subscribe=_address(reverse("newsletter_subscribe")))


def post_notice(template: str, *, to: str, subscriber: Subscriber, **names: Any) -> None:
    """A mail about a subscription that exists, with the way to its preferences and out of it."""
    leave = _address(unsubscribe_path(subscriber))
    headers = {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    links = {"preferences": _address(preferences_path(subscriber)), "leave": leave}
    _post(template, to, headers=headers, **links, **names)


def _post(template: str, to: str, *, headers: dict[str, str] | None = None, **names: Any) -> None:
    known = {"site_url": settings.SITE_URL, **names}
    subject, _, text = render_to_string(f"newsletter/email/{template}.txt", known, using="jinja2").partition("\n")
    post_mail(to=to, subject=subject, text=text.strip("\n") + "\n", headers=headers)


def _address(path: str) -> str:
    """The address of the site is the settings', never the request's."""
    return f"{settings.SITE_URL}{path}"
