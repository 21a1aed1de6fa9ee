"""What an editor does with one subscription: each a button with a reason, and a service behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.addresses import read_mailbox
from newsletter.admin.pages import ReasonField
from newsletter.models import Subscriber, Suppression
from newsletter.services import erase, suppress, unsubscribe, unsuppress

FORM = "desk"


class StepForm(forms.Form):
    """`subscriber` is whose page it stands on."""

    reason = ReasonField()

    def __init__(self, subscriber: Subscriber, *args: Any, **options: Any) -> None:
        self.subscriber = subscriber
        super().__init__(*args, **options)


class EraseForm(StepForm):
    """The address once more: nobody erases by a slip of the hand."""

    typed = forms.CharField(
        label=gettext_lazy("Type the address"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Type the address, so that it is the right one that goes.")},
    )
    field_order = ("typed", "reason")

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if read_mailbox(typed).key != self.subscriber.address_key:
            raise ValidationError(_("That is not the address of this page. Nothing was erased."))
        return typed


@dataclass(frozen=True, slots=True)
class Step:
    """`label` is on its button, `says` what will happen, `done` what is said afterwards."""

    name: str
    label: Promise
    says: Promise
    done: Promise
    run: Callable[[Subscriber, str], None]
    is_for: Callable[[Subscriber, Suppression | None], bool]
    form: type[StepForm] = StepForm


def _unsubscribe(subscriber: Subscriber, reason: str) -> None:
    unsubscribe(subscriber, FORM, source=reason)


def _suppress(subscriber: Subscriber, reason: str) -> None:
    suppress(subscriber.address_key, Suppression.Reason.BY_HAND, source=reason)


def _lift(subscriber: Subscriber, reason: str) -> None:
    unsuppress(subscriber.address_key)


def _erase(subscriber: Subscriber, reason: str) -> None:
    erase(subscriber, form=FORM, source=reason)


STEPS = {
    step.name: step
    for step in (
        Step(
            "unsubscribe",
            gettext_lazy("Unsubscribe them"),
            gettext_lazy(
                "No weekly email from then on, and no import puts them back. They may subscribe again themselves."
            ),
            gettext_lazy("Unsubscribed. No weekly email goes there any more."),
            _unsubscribe,
            lambda subscriber, _suppression: subscriber.state != Subscriber.State.UNSUBSCRIBED,
        ),
        Step(
            "suppress",
            gettext_lazy("Suppress the address"),
            gettext_lazy("No weekly email until an editor lifts it, whoever subscribes or imports the address."),
            gettext_lazy("Suppressed. Only an editor takes that back."),
            _suppress,
            lambda _subscriber, found: found is None or found.reason != Suppression.Reason.BY_HAND,
        ),
        Step(
            "lift",
            gettext_lazy("Lift the suppression"),
            gettext_lazy(
                "An active subscription gets the next issue again. One that ended stays ended; it may come back by the "
                "form, by hand or by import. Lift it only when its reader has asked you to."
            ),
            gettext_lazy("Lifted. Weekly email may go to this address again."),
            _lift,
            lambda _subscriber, found: found is not None,
        ),
        Step(
            "erase",
            gettext_lazy("Erase"),
            gettext_lazy(
                "The address, the wishes and the links go for good. What remains is a keyed hash, from which nobody "
                "can read the address: it keeps the steps of the consent, and that no mail is wanted there. The reader "
                "may subscribe again; no import can put them back."
            ),
            gettext_lazy("Erased. What remains is the keyed hash of the address."),
            _erase,
            lambda _subscriber, _suppression: True,
            EraseForm,
        ),
    )
}
