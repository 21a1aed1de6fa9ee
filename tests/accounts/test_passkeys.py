"""Passkeys, with a device in software; tests/e2e/test_accounts.py does it with Chromium's."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from fido2.webauthn import AuthenticatorData

from accounts.models import User
from tests.accounts.authenticator import Device
from tests.accounts.entrance import age_sign_in, arrived, sign_in
from tests.pages import html_of, text_of

pytestmark = pytest.mark.django_db

ADD, IN, CHALLENGE = "/accounts/passkeys/add/", "/accounts/login/passkey/", "/accounts/login/passkey/challenge/"
UNKNOWN = "That passkey does not open any account here"


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


def options_of(page: Any) -> dict[str, Any]:
    found = re.search(r'data-options="([^"]*)"', html_of(page))
    assert found
    options: dict[str, Any] = json.loads(html.unescape(found[1]))
    return options


def add(client: Client, device: Device, name: str = "My phone") -> Any:
    answer = device.create(options_of(client.get(ADD)))
    return client.post(ADD, {"name": name, "credential": answer})


def use(client: Client, device: Device, **more: str) -> Any:
    return client.post(IN, {"credential": device.get(client.post(CHALLENGE).json()), **more})


@pytest.fixture
def device(client: Client) -> Device:
    """One that mate@example.org has added; nobody is signed in any more."""
    device = Device()
    sign_in(client)
    assert add(client, device)["Location"] == "/accounts/"
    client.post("/accounts/logout/")
    return device


def test_a_passkey_is_added_told_by_mail_and_signs_in(client: Client) -> None:
    device = Device()
    sign_in(client)
    assert add(client, device)["Location"] == "/accounts/"
    page = text_of(client.get("/accounts/"))
    assert "Passkey “My phone” added" in page
    assert "My phone added" in page
    assert arrived()[-1].subject == "A passkey was added to your Drydock account"
    assert 'The passkey "My phone" signs in' in arrived()[-1].body
    client.post("/accounts/logout/")
    assert use(client, device)["Location"] == "/accounts/"
    assert "last used" in text_of(client.get("/accounts/"))


def test_the_device_is_asked_for_a_key_it_keeps_under_our_name(client: Client) -> None:
    sign_in(client)
    asked = options_of(client.get(ADD))["publicKey"]
    assert asked["rp"] == {"id": "localhost", "name": "Drydock"}
    assert asked["user"]["name"] == "mate@example.org"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"


def test_sign_in_leads_where_the_reader_wanted_to_be(client: Client, device: Device) -> None:
    assert use(client, device, next="/tools/")["Location"] == "/tools/"
    client.post("/accounts/logout/")
    assert use(client, device, next="//evil.example")["Location"] == "/accounts/"


def test_the_emailed_code_goes_on_working_beside_a_passkey(client: Client, device: Device) -> None:
    sign_in(client)
    assert client.get("/accounts/").status_code == 200


def test_an_answer_works_once(client: Client, device: Device) -> None:
    answer = device.get(client.post(CHALLENGE).json())
    assert client.post(IN, {"credential": answer}).status_code == 302
    client.post("/accounts/logout/")
    assert UNKNOWN in text_of(client.post(IN, {"credential": answer}))
    client.post(CHALLENGE)
    assert UNKNOWN in text_of(client.post(IN, {"credential": answer}))


@pytest.mark.parametrize(
    "changed",
    [
        {"host": "evil.example"},
        {"key": Device().key},
        {"credential_id": b"another"},
        {"user_handle": ""},
        {"user_handle": "MQ" * 40},
        {"flags": AuthenticatorData.FLAG.UP},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_key_site_or_person_opens_nothing(client: Client, device: Device, changed: dict[str, Any]) -> None:
    for name, value in changed.items():
        setattr(device, name, value)
    assert UNKNOWN in text_of(use(client, device))
    assert client.get("/accounts/").status_code == 302


def test_a_closed_account_stays_closed(client: Client, device: Device) -> None:
    User.objects.update(is_active=False)
    assert use(client, device)["Location"] == "/accounts/login/inactive/"
    assert client.get("/accounts/").status_code == 302


def test_a_device_that_did_not_check_its_owner_is_refused(client: Client) -> None:
    sign_in(client)
    answer = add(client, Device(flags=AuthenticatorData.FLAG.UP))
    assert "The device gave no passkey" in text_of(answer)
    assert not Authenticator.objects.exists()


def test_a_passkey_needs_a_name_and_only_what_we_need_of_the_answer_is_kept(client: Client) -> None:
    sign_in(client)
    assert "Give it a name" in text_of(add(client, Device(), name=" "))
    device = Device()
    answer = json.loads(device.create(options_of(client.get(ADD))))
    told = {**answer, "clientExtensionResults": {"x": "\u0000"}, "junk": "\u0000" * 100}
    assert client.post(ADD, {"name": "<b>Key</b>", "credential": json.dumps(told)}).status_code == 302
    kept = Authenticator.objects.get().data["credential"]
    assert "junk" not in kept
    assert kept["clientExtensionResults"] == {}
    assert "<b>Key" not in html_of(client.get("/accounts/"))
    client.post("/accounts/logout/")
    assert use(client, device).status_code == 302


BROKEN = [
    *("", "{", "null", "[]", "1", '"x"', "{}", '{"id":"x"}', '{"rawId":[],"response":{}}', "[" * 19_000),
    *('{"id":"eA","rawId":"eA","response":[]}', '{"id":"eA","rawId":"eA","response":{"clientDataJSON":"eA"}}'),
    '{"id":"eA","rawId":"eA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"gICA"}}',
    '{"id":"eA","rawId":"eA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA",'
    '"signature":"AA","userHandle":"MQ"}}',
    *('{"id":"\\ud800","rawId":"\\ud800"}', '{"a":"' + "x" * 30_000 + '"}', '{"id":1e999,"rawId":1e999}'),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_answer_is_refused_in_words(client: Client, broken: str) -> None:
    client.post(CHALLENGE)
    assert UNKNOWN in text_of(client.post(IN, {"credential": broken}))
    sign_in(client)
    client.get(ADD)
    assert "The device gave no passkey" in text_of(client.post(ADD, {"name": "Key", "credential": broken}))
    assert not Authenticator.objects.exists()


def test_a_passkey_is_renamed_and_removed_by_its_owner_alone(client: Client, device: Device) -> None:
    address = f"/accounts/passkeys/{Authenticator.objects.get().pk}/"
    stranger = Client(headers={"host": "localhost"})
    sign_in(stranger, "stranger@example.org")
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"remove": "1"}).status_code == 404
    use(client, device)
    assert "Passkey My phone" in text_of(client.get(address))
    assert "Give it a name" in text_of(client.post(address, {"name": ""}))
    assert client.post(address, {"name": "Old phone"})["Location"] == "/accounts/"
    assert "called “Old phone” now" in text_of(client.get("/accounts/"))
    assert client.post(address, {"remove": "1"})["Location"] == "/accounts/"
    assert "“Old phone” removed here" in text_of(client.get("/accounts/"))
    client.post("/accounts/logout/")
    assert UNKNOWN in text_of(use(client, device))


def test_changing_passkeys_needs_a_recent_sign_in_which_a_passkey_gives(client: Client, device: Device) -> None:
    use(client, device)
    pk = Authenticator.objects.get().pk
    age_sign_in(client, 10 * 60 + 1)
    for address in (ADD, f"/accounts/passkeys/{pk}/"):
        assert client.get(address)["Location"] == f"/accounts/login/again/?next={address.replace('/', '%2F')}"
        assert client.post(address, {"remove": "1"}).status_code == 302
    assert Authenticator.objects.exists()
    again = client.get("/accounts/login/again/", {"next": ADD})
    assert "Use a passkey" in text_of(again)
    assert use(client, device, next=ADD)["Location"] == ADD
    assert client.get(ADD).status_code == 200


def test_a_network_gets_ten_passkey_sign_ins_a_minute(client: Client) -> None:
    answers = [client.post(address, {"credential": "{}"}).status_code for address in [CHALLENGE, IN] * 10 + [IN]]
    assert answers == [200] * 20 + [429]
    assert client.post(CHALLENGE).status_code == 429


def test_under_a_number_the_page_says_why_there_are_no_passkeys(client: Client) -> None:
    assert "opened under a number" in text_of(client.get("/accounts/login/", headers={"host": "127.0.0.1:8000"}))
    assert "opened under a number" in text_of(client.get("/accounts/login/", headers={"host": "[::1]:8000"}))
    assert "need script" in text_of(client.get("/accounts/login/"))
