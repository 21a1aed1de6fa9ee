"""TLS and logins of the transport, with a certificate of the tests."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newsletter.sending.connecting import Security, Server
from newsletter.sending.smtp import SmtpTransport
from newsletter.sending.transport import Kind, Outcome, Stage
from tests.certificates import make_certificate, server_context, trusting
from tests.newsletter.test_smtp import CAPTAIN, MATE, MESSAGE, QUICK, yes
from tests.sink import FEATURES, Rule, Sink

LOGIN = (*FEATURES, "AUTH PLAIN LOGIN")


@dataclass(frozen=True)
class Keys:
    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    certificate, key = make_certificate(tmp_path_factory.mktemp("keys"))
    return Keys(server_context(certificate, key), trusting(certificate))


@pytest.fixture(params=[Security.STARTTLS, Security.TLS])
def security(request: pytest.FixtureRequest) -> Security:
    found: Security = request.param
    return found


def secure_sink(folder: Path, keys: Keys, security: Security, *rules: Rule) -> Sink:
    at_once = security is Security.TLS
    return Sink(folder / "mail.log", *rules, features=LOGIN, tls=keys.server, is_tls_at_once=at_once)


def send(sink: Sink, security: Security, context: ssl.SSLContext | None, **options: Any) -> list[Outcome]:
    """Two messages over one transport."""
    server = Server("127.0.0.1", sink.port, security, name="drydock.example", context=context, **options)
    road = SmtpTransport(server, patience=QUICK)
    outcomes = [road.deliver(MESSAGE, CAPTAIN, MATE, yes) for _ in range(2)]
    road.close()
    return outcomes


def test_mail_goes_under_tls_with_a_login(tmp_path: Path, keys: Keys, security: Security) -> None:
    with secure_sink(tmp_path, keys, security) as sink:
        outcomes = send(sink, security, keys.client, username="drydock", password="s@lt")
        assert [outcome.kind for outcome in outcomes] == [Kind.ACCEPTED] * 2
        assert sink.commands.count("(connected)") == 1
        assert ("STARTTLS" in sink.commands) == (security is Security.STARTTLS)
        assert "AUTH PLAIN AGRyeWRvY2sAc0BsdA==" in sink.commands


def test_certificate_that_nobody_vouches_for_sends_nothing(tmp_path: Path, keys: Keys, security: Security) -> None:
    with secure_sink(tmp_path, keys, security) as sink:
        outcomes = send(sink, security, None, username="drydock", password="s@lt")
        assert [(outcome.kind, outcome.stage) for outcome in outcomes] == [(Kind.SENDER_FAULT, Stage.TLS)] * 2
        assert "certificate verify failed" in outcomes[0].text
        assert not [command for command in sink.commands if command.startswith(("AUTH", "MAIL"))]
        assert sink.accepted() == []


def test_certificate_for_another_name_sends_nothing(tmp_path: Path, security: Security) -> None:
    certificate, key = make_certificate(tmp_path, "elsewhere.example")
    keys = Keys(server_context(certificate, key), trusting(certificate))
    with secure_sink(tmp_path, keys, security) as sink:
        outcomes = send(sink, security, keys.client)
        assert [(outcome.kind, outcome.stage) for outcome in outcomes] == [(Kind.SENDER_FAULT, Stage.TLS)] * 2
        assert sink.accepted() == []


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("454 4.7.0 TLS not available", Kind.DEFERRED),
        ("501 5.5.4 No", Kind.SENDER_FAULT),
        ("220 2.0.0 Go ahead\r\n250 Ok", Kind.DEFERRED),  # and something more in the clear: somebody is in between
    ],
)
def test_starttls_that_fails_leaves_no_line_in_the_clear(tmp_path: Path, keys: Keys, reply: str, kind: Kind) -> None:
    with secure_sink(tmp_path, keys, Security.STARTTLS, Rule("starttls", reply)) as sink:
        outcomes = send(sink, Security.STARTTLS, keys.client, username="drydock", password="s@lt")
        assert [(outcome.kind, outcome.stage) for outcome in outcomes] == [(kind, Stage.TLS)] * 2
        assert sink.commands.count("(connected)") == 2
        assert set(sink.commands) == {"(connected)", "ehlo drydock.example", "STARTTLS"}


def test_server_that_offers_no_tls_is_told_nothing(tmp_path: Path) -> None:
    with Sink(tmp_path / "mail.log", features=LOGIN) as sink:
        outcomes = send(sink, Security.STARTTLS, None, username="drydock", password="s@lt")
        assert [(outcome.kind, outcome.stage) for outcome in outcomes] == [(Kind.SENDER_FAULT, Stage.TLS)] * 2
        assert set(sink.commands) == {"(connected)", "ehlo drydock.example"}


@pytest.mark.parametrize(
    ("features", "reply", "kind", "code"),
    [
        (LOGIN, "535 5.7.8 Wrong", Kind.SENDER_FAULT, 535),
        (LOGIN, "454 4.7.0 Later", Kind.DEFERRED, 454),
        (FEATURES, "", Kind.SENDER_FAULT, None),  # no way to log in is offered
        ((*FEATURES, "AUTH GSSAPI"), "", Kind.SENDER_FAULT, None),  # none that we know
    ],
)
def test_login_that_fails_is_no_recipients_fault(
    tmp_path: Path, features: tuple[str, ...], reply: str, kind: Kind, code: int | None
) -> None:
    rules = [Rule("auth", reply)] if reply else []
    with Sink(tmp_path / "mail.log", *rules, features=features) as sink:
        for password in ("s@lt", "sält"):
            outcome = send(sink, Security.PLAIN, None, username="drydock", password=password)[0]
            assert (outcome.stage, outcome.is_connecting) == (Stage.AUTH, True)
            assert (outcome.kind, outcome.code) == ((kind, code) if password.isascii() else (Kind.SENDER_FAULT, None))
        assert sink.accepted() == []


def test_login_of_the_older_kind(tmp_path: Path) -> None:
    with Sink(tmp_path / "mail.log", features=(*FEATURES, "AUTH LOGIN")) as sink:
        outcomes = send(sink, Security.PLAIN, None, username="drydock", password="s@lt")
        assert [outcome.kind for outcome in outcomes] == [Kind.ACCEPTED] * 2


def test_line_that_breaks_under_tls_is_told_by_its_stage(tmp_path: Path, keys: Keys, security: Security) -> None:
    stages = {"greeting": Stage.GREETING, "rcpt": Stage.RCPT, "data": Stage.DATA, "dot": Stage.ANSWER}
    with secure_sink(tmp_path, keys, security) as sink:
        for at, stage in stages.items():
            sink.script(Rule(at, drop=True, times=1 if at != "rcpt" else None))
            outcome = send(sink, security, keys.client)[0]
            assert outcome.kind is (Kind.IN_DOUBT if at == "dot" else Kind.DEFERRED)
            assert outcome.stage is stage
        sink.script(Rule("idle", drop=True, times=1))
        assert [outcome.kind for outcome in send(sink, security, keys.client)] == [Kind.ACCEPTED] * 2
