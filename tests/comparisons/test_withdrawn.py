"""What was withdrawn keeps its address, with a notice that says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from editorial.services import publish, reopen, withdraw
from tests.factories import make_panel, make_tool, make_votes
from tests.pages import html_of, text_of
from tests.passing_time import pass_time
from tools.models import Tool

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def anvil() -> Tool:
    """Shown for ten days beside the bellows, then withdrawn for a reason."""
    anvil = make_tool(name="Anvil", slug="anvil", published_at=timezone.now())
    make_panel(anvil, "ssk")
    make_votes(anvil, 8, 4)
    make_tool(name="Bellows", slug="bellows", published_at=timezone.now())
    pass_time(10 * DAY)
    withdraw(anvil, reason="Its maker is gone.")
    return anvil


@pytest.mark.parametrize("address", ["/tools/anvil/", "/compare/anvil-vs-bellows/", "/compare/bellows-vs-anvil/"])
def test_a_notice_says_what_when_and_why_and_where_its_past_is(client: Client, anvil: Tool, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 410
    words, html = text_of(answer), html_of(answer)
    today = timezone.now().date()
    assert "Anvil was withdrawn" in words
    assert "The reason we gave: Its maker is gone." in words
    assert f'datetime="{today.isoformat()}"' in html
    assert '<meta name="robots" content="noindex">' in html
    assert "vote-" not in html
    assert "2 of 3" not in words
    receipt = anvil.receipts.get(kind="tool", act="withdrawn")
    for link in (f"/receipts/{receipt.pk}/", "/receipts/?tool=anvil"):
        assert f'href="{link}"' in html
        assert client.get(link).status_code == 200
    assert ('href="/tools/bellows/"' in html) == address.startswith("/compare/")
    assert f'value="{(today - DAY).isoformat()}"' in html
    canonical = address if "bellows-vs" not in address else "/compare/anvil-vs-bellows/"
    assert client.get(canonical, {"as_of": (today - DAY).isoformat()}).status_code == 200


def test_a_notice_is_the_same_for_everybody_and_sets_no_cookie(
    client: Client, admin_client: Client, anvil: Tool
) -> None:
    answer = client.get("/tools/anvil/")
    assert not answer.cookies
    assert answer.content == admin_client.get("/tools/anvil/").content


@pytest.mark.parametrize(("address", "number"), [("/tools/anvil/", 3), ("/compare/anvil-vs-bellows/", 3)])
def test_a_notice_takes_as_many_queries_whatever_there_is(
    client: Client, anvil: Tool, address: str, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(2):
        with django_assert_num_queries(number):
            assert client.get(address).status_code == 410
        withdraw(make_tool(published_at=timezone.now()))


def test_a_fleet_names_every_one_that_is_gone(client: Client, anvil: Tool) -> None:
    crucible = make_tool(name="Crucible", slug="crucible", published_at=timezone.now())
    withdraw(crucible)
    words = text_of(client.get("/compare/anvil-vs-bellows-vs-crucible/"))
    assert "Anvil, Crucible were withdrawn" in words
    assert "No reason was given." in words
    assert "Still here: Bellows" in words
    assert "What this page said" in words


def test_the_notice_stays_while_it_is_a_draft_again_and_goes_with_publication(client: Client, anvil: Tool) -> None:
    reopen(anvil)
    assert client.get("/tools/anvil/").status_code == 410
    publish(anvil, at=timezone.now() + DAY)
    assert client.get("/tools/anvil/").status_code == 410
    Tool.objects.update(published_at=timezone.now() - DAY)
    assert client.get("/tools/anvil/").status_code == 200


def test_what_was_never_shown_was_never_withdrawn(client: Client, anvil: Tool) -> None:
    secret = make_tool(name="Secret", slug="secret", status="draft", published_at=None)
    publish(secret, at=timezone.now() + DAY)
    withdraw(secret)
    for address in ("/tools/secret/", "/compare/bellows-vs-secret/", "/compare/anvil-vs-secret/", "/tools/ghost/"):
        assert client.get(address).status_code == 404, address


def test_a_renamed_tool_that_is_gone_is_gone_at_both_addresses(client: Client) -> None:
    tool = make_tool(name="Lathe", slug="lathe", published_at=timezone.now())
    Tool.objects.filter(pk=tool.pk).update(slug="lathe-two")
    assert client.get("/tools/lathe/").status_code == 301
    withdraw(tool)
    for address in ("/tools/lathe/", "/tools/lathe-two/"):
        assert "Lathe was withdrawn" in text_of(client.get(address)), address
