"""A picture that is brought to the desk, and what it shows."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from editorial.characters import check_characters
from editorial.media.accepting import Picture, accept
from editorial.media.keeping import keep
from editorial.media.library import ALT_LENGTH, Image

KINDS = _("PNG, JPEG or WebP, at most 2 MB and 4,096 pixels a side. What it shows is kept, what else it says is not.")


class PictureField(forms.FileField):
    """An uploaded file that becomes the picture inside it."""

    widget = forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg,.webp"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": _("Picture"), "help_text": KINDS, **options})

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The `Picture`, or None for no file; unpacked in a child process once the file is there at all."""
        upload = super().clean(data, initial)
        return accept(upload) if isinstance(upload, UploadedFile) else None


class UploadForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new picture, or new words for one that is there."""

    picture = PictureField()
    field_order = ("picture", "alt")

    class Meta:
        model = Image
        fields: ClassVar = ("alt",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            del self.fields["picture"]

    def kept(self, by: User) -> Image:
        """The picture in the library; `is_known` afterwards says whether it was there before."""
        picture: Picture = self.cleaned_data["picture"]
        self.is_known = Image.objects.filter(file=picture.name).exists()
        return keep(picture, alt=self.cleaned_data["alt"], by=by)


class LogoFields(forms.Form):
    """On the form of a piece that has a logo: choose one, or bring one with its alt text."""

    logo_file = PictureField(required=False, label=_("Or upload a logo"))
    logo_alt = forms.CharField(
        required=False,
        label=_("Its alt text"),
        max_length=ALT_LENGTH,
        help_text=_("For whoever cannot see it: the tool's name, and that it is the logo."),
        widget=forms.TextInput(attrs={"size": 60, "autocomplete": "off"}),
        validators=[partial(check_characters, is_line=True)],
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("logo_file") and not given.get("logo_alt", "").strip():
            self.add_error("logo_alt", _("Say what the logo shows: some readers hear it instead."))
        if given.get("logo_alt") and not given.get("logo_file") and "logo_file" not in self.errors:
            self.add_error("logo_file", _("Choose the file again: browsers forget it when a form comes back."))
        return given
