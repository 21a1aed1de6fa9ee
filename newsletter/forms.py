"""What a reader types about the weekly email: an address, and what to follow."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from django import forms
from django.core import signing
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.addresses import MOST, WRONG, Mailbox, read_mailbox
from newsletter.models import Subscriber
from newsletter.services.subscribing import MOST_WEEKS
from newsletter.wishes import MOST_TOOLS, Wishes
from reviews.models import Reviewer
from tools.models import Category, Tool
from tools.searching import suggest_tools

LEAST_SECONDS = 2
_LONGEST_LOOK = 24 * 3600
_LONGEST_NAME = 120
_SLUG = re.compile(r"[a-z0-9-]{1,120}")
_signer = signing.Signer(salt="newsletter.seen")


class MailboxForm(forms.Form):
    """One email address."""

    email = forms.CharField(
        label=gettext_lazy("Email address"),
        max_length=MOST,
        error_messages={"required": gettext_lazy("Type your email address."), "max_length": WRONG},
    )

    def clean_email(self) -> Mailbox:
        return read_mailbox(self.cleaned_data["email"])


class SubscribeForm(MailboxForm):
    """Of two more fields, `hull` is a trap that no reader sees, and `waited` says by script how long the page has been
    open. Neither can be wrong, so neither is a field of this form.
    """

    @property
    def is_trapped(self) -> bool:
        return bool(self.data.get("hull"))

    @property
    def has_waited(self) -> bool:
        """Whether the page's script says that a reader has had time to type. Without script nobody knows."""
        try:
            return float(self.data.get("waited", "")) >= LEAST_SECONDS
        except ValueError:
            return False


class PauseForm(forms.Form):
    weeks = forms.IntegerField(
        label=gettext_lazy("Weeks"),
        min_value=1,
        max_value=MOST_WEEKS,
        error_messages={
            name: gettext_lazy("A pause lasts 1 to 26 weeks.")
            for name in ("required", "invalid", "min_value", "max_value")
        },
    )


def seen_now() -> str:
    """What a page that is made for one reader says about when it was made."""
    return _signer.sign(str(time.time_ns() // 1_000_000))


def was_seen_a_while(token: str) -> bool:
    """Whether a page of ours was looked at for two seconds or more, and within the last day."""
    try:
        seconds = time.time() - int(_signer.unsign(token)) / 1000
    except (signing.BadSignature, ValueError):
        return False
    return LEAST_SECONDS <= seconds <= _LONGEST_LOOK


@dataclass(slots=True)
class Follow:
    """What is ticked, and what a page offers to tick. Slugs that name nothing public are left out.

    `typed` is the name of one more tool; `candidates` are those it may mean when that is not plain, and
    `problem` says so.
    """

    categories: Sequence[Category] = ()
    tools: Sequence[Tool] = ()
    reviewers: Sequence[Reviewer] = ()
    typed: str = ""
    candidates: Sequence[tuple[str, str]] = ()
    problem: str = ""
    only_followed: bool = False
    all_categories: Sequence[Category] = field(default_factory=lambda: list(Category.objects.order_by("name", "pk")))
    all_reviewers: Sequence[Reviewer] = field(default_factory=lambda: list(Reviewer.objects.on_panel()))

    @classmethod
    def read(cls, sent: QueryDict) -> Self:
        """From a form that was sent, or from the address of a page."""
        found = cls(typed=" ".join(sent.get("tool_name", "")[:_LONGEST_NAME].split()))
        slugs = {name: _slugs(sent, name) for name in ("category", "tool", "reviewer")}
        found.categories = [row for row in found.all_categories if row.slug in slugs["category"]]
        found.reviewers = [row for row in found.all_reviewers if row.slug in slugs["reviewer"]]
        found.tools = list(Tool.objects.published().addressed_by(slugs["tool"]).order_by("name", "pk"))
        found.only_followed = sent.get("only_followed") == "on"
        found._take_typed()
        return found

    @classmethod
    def of(cls, subscriber: Subscriber) -> Self:
        return cls(
            categories=list(subscriber.categories.all()),
            tools=list(Tool.objects.published().filter(pk__in=subscriber.tools.values("pk")).order_by("name", "pk")),
            reviewers=list(subscriber.reviewers.all()),
            only_followed=subscriber.only_followed,
        )

    @property
    def wishes(self) -> Wishes:
        return Wishes(*(tuple(row.pk for row in rows) for rows in (self.categories, self.tools, self.reviewers)))

    def _take_typed(self) -> None:
        if not self.typed or "\0" in self.typed:
            self.typed = ""
            return
        named = list(Tool.objects.published().named(self.typed)[:2])
        if len(named) == 1:
            self.tools = sorted({*self.tools, named[0]}, key=lambda tool: (tool.name, tool.pk))
            self.typed = ""
            return
        self.candidates = suggest_tools(self.typed)
        self.problem = (
            _("Which one? Tick it, then press again.")
            if self.candidates
            else _("No tool of that name is listed here. Leave it out, or try another spelling.")
        )


def _slugs(sent: QueryDict, name: str) -> list[str]:
    return [slug for slug in sent.getlist(name)[:MOST_TOOLS] if _SLUG.fullmatch(slug)]
