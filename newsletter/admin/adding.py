"""What is asked to add a reader by hand."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.addresses import MOST, WRONG, Mailbox, read_mailbox
from newsletter.admin.pages import ReasonField
from newsletter.models import Subscriber
from newsletter.services import suppression_of
from newsletter.wishes import Wishes
from reviews.models import Reviewer
from tools.figures import day
from tools.models import Category, Tool

_MOST_TOOLS = 50
_LINES = re.compile("[\r\n;,]+")


class AddressField(forms.CharField):
    """A mailbox, in any spelling."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=gettext_lazy("Email address"),
            max_length=MOST,
            widget=forms.TextInput(attrs={"size": 50, "autocomplete": "off", "spellcheck": "false"}),
            error_messages={"required": gettext_lazy("Type the address."), "max_length": WRONG},
            **options,
        )

    def clean(self, value: Any) -> Mailbox:
        return read_mailbox(super().clean(value))


class AddForm(forms.Form):
    """An address whose reader has agreed elsewhere, and where."""

    email = AddressField()
    source = ReasonField(
        label=gettext_lazy("Where the consent is from"),
        help_text=gettext_lazy(
            "In words, and kept for good as the proof: “Signed the list at our stand in Bergen, sheet 3”. No address."
        ),
        error_messages={"required": gettext_lazy("Say where the consent is from: without that nobody may be added.")},
    )
    categories = forms.ModelMultipleChoiceField(
        Category.objects.order_by("name", "pk"),
        label=gettext_lazy("Classes to follow"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reviewers = forms.ModelMultipleChoiceField(
        Reviewer.objects.order_by("name", "pk"),
        label=gettext_lazy("Reviewers to follow"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    tools = forms.CharField(
        label=gettext_lazy("Tools to follow"),
        help_text=gettext_lazy("By name, one in each line."),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 50}),
    )

    def clean_email(self) -> Mailbox:
        """Who may not be added is said here; the service asks again."""
        mailbox: Mailbox = self.cleaned_data["email"]
        suppression = suppression_of(mailbox.key)
        if suppression:
            said = _(
                "This address is suppressed since %(day)s: %(reason)s. Lift that first, with a reason, if its reader "
                "has asked you to."
            )
            words = {"day": day(suppression.at), "reason": suppression.get_reason_display()}
            raise ValidationError(said % words)
        if Subscriber.objects.filter(address_key=mailbox.key, state=Subscriber.State.ACTIVE).exists():
            raise ValidationError(_("This mailbox is on the list already, perhaps in another spelling."))
        return mailbox

    def clean_tools(self) -> list[int]:
        names = [name for line in _LINES.split(self.cleaned_data["tools"]) if (name := " ".join(line.split()))]
        if len(names) > _MOST_TOOLS:
            raise ValidationError(_("At most %(most)s tools at once.") % {"most": _MOST_TOOLS})
        found = [(name, Tool.objects.published().named(name).order_by("pk").first()) for name in names]
        missing = [name for name, tool in found if tool is None]
        if missing:
            raise ValidationError(_("No tool of that name is listed here: %(names)s.") % {"names": ", ".join(missing)})
        return [tool.pk for _name, tool in found if tool]

    @property
    def wishes(self) -> Wishes:
        given = self.cleaned_data
        categories, reviewers = (tuple(row.pk for row in given[name]) for name in ("categories", "reviewers"))
        return Wishes(categories, tuple(given["tools"]), reviewers)
