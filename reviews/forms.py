"""What editors type about a review."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reviews.models import Review


class ReviewForm(forms.ModelForm):  # type: ignore[type-arg]
    """Says on the form what the constraint would say: its condition asks the status, which no form holds."""

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
