"""No address makes this server talk to its own network, whatever way it is written and whatever its name turns into."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

import pytest
from django.conf import LazySettings

from comparisons.webhooks.addresses import AddressError, is_public, read_url
from comparisons.webhooks.payload import ping_event
from comparisons.webhooks.sending import Letter, post
from comparisons.webhooks.signing import new_secret
from tests.comparisons.receiver import receiving

PRIVATE = [
    *("127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),  # noqa: S104
    *("169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.255", "192.0.0.192", "192.0.2.1"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.255"),
    *("240.0.0.1", "255.255.255.255", "168.63.129.16", "192.0.0.9"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:8.8.8.8", "::ffff:0:7f00:1", "fe80::1"),
    *("fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "2001:10::1", "2002:7f00:1::"),
    *("2002:808:808::1", "3fff::1", "5f00::1", "100::1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8"),
    *("64:ff9b::a9fe:a9fe", "4000::1"),
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize("text", PRIVATE)
def test_an_address_of_no_open_network_is_refused(text: str) -> None:
    assert not is_public(ip_address(text))
    with pytest.raises(AddressError, match="is not a public address"):
        read_url(f"https://[{text}]/" if ":" in text else f"https://{text}/")


@pytest.mark.parametrize("text", PUBLIC)
def test_an_address_of_the_open_internet_is_taken(text: str) -> None:
    assert is_public(ip_address(text))
    assert read_url(f"https://[{text}]/" if ":" in text else f"https://{text}/").host == text.lower()


@pytest.mark.parametrize(
    "host",
    [
        *("127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.0x1"),
        *(
            "0",
            "0x",
            "00000177.1",
            "127.0.0.1.",
            "localhost.",
            "127。0。0。1",
            "①②⑦.0.0.1",
            "ⓛocalhost",
            "exa mple.com",
        ),
        *(
            "127.0.0.1%00.example.com",
            "%6c%6fcalhost",
            "example.com%2f@127.0.0.1",
            "user:pass@example.com",
            "a@b.example",
        ),
        *(
            "example.com\\@127.0.0.1",
            "example.com\t",
            "example.com\r\nX: y",
            "[::1%25eth0]",
            "[127.0.0.1]",
            "[::1",
            "::1",
        ),
        *(
            "",
            ".",
            "-.example",
            "example..com",
            "a" * 64 + ".example",
            "[fe80::1%eth0]",
            "example.com:22",
            "example.com:0",
        ),
        *("example.com:65536", "example.com:x", "example.com:-1", "1.2.3", "256.1.1.1", "0x7f000001.", "example.0x1"),
    ],
)
def test_a_host_in_any_odd_form_is_refused(host: str) -> None:
    with pytest.raises(AddressError):
        read_url(f"https://{host}/hook")


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/", "example.com", ""),
        *("javascript:alert(1)", "https:example.com", "https:///hook", "https://example.com/#part", "unix:///run/x"),
        "https://example.com/" + "a" * 500,
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(AddressError):
        read_url(url)


def test_plain_http_is_for_ones_own_machine_or_network(settings: LazySettings) -> None:
    assert not read_url("http://example.com/").is_secure
    settings.LOCAL = False
    with pytest.raises(AddressError, match="must begin with https://"):
        read_url("http://example.com/")
    settings.WEBHOOKS_MAY_REACH_PRIVATE = True
    assert read_url("http://[::1]:8080/").port == 8080


def test_an_address_is_taken_apart() -> None:
    target = read_url("https://Hooks.Example.com:8443/a/b?c=d&e")
    assert (target.host, target.port, target.authority, target.path) == (
        *("hooks.example.com", 8443, "hooks.example.com:8443", "/a/b?c=d&e"),
    )
    assert (read_url("https://example.com").path, read_url("https://example.com?x").path) == ("/", "/?x")
    assert [read_url(f"{scheme}://example.com/").port for scheme in ("https", "http")] == [443, 80]


def send_to(url: str) -> str:
    return post(Letter(url, (new_secret(),), ping_event()), seconds=5).error


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]"])  # noqa: S104
def test_nothing_reaches_this_machine(host: str) -> None:
    with receiving() as receiver:
        assert "is not a public address" in send_to(f"http://{host}:{receiver.port}/")
        assert receiver.got == []


class Resolver:
    """Names that turn into something else each time they are looked up; the system's own is asked for the rest."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self.answers, self.asked, self._real = list(answers), 0, socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)

    def look_up(self, host: str, port: int, *rest: Any, **options: Any) -> Any:
        if not host.endswith(".example"):
            return self._real(host, port, *rest, **options)
        self.asked += 1
        found = self.answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


@pytest.mark.parametrize(
    "answers", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["169.254.169.254"]]
)
def test_a_name_that_leads_inside_is_refused_even_if_it_leads_outside_too(
    monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    Resolver(monkeypatch, answers)
    assert "is not a public address" in send_to("http://inside.example/")


def test_the_address_that_was_checked_is_the_one_that_is_reached(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.WEBHOOKS_MAY_REACH_PRIVATE = True
    resolver = Resolver(monkeypatch, ["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"])
    with receiving() as receiver:
        assert send_to(f"http://rebound.example:{receiver.port}/") == ""
        assert receiver.got[0].headers["host"] == f"rebound.example:{receiver.port}"
    assert resolver.asked == 1


def test_the_next_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    settings.WEBHOOKS_MAY_REACH_PRIVATE = True
    Resolver(monkeypatch, ["127.0.0.3", "127.0.0.1"])
    with receiving() as receiver:
        assert send_to(f"http://two.example:{receiver.port}/") == ""


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "0.0.0.0", "224.0.0.1", "[fe80::1]", "[ff02::1]", "[::]", "240.0.0.1"],  # noqa: S104
)
def test_the_setting_opens_private_networks_and_nothing_beside_them(settings: Any, host: str) -> None:
    settings.WEBHOOKS_MAY_REACH_PRIVATE = True
    for private in ("127.0.0.1", "10.1.2.3", "172.16.9.9", "192.168.1.1", "100.64.0.9", "[::1]", "[fd00::5]"):
        read_url(f"http://{private}/hook")
    with pytest.raises(AddressError):
        read_url(f"http://{host}/latest/")
