"""What is asked for a file that goes out, for one that comes in, and before it is imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from editorial.exchange.files import ENDINGS, read_rows, read_upload
from editorial.exchange.resources import Exchange
from editorial.reasons import LONGEST, clean_reason

_WHY = _("For readers: printed beside what it changes. A verdict that they have seen changes for a reason only.")


class KindForm(forms.Form):
    """Which kind of row the file holds; asked only where a list has several."""

    kind = forms.ChoiceField(label=_("What"), widget=forms.RadioSelect)

    def __init__(self, kinds: Sequence[type[Exchange]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"initial": {"kind": kinds[0].name, "ending": "csv"}, **options})
        field: Any = self.fields["kind"]
        field.choices = [(kind.name, str(kind.title).capitalize()) for kind in kinds]


class ExportForm(KindForm):
    ending = forms.ChoiceField(
        label=_("As"), choices=[(ending, ending.upper()) for ending in ENDINGS], widget=forms.RadioSelect
    )


class ReasonForm(forms.Form):
    """The one reason of everything that an import changes."""

    reason = forms.CharField(
        required=False,
        label=_("Reason for readers"),
        help_text=_WHY,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 70, "maxlength": LONGEST}),
    )

    def clean_reason(self) -> str:
        return clean_reason(self.cleaned_data["reason"])


class ImportForm(KindForm, ReasonForm):
    """A file, read as far as it can be without looking at what is stored."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or JSON in UTF-8, at most 5 MB and 10,000 rows. You see what would change before it does."),
        widget=forms.FileInput(attrs={"accept": ".csv,.json"}),
    )
    field_order = ("kind", "file", "reason")

    def clean_file(self) -> tuple[str, str]:
        ending, text = read_upload(self.cleaned_data["file"])
        read_rows(ending, text)
        return ending, text
