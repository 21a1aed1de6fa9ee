"""Network tags: the same for one network on one day, and nothing to go by once the day's key is destroyed."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client, RequestFactory

from accounts.network import client_address
from tests.factories import make_tool
from tests.votes.voters import browser, cast
from votes.models import LimitSlot, NetKey, Vote
from votes.network import Tags, forget_keys, tags_of
from votes.services import destroy_expired

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _new_process(db: None) -> Iterator[None]:
    forget_keys()
    yield
    forget_keys()


@pytest.mark.parametrize(
    ("one", "other", "is_one_host", "is_one_group"),
    [
        ("192.0.2.1", "192.0.2.1", True, True),
        ("192.0.2.1", "192.0.2.254", False, True),
        ("192.0.2.1", "192.0.3.1", False, False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::1", True, True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False, True),
        ("2001:db8:1::1", "2001:db8:2::1", False, False),
    ],
)
def test_a_network_has_one_tag(one: str, other: str, *, is_one_host: bool, is_one_group: bool) -> None:
    first, second = (tags_of(ip_address(text), NOON) for text in (one, other))
    assert (first.host == second.host, first.group == second.group) == (is_one_host, is_one_group)
    assert first.host != first.group


def test_tags_of_two_days_cannot_be_matched() -> None:
    address = ip_address("192.0.2.1")
    assert tags_of(address, NOON) != tags_of(address, NOON + timedelta(days=1))


def test_every_process_finds_the_same_key() -> None:
    first = tags_of(ip_address("192.0.2.1"), NOON)
    forget_keys()
    assert tags_of(ip_address("192.0.2.1"), NOON) == first
    assert NetKey.objects.count() == 1


def test_after_49_hours_nothing_is_left_that_any_address_could_be_tried_against() -> None:
    tool, addresses = make_tool(), [ip_address(f"192.0.2.{secrets.randbelow(250)}") for _ in range(40)]
    begin = NOON.replace(hour=0)
    tags = [tags_of(address, begin) for address in addresses]
    for one in tags:
        cast(browser(tags=one), tool)
    Vote.objects.update(tag_day=begin.date())
    LimitSlot.objects.update(window_start=begin)
    key = bytes(NetKey.objects.get().key)

    destroy_expired(begin + timedelta(hours=47))
    assert needles_found(tags, key)
    destroy_expired(begin + timedelta(hours=49))
    assert not needles_found(tags, key)
    assert Vote.objects.count() == 40
    assert hmac.digest(key, b"v4/32 " + addresses[0].packed, "sha256") == tags[0].host  # what was looked for


def needles_found(tags: list[Tags], key: bytes) -> bool:
    """Whether any tag or the key stands anywhere in any table of votes, as a dump would show it."""
    needles = {key.hex(), *(value.hex() for one in tags for value in (one.host, one.group))}
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name.startswith("votes_")]
        dump = ""
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t")  # noqa: S608
            dump += "\n".join(row for (row,) in cursor.fetchall())
    return any(needle in dump for needle in needles)


FORGED = {
    "x-forwarded-for": "203.0.113.9",
    "forwarded": "for=203.0.113.9",
    "x-real-ip": "203.0.113.9",
    "true-client-ip": "203.0.113.9",
    "client-ip": "203.0.113.9",
}


@pytest.mark.parametrize("header", FORGED)
def test_what_a_sender_says_of_itself_is_not_believed(header: str) -> None:
    request = RequestFactory().get("/", headers={header: FORGED[header]})
    assert str(client_address(request)) == "127.0.0.1"


@pytest.mark.parametrize(
    ("hops", "chain", "found"),
    [
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (1, ", ".join(["203.0.113.9"] * 10 + ["198.51.100.7"]), "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 192.0.2.1", "198.51.100.7"),
        (3, "198.51.100.7", "127.0.0.1"),
        (1, "nonsense", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
    ],
)
def test_behind_proxies_their_own_entries_are_believed(
    settings: LazySettings, hops: int, chain: str, found: str
) -> None:
    settings.TRUSTED_PROXY_HOPS = hops
    request = RequestFactory().get("/", headers={"x-forwarded-for": chain, "forwarded": "for=203.0.113.9"})
    assert str(client_address(request)) == found


def test_a_header_without_a_hyphen_has_no_second_spelling(settings: LazySettings) -> None:
    """The web server gives names with underscores and hyphens one name: Client_Address is not Clientaddress."""
    settings.TRUSTED_PROXY_HOPS, settings.CLIENT_ADDRESS_HEADER = 1, "Clientaddress"
    forged = {"x-forwarded-for": "203.0.113.9", "client-address": "203.0.113.9"}
    request = RequestFactory().get("/", headers={**forged, "clientaddress": "203.0.113.9, 198.51.100.7"})
    assert str(client_address(request)) == "198.51.100.7"


def test_a_forged_header_wins_no_further_votes(client: Client) -> None:
    make_tool(slug="lathe")
    for number in range(8):
        Client().post(
            "/votes/lathe/",
            {"choice": "ship"},
            headers={"sec-fetch-site": "same-origin", "x-forwarded-for": f"203.0.113.{number}"},
        )
    assert Vote.objects.filter(state="counted").count() == 3


def test_looking_at_ones_votes_makes_no_key(client: Client) -> None:
    tool = make_tool(slug="lathe")
    for address in ("/votes/lathe/", "/votes/?tool=lathe"):
        assert (client.get(address).status_code, client.head(address).status_code) == (200, 200)
    assert NetKey.objects.count() == 0
    client.post(f"/votes/{tool.slug}/", {"choice": "ship"}, headers={"sec-fetch-site": "same-origin"})
    assert NetKey.objects.count() == 1
