"""The words of account mail: one template a mail, its first line the subject."""

from __future__ import annotations

from typing import Any, TypedDict

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse


class Words(TypedDict):
    subject: str
    text: str


def words(template: str, **names: Any) -> Words:
    """From templates/account/email/<template>.txt; the address of the site is the settings', never the request's."""
    known = {**names, "site_url": settings.SITE_URL, "account_url": settings.SITE_URL + reverse("account")}
    subject, _, text = render_to_string(f"account/email/{template}.txt", known, using="jinja2").partition("\n")
    return {"subject": subject, "text": text.strip("\n") + "\n"}
