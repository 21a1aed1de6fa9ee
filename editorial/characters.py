"""Characters that no text of a publication may hold, whoever types them: they make pages and feeds invalid.

Refused everywhere: control characters but for tab and line ends, DEL, surrogates, and what Unicode calls no character.
Refused in a line (a name, a tagline) as well: what turns the writing direction round and so reaches into whatever
stands beside it. A body is a block of its own and may. Marks of direction that turn nothing (U+200E, U+200F, U+061C)
are allowed everywhere: Hebrew and Arabic beside figures need them.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

_PLANES = "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17))
_NEVER = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef" + _PLANES
_IN_A_BODY = re.compile(f"[{_NEVER}]")
_IN_A_LINE = re.compile(f"[{_NEVER}\u202a-\u202e\u2066-\u2069]")


def check_characters(text: str, *, is_line: bool) -> None:
    """ValidationError that names the first character that may not stand there, and its place."""
    found = (_IN_A_LINE if is_line else _IN_A_BODY).search(text)
    if found:
        said = _("Character %(place)s is %(code)s, which cannot be shown safely. Take it out.")
        raise ValidationError(
            said % {"place": found.start() + 1, "code": f"U+{ord(found.group()):04X}"}, "forbidden_character"
        )


class Written(models.Model):
    """A row with texts that people typed: each is checked for characters when its fields are."""

    class Meta:
        abstract = True

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        wrong: dict[str, list[ValidationError]] = {}
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as error:
            wrong = dict(error.error_dict)
        for field in self._meta.concrete_fields:
            text = getattr(self, field.attname)
            if field.name in (exclude or ()) or field.name in wrong or not isinstance(text, str):
                continue
            try:
                check_characters(text, is_line=not isinstance(field, models.TextField))
            except ValidationError as error:
                wrong[field.name] = [error]
        if wrong:
            raise ValidationError(wrong)
