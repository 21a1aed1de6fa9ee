"""What a reader types to ask for an inspection, and what an editor types about a tool."""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar, Self
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from editorial.forms import ReasonedForm
from editorial.media.forms import LogoFields
from editorial.permissions import Person
from tools.asks.asking import Wish
from tools.duplicates import find_lookalikes
from tools.matching import WEBSITE_LENGTH, clean_website, name_key
from tools.models import FormerSlug

_ALLOWED = "\t\r\n\0"  # Django refuses the last one itself
# Cc: control characters; Cs: halves of a letter; Zl, Zp: hidden line ends. Cf is needed for some scripts and emoji,
# but not the marks that turn the direction of what follows, nor the invisible letters of the tag block.
_REFUSED_KINDS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_LONGEST_OF = {"name": 120, "website": WEBSITE_LENGTH, "why": 500}
_LONGEST = 1000  # what is longer than any field is refused for its length
_UNSEEN = _("There are characters in this that cannot be seen. Type it again without them.")


def plain_text(typed: str) -> None:
    """ValidationError for letters that nobody sees and that change how the others read."""
    for letter in typed[:_LONGEST]:
        hidden = letter in _TURNING or "\U000e0000" <= letter <= "\U000e007f"
        if hidden or (letter not in _ALLOWED and unicodedata.category(letter) in _REFUSED_KINDS):
            raise ValidationError(_UNSEEN)


class _Words(forms.CharField):
    """Plain words, stored in one Unicode form."""

    default_error_messages: ClassVar = {
        "max_length": _("At most %(limit_value)d characters, please. This has %(show_value)d."),
        "null_characters_not_allowed": _UNSEEN,
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(validators=[plain_text], **options)

    def to_python(self, value: object) -> str:
        text = str(super().to_python(value)).replace("\r\n", "\n")  # a browser counts a line's end as one
        return unicodedata.normalize("NFC", text)


class _Line(_Words):
    """Words on one line, single-spaced."""

    def to_python(self, value: object) -> str:
        return " ".join(super().to_python(value).split())


class AskForm(forms.Form):
    """Which tool, and why."""

    name = _Line(
        label=_("Name of the tool"),
        max_length=_LONGEST_OF["name"],
        error_messages={"required": _("Type the name, as its maker writes it.")},
    )
    website = _Line(
        label=_("Its website"),
        max_length=_LONGEST_OF["website"],
        error_messages={"required": _("Type the address. We cannot inspect what we cannot find.")},
    )
    why = _Words(label=_("Why it should be inspected"), max_length=_LONGEST_OF["why"], required=False)
    mail = forms.BooleanField(label=_("Mail me once, when it is published"), required=False)
    apart = forms.BooleanField(required=False)

    @classmethod
    def opened_with(cls, typed: QueryDict) -> Self:
        """The form as a page shows it first: empty, or with what an address brings along from before a sign-in."""
        initial = {name: typed.get(name, "")[:most] for name, most in _LONGEST_OF.items()}
        return cls(initial={**initial, "mail": typed.get("mail") != "off", "apart": typed.get("apart") == "on"})

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if not name_key(name):
            raise ValidationError(_("A name has at least one letter or digit."))
        return name

    def clean_website(self) -> str:
        return clean_website(str(self.cleaned_data["website"]))

    @property
    def wish(self) -> Wish:
        """What a valid form asks for."""
        given = self.cleaned_data
        return Wish(given["name"], given["website"], given["why"], wants_mail=given["mail"], is_apart=given["apart"])

    @property
    def address(self) -> str:
        """The address of the form with what a valid one asks for, so that a sign-in in between loses nothing."""
        given = self.cleaned_data
        typed = {name: given[name] for name in ("name", "website", "why") if given[name]}
        ticked = {"mail": "on" if given["mail"] else "off", **({"apart": "on"} if given["apart"] else {})}
        return f"{reverse('ask')}?{urlencode({**typed, **ticked})}"


class ToolForm(LogoFields, ReasonedForm):
    """A tool at the desk. It may be renamed, but not to where another one was.

    Whoever enters one that may be here already is told, and says once more that it is another. `apart` are those they
    were told of.
    """

    person: ClassVar[Person | None] = None  # who fills it in; the desk knows
    apart = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk and "slug" in self.fields:
            self.fields["slug"].help_text = _("To rename it is safe: its old address leads here for good.")

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        left_by = FormerSlug.objects.left_by_another(slug, self.instance.pk)
        if left_by:
            said = _("This was the address of %(tool)s, and still leads there. Choose another.")
            raise ValidationError(said % {"tool": left_by})
        return slug

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if self.person is not None and {"name", "website"} & set(self.changed_data) and not self.errors:
            self._ask_whether_new(given, self.person)
        return given

    def _ask_whether_new(self, given: dict[str, Any], person: Person) -> None:
        found = find_lookalikes(given["name"], given["website"], person=person, without=self.instance.pk)
        keys = [str(item.pk) for item in found]
        if not set(keys) <= set(given.get("apart", "").split()):
            warning = render_to_string("admin/tools/tool/lookalikes.html", {"found": found, "keys": " ".join(keys)})
            self.add_error(None, warning)

    @property
    def changed_data(self) -> list[str]:
        return [name for name in super().changed_data if name != "apart"]
