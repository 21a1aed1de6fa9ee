"""What every form of the desk asks whose changes leave receipts."""

from __future__ import annotations

from django import forms

from editorial.reasons import LONGEST, clean_reason


class ReasonedForm(forms.ModelForm):  # type: ignore[type-arg]
    """One reason for everything that one save changes."""

    reason = forms.CharField(
        required=False,
        label="Reason for readers",
        help_text="One paragraph, printed beside the change for as long as it is on record.",
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST}),
    )

    def clean_reason(self) -> str:
        return clean_reason(self.cleaned_data["reason"])
