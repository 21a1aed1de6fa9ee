"""What editors type about a review."""

from __future__ import annotations

from typing import Any

from django import forms

from editorial.forms import ReasonedForm
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
            raise forms.ValidationError("This reviewer already has a review of this tool: change or withdraw that one.")
        return given

    def _post_clean(self) -> None:
        """Once the review itself bears what was typed."""
        super()._post_clean()  # type: ignore[misc]
        if not self.errors and not self.cleaned_data["reason"] and overturns(self.instance):
            self.add_error("reason", "Readers have seen the other verdict. Say in a sentence why it changes.")
