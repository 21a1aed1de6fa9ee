"""The desk of issues as an editor finds it: the form of a page, sent with something typed over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from lxml import html

from newsletter.models import Issue
from newsletter.services.issues import assemble_issue
from tests.factories import make_review, make_tool
from tests.newsletter.test_models import make_issue
from tests.pages import html_of, text_of
from tools.models import Tool

LIST, MAKE, SCHEDULE = "/admin/newsletter/issue/", "/admin/newsletter/issue/make/", "/admin/newsletter/schedule/"


def inspect(name: str, verdicts: str = "s") -> Tool:
    """A tool on which the panel spoke an hour ago."""
    an_hour_ago = timezone.now() - timedelta(hours=1)
    tool = make_tool(name=name, published_at=an_hour_ago)
    for letter in verdicts:
        make_review(tool, None, {"s": "ship", "k": "skip"}[letter], published_at=an_hour_ago)
    return tool


def page_of(issue: Issue) -> str:
    return f"{LIST}{issue.pk}/change/"


def week_with(*names: str, due_in: timedelta = timedelta(days=1)) -> Issue:
    """An issue that tells of a new verdict on each of these tools, the last first."""
    for name in names:
        inspect(name)
    return assemble_issue(make_issue(due_at=timezone.now() + due_in))


def form_in(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send if nobody typed anything."""
    forms = html.fromstring(html_of(client.get(address))).forms
    (form,) = [form for form in forms if form.method == "POST" and "issue" in (form.get("id") or "")]
    return {name: value for name, value in form.form_values() if "__prefix__" not in name}


def save(client: Client, issue: Issue, **typed: Any) -> str:
    """What the next page says. `typed` goes over what the form holds; None takes a tick away."""
    sent = {**form_in(client, page_of(issue)), **typed}
    return send(client, issue, {name: value for name, value in sent.items() if value is not None})


def send(client: Client, issue: Issue, sent: dict[str, Any]) -> str:
    return text_of(client.post(page_of(issue), sent, follow=True))


def press(client: Client, issue: Issue, step: str, **typed: Any) -> str:
    return save(client, issue, _step=step, **typed)


def buttons(client: Client, issue: Issue) -> list[str]:
    tree = html.fromstring(html_of(client.get(page_of(issue))))
    return [str(value) for value in tree.xpath("//button[@name='_step']/@value")]


def names(issue: Issue) -> list[str]:
    return [block.name for block in issue.blocks.all()]
