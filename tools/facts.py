"""Facts as readers see them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tools.figures import number

_SCALES = ((Decimal(10**12), "T"), (Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "K"))


def value_text(kind: str, value: str, unit: str = "", note: str = "") -> str:
    """A stored value in words: `Yes, native`, `256K tokens`, `70B parameters`, or the words as they are."""
    text = value
    if kind == "yes_no":
        text = _("Yes") if value == "yes" else _("No")
    elif kind == "number":
        text = f"{compact_number(Decimal(value))} {unit}".rstrip()
    return f"{text}, {note}" if note else text


def compact_number(amount: Decimal) -> str:
    """256000 as 256K and 1500000 as 1.5M when nothing is lost; otherwise every digit, in groups: 262,144."""
    for scale, letter in _SCALES:
        if abs(amount) >= scale:
            short = amount / scale
            if short == short.quantize(Decimal("0.1")):
                return f"{number(short.normalize())}{letter}"
            break
    return number(amount)


def plain_number(value: str, name: str) -> str:
    """What an editor typed, as it is stored: plain decimal digits; ValidationError if it is no number."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= Decimal("1e18"):
        raise ValidationError(_("%(name)s is a number: write it plainly, for instance 256000.") % {"name": name})
    plain = format(number.normalize(), "f")
    if len(plain) > 40:
        raise ValidationError(_("%(name)s is a number of at most 40 digits.") % {"name": name})
    return plain
