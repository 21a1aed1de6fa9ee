"""What every form of the desk asks: what a step needs to be told, and a reason where a change leaves receipts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from editorial.permissions import Step
from editorial.reasons import LONGEST, clean_reason


class _Moment(forms.DateTimeInput):
    """The browser's own field for a date and a time; what it sends names no zone and is read as UTC."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class StepForm(forms.Form):
    """What a button asks besides the piece itself: a moment to schedule for, a note to send back with."""

    step_at = forms.DateTimeField(
        required=False,
        label=_("Publish at (UTC)"),
        widget=_Moment,
        error_messages={"invalid": _("Give a day and a time in UTC, for instance 2026-12-01 09:00.")},
    )
    step_note = forms.CharField(
        required=False,
        label=_("Note to the author"),
        max_length=500,
        widget=forms.TextInput(attrs={"size": 40, "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        step = self.data.get("_step")
        if step == Step.SCHEDULE and "step_at" in given:
            if given["step_at"] is None:
                self.add_error("step_at", _("Give the day and the time (UTC) at which it shall appear."))
            elif given["step_at"] <= timezone.now():
                self.add_error("step_at", _("That moment has passed. Give one to come, or publish now."))
        if step == Step.SEND_BACK and "step_note" in given and not given["step_note"]:
            self.add_error("step_note", _("Say what it still needs: the author reads it."))
        return given

    @property
    def changed_data(self) -> list[str]:
        """What differs of the piece itself."""
        return [name for name in super().changed_data if name not in ("step_at", "step_note", "reason")]


class DeskForm(StepForm, forms.ModelForm):  # type: ignore[type-arg]
    """A piece, and what its buttons ask."""


class ReasonedForm(DeskForm):
    """One reason for everything that one save changes, and for the step that is taken with it."""

    reason = forms.CharField(
        required=False,
        label=_("Reason for readers"),
        help_text=_("One paragraph, printed beside the change for as long as it is on record."),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80, "maxlength": LONGEST}),
    )

    def clean_reason(self) -> str:
        return clean_reason(self.cleaned_data["reason"])


class ReasonedStepForm(StepForm):
    """What a step asks of somebody who may not change the piece itself."""

    reason = forms.CharField(
        required=False,
        label=_("Reason for readers"),
        widget=forms.TextInput(attrs={"size": 60, "maxlength": LONGEST, "autocomplete": "off"}),
    )

    def clean_reason(self) -> str:
        return clean_reason(self.cleaned_data["reason"])
