"""What is sent compressed, in which coding, and what never is."""

from __future__ import annotations

import gzip

import brotli
import pytest
from django.test import Client

from accounts.models import User
from tests.factories import make_review, make_tool

pytestmark = pytest.mark.django_db


def ask(client: Client, address: str, accepted: str) -> tuple[str, bytes, bytes]:
    """The coding of the answer, what was sent, and the same page asked for plainly."""
    plain = client.get(address)
    sent = client.get(address, headers={"accept-encoding": accepted})
    assert "Content-Encoding" not in plain
    assert (plain.status_code, plain["Vary"]) == (sent.status_code, sent["Vary"])
    assert sent["Content-Length"] == str(len(sent.content))
    return sent.get("Content-Encoding", ""), sent.content, plain.content


@pytest.mark.parametrize("address", ["/", "/nowhere/", "/feeds/verdicts.atom", "/sitemaps/pages-1.xml", "/llms.txt"])
@pytest.mark.parametrize("accepted", ["gzip, deflate, br, zstd", "BR", "gzip;q=0.1, br;q=1.0"])
def test_brotli_is_preferred(client: Client, address: str, accepted: str) -> None:
    make_review(make_tool())
    coding, sent, plain = ask(client, address, accepted)
    assert coding == "br"
    assert brotli.decompress(sent) == plain
    assert len(sent) < len(plain) * 0.75


@pytest.mark.parametrize("accepted", ["gzip", "br;q=0, gzip", "br; q=0.000, GZIP;q=0.5", "zstd,gzip"])
def test_gzip_is_for_those_who_take_no_brotli(client: Client, accepted: str) -> None:
    coding, sent, plain = ask(client, "/", accepted)
    assert coding == "gzip"
    assert gzip.decompress(sent) == plain
    assert sent == client.get("/", headers={"accept-encoding": accepted}).content


@pytest.mark.parametrize(
    "accepted", ["identity", "gzip;q=0", ",;,q=", "*" * 20_000, "br;q=0.0,gzip;q=0.", "gzip;q=0;x=1"]
)
def test_nobody_gets_what_they_did_not_ask_for(client: Client, accepted: str) -> None:
    coding, sent, plain = ask(client, "/", accepted)
    assert (coding, sent) == ("", plain)


def test_caches_keep_the_codings_apart(client: Client) -> None:
    assert client.get("/")["Vary"] == "Accept-Encoding"
    assert "Vary" not in client.get("/.well-known/security.txt")  # too short to be worth it


@pytest.mark.parametrize("address", ["/accounts/login/", "/votes/", "/ask/confirm/"])
def test_what_may_hold_a_secret_is_never_compressed(client: Client, address: str) -> None:
    response = client.get(address, headers={"accept-encoding": "gzip, br"})
    assert "Content-Encoding" not in response
    client.force_login(User.objects.create_user("reader@example.com"))
    response = client.get("/accounts/", headers={"accept-encoding": "gzip, br"})
    assert len(response.content) > 500
    assert "Content-Encoding" not in response
