from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparisons.addresses import nearest_reading, pair_url, possible_readings, readings

slugs = st.from_regex(r"\A[a-z0-9]{1,4}(-(vs|[a-z0-9]{1,4})){0,3}\Z")


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("a-vs-b", [("a", "b")]),
        ("a-vs-b-vs-c", [("a", "b-vs-c"), ("a-vs-b", "c"), ("a", "b", "c")]),
        ("a", []),
        ("-vs-b", []),
        ("a-vs-", []),
        ("vs-vs-vs", [("vs", "vs")]),
        ("a-vs-vs-b", [("a", "vs-b"), ("a-vs", "b")]),
        ("x" * 300 + "-vs-b", []),
        ("x" * 101 + "-vs-b", []),
        ("-vs-".join(["x" * 100] * 4), [tuple(["x" * 100] * 4)]),
        ("a-vs-" * 100 + "a", []),
    ],
)
def test_possible_readings_are_every_way_to_cut(address: str, found: list[tuple[str, ...]]) -> None:
    assert possible_readings(address) == found


def test_four_tools_are_read_too_and_five_are_not() -> None:
    assert ("a", "b", "c", "d") in possible_readings("a-vs-b-vs-c-vs-d")
    assert {len(reading) for reading in possible_readings("a-vs-b-vs-c-vs-d-vs-e")} == {2, 3, 4}


@given(st.text(alphabet="avs-", max_size=412))
def test_no_address_asks_for_more_than_298_readings(address: str) -> None:
    assert len(possible_readings(address)) <= 298
    assert len(possible_readings("-vs" * 137 + "-")) <= 298


def test_an_address_of_many_separators_is_still_read_as_a_pair() -> None:
    long = "a-vs-" * 12 + "a"
    assert readings(f"{long}-vs-b", [long, "b"]) == [(long, "b")]


@given(st.lists(slugs, min_size=2, max_size=4, unique=True))
def test_the_address_of_any_tools_can_be_read_back(chosen: list[str]) -> None:
    address = pair_url(*chosen).removeprefix("/compare/").removesuffix("/")
    assert address.count("-vs-") > 12 or tuple(sorted(chosen)) in readings(address, chosen)


@given(st.lists(slugs, min_size=2, max_size=4, unique=True), st.lists(slugs, max_size=4))
def test_a_redirect_never_leads_to_another_redirect(chosen: list[str], others: list[str]) -> None:
    address = pair_url(*chosen).removeprefix("/compare/").removesuffix("/")
    best = next(iter(readings(address, [*chosen, *others])), ())
    assert list(best) == sorted(best)


@pytest.mark.parametrize(
    ("address", "known", "best"),
    [
        ("draft-vs-final-vs-inkwherry", ["draft-vs-final", "inkwherry"], ("draft-vs-final", "inkwherry")),
        ("a-vs-b-vs-c", ["a", "b-vs-c", "a-vs-b", "c"], ("a", "b-vs-c")),
        ("a-vs-b-vs-c", ["a", "b", "c", "b-vs-c"], ("a", "b-vs-c")),
        ("a-vs-b-vs-c", ["a", "b", "c"], ("a", "b", "c")),
        ("c-vs-a-vs-d", ["a", "c", "d", "c-vs-a"], ("c-vs-a", "d")),
        ("a-vs-b-vs-a", ["a", "b", "b-vs-a"], ("a", "b-vs-a")),
        ("a-vs-c-vs-b", ["a", "b", "c", "c-vs-b"], ("a", "c-vs-b")),
        ("d-vs-c-vs-b-vs-a", ["a", "b", "c", "d"], ("d", "c", "b", "a")),
        ("b-vs-a", ["a", "b"], ("b", "a")),
        ("a-vs-a", ["a"], ("a", "a")),
        ("a-vs-a-vs-a", ["a", "a-vs-a"], ("a", "a-vs-a")),
    ],
)
def test_readings_prefer_different_tools_in_alphabetical_order(
    address: str, known: list[str], best: tuple[str, ...]
) -> None:
    assert readings(address, known)[0] == best


def test_readings_of_unknown_slugs_are_none() -> None:
    assert readings("a-vs-b", ["a"]) == []


@pytest.mark.parametrize(
    ("address", "known", "nearest"),
    [
        ("a-vs-ghost", ["a"], ("a", "ghost")),
        ("a-vs-ghost-vs-b", ["a", "b"], ("a", "ghost", "b")),
        ("a-vs-b", [], ("a", "b")),
        ("a-vs-b", ["a-vs-b"], ("a-vs-b",)),
        ("ghost", [], ("ghost",)),
    ],
)
def test_what_is_no_comparison_is_read_as_near_to_one_as_it_goes(
    address: str, known: list[str], nearest: tuple[str, ...]
) -> None:
    assert nearest_reading(address, known) == nearest
