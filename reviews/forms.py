"""What editors type about a review."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from editorial.forms import ReasonedForm
from editorial.reasons import LONGEST, clean_reason
from editorial.writing import MarkdownWidget
from reviews.models import Review
from reviews.services import overturns


class ReviewForm(ReasonedForm):
    """Says on the form what the constraint would say: its condition asks the status, which no form holds.

    And what the service would: a verdict that readers have seen changes for a reason.
    """

    class Meta:
        model = Review
        fields = ("tool", "reviewer", "verdict", "headline", "body")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        others = Review.objects.filter(tool=given.get("tool"), reviewer=given.get("reviewer")).exclude(
            pk=self.instance.pk
        )
        if self.instance.status != Review.Status.WITHDRAWN and others.exclude(status=Review.Status.WITHDRAWN).exists():
            raise forms.ValidationError(
                _("This reviewer already has a review of this tool: change or withdraw that one.")
            )
        return given

    def _post_clean(self) -> None:
        """Once the review itself bears what was typed."""
        super()._post_clean()  # type: ignore[misc]
        if not self.errors and not self.cleaned_data["reason"] and overturns(self.instance):
            self.add_error("reason", _("Readers have seen the other verdict. Say in a sentence why it changes."))


class BerthForm(forms.ModelForm):  # type: ignore[type-arg]
    """One reviewer's review among those of the panel: nothing is asked of a place where nothing was typed.

    Each field remembers what it held when the page was opened, so that a review which somebody else has changed since
    is not taken for one that was typed over.
    """

    reason = forms.CharField(
        required=False,
        label=_("Reason for readers"),
        widget=forms.TextInput(attrs={"size": 60, "maxlength": LONGEST, "autocomplete": "off"}),
    )

    class Meta:
        model = Review
        fields = ("verdict", "headline", "body")
        labels: ClassVar = {"body": _("The rest of the remark")}
        widgets: ClassVar = {
            "verdict": forms.RadioSelect,
            "headline": forms.TextInput(attrs={"class": "vTextField"}),
            "body": MarkdownWidget(3, attrs={"rows": 8, "cols": 80}),
        }
        error_messages: ClassVar = {
            "verdict": {"required": _("Choose SHIP or SKIP.")},
            "headline": {"required": _("Say it in one sentence.")},
        }

    def __init__(self, *args: Any, is_seen: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_seen, self.stood = is_seen, self.instance.verdict
        self.empty_permitted, self.use_required_attribute = True, False
        for name in self._meta.fields or ():
            self.fields[name].show_hidden_initial = True
        self.fields["verdict"].choices = Review.Verdict.choices  # type: ignore[attr-defined]

    @property
    def verdict_opened(self) -> str:
        """The verdict as the page was opened with it: its radio buttons are printed one by one."""
        return self["verdict"].as_hidden(only_initial=True)

    @property
    def changed_data(self) -> list[str]:
        """What differs of the review itself."""
        return [name for name in super().changed_data if name != "reason"]

    def clean_reason(self) -> str:
        return clean_reason(self.cleaned_data["reason"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        turns = self.is_seen and "verdict" in given and given["verdict"] != self.stood
        if turns and not given.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Readers have seen the other verdict. Say in a sentence why it changes."))
        return given
