from decimal import Decimal

import pytest

from tools.facts import compact_number, value_text
from tools.figures import number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("256000", "256K"),
        ("70000000000", "70B"),
        ("1500000", "1.5M"),
        ("262144", "262,144"),
        ("8", "8"),
        ("999", "999"),
        ("1000", "1K"),
        ("2.5", "2.5"),
        ("0", "0"),
    ],
)
def test_compact_number_shortens_only_what_loses_nothing(value: str, text: str) -> None:
    assert compact_number(Decimal(value)) == text


def test_equal_numbers_keep_their_own_digits() -> None:
    assert [number(Decimal(digits)) for digits in ("2.50", "2.5", "2", "2.0", "1E+3")] == [
        "2.50",
        "2.5",
        "2",
        "2.0",
        "1,000",
    ]


@pytest.mark.parametrize(
    ("kind", "value", "unit", "note", "text"),
    [
        ("yes_no", "yes", "", "native", "Yes, native"),
        ("yes_no", "no", "", "", "No"),
        ("number", "256000", "tokens", "", "256K tokens"),
        ("number", "70000000000", "", "", "70B"),
        ("text", "Llama 4 community", "", "", "Llama 4 community"),
    ],
)
def test_value_text_says_a_fact_in_words(kind: str, value: str, unit: str, note: str, text: str) -> None:
    assert value_text(kind, value, unit, note) == text
