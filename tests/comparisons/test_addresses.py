from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparisons.addresses import pair_url, possible_pairs, readings

slugs = st.from_regex(r"\A[a-z0-9]{1,4}(-(vs|[a-z0-9]{1,4})){0,3}\Z")


@pytest.mark.parametrize(
    ("address", "pairs"),
    [
        ("a-vs-b", [("a", "b")]),
        ("a-vs-b-vs-c", [("a", "b-vs-c"), ("a-vs-b", "c")]),
        ("a", []),
        ("-vs-b", []),
        ("a-vs-", []),
        ("vs-vs-vs", [("vs", "vs")]),
        ("a-vs-vs-b", [("a", "vs-b"), ("a-vs", "b")]),
        ("x" * 300 + "-vs-b", []),
    ],
)
def test_possible_pairs_are_every_way_to_cut(address: str, pairs: list[tuple[str, str]]) -> None:
    assert possible_pairs(address) == pairs


@given(slugs, slugs)
def test_the_address_of_any_two_tools_can_be_read_back(first: str, second: str) -> None:
    address = pair_url(first, second).removeprefix("/compare/").removesuffix("/")
    assert tuple(sorted((first, second))) in readings(address, [first, second])


@pytest.mark.parametrize(
    ("address", "known", "best"),
    [
        ("draft-vs-final-vs-inkwherry", ["draft-vs-final", "inkwherry"], ("draft-vs-final", "inkwherry")),
        ("a-vs-b-vs-c", ["a", "b-vs-c", "a-vs-b", "c"], ("a", "b-vs-c")),
        ("b-vs-a", ["a", "b"], ("b", "a")),
        ("a-vs-a", ["a"], ("a", "a")),
        ("a-vs-a-vs-a", ["a", "a-vs-a"], ("a", "a-vs-a")),
    ],
)
def test_readings_prefer_two_tools_in_alphabetical_order(address: str, known: list[str], best: tuple[str, str]) -> None:
    assert readings(address, known)[0] == best


def test_readings_of_unknown_slugs_are_none() -> None:
    assert readings("a-vs-b", ["a"]) == []
