from decimal import Decimal

import pytest

from tools.facts import compact_number, value_text


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
