"""An issue as somebody would get it, for people at the desk."""

from __future__ import annotations

from newsletter.models import Issue, Subscriber
from newsletter.rendering.letters import render
from newsletter.rendering.readers import fill, sample_reader


def preview(issue: Issue, subscriber: Subscriber | None = None) -> tuple[str, str]:
    """HTML and text as this subscriber would get them, or as somebody who follows nothing.

    The links that would do something for them lead nowhere: a preview is looked at by somebody else.
    """
    return fill(render(issue), sample_reader(subscriber.address, subscriber) if subscriber else sample_reader())
