"""The sink in a process of its own: its log is the truth whatever becomes of it, and its chance is repeatable."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from config.env import mailer
from newsletter.sending.carriers import Mailbox, carrier_name, new_transport
from newsletter.sending.providers import ProviderTransport
from newsletter.sending.smtp import SmtpTransport
from newsletter.sending.transport import Kind
from tests.newsletter.test_smtp import CAPTAIN, MATE, MESSAGE, transport, yes
from tests.sink import Rule, SinkProcess, accepted

SOME = (
    Rule("rcpt", "450 4.2.0 Later", share=0.3, seed=1),
    Rule("dot", drop=True, accepts=True, share=0.2, seed=2),
    Rule("dot", "451 4.3.0 Later", share=0.2, seed=3),
)


def send_many(port: int) -> list[Kind]:
    road = transport(port)
    kinds = [road.deliver(MESSAGE, CAPTAIN, f"mate{number}@example.org", yes).kind for number in range(60)]
    road.close()
    return kinds


def test_what_happens_by_chance_happens_again_and_the_log_tells_what_was_accepted(tmp_path: Path) -> None:
    runs = []
    for run in (1, 2):
        with SinkProcess(tmp_path / f"{run}.log", *SOME) as sink:
            kinds = send_many(sink.port)
            runs.append((kinds, [mail.recipient for mail in sink.accepted()]))
    assert runs[0] == runs[1]
    kinds, recipients = runs[0]
    assert set(kinds) == {Kind.ACCEPTED, Kind.DEFERRED, Kind.IN_DOUBT}
    sure = [f"mate{number}@example.org" for number, kind in enumerate(kinds) if kind is not Kind.DEFERRED]
    assert recipients == sure


def test_sink_can_be_told_and_stopped_while_it_runs(tmp_path: Path) -> None:
    with SinkProcess(tmp_path / "mail.log") as sink:
        road = transport(sink.port)
        assert road.deliver(MESSAGE, CAPTAIN, MATE, yes).kind is Kind.ACCEPTED
        sink.refuse()
        assert road.deliver(MESSAGE, CAPTAIN, MATE, yes).is_connecting
        sink.listen()
        sink.script(Rule("rcpt", "550 5.1.1 Nobody", match="mate"))
        assert road.deliver(MESSAGE, CAPTAIN, MATE, yes).kind is Kind.REJECTED
        assert road.deliver(MESSAGE, CAPTAIN, "cook@example.org", yes).kind is Kind.ACCEPTED
        sink.process.kill()
        road.close()
    with SinkProcess(tmp_path / "mail.log") as sink:
        road = transport(sink.port)
        assert road.deliver(MESSAGE, CAPTAIN, MATE, yes).kind is Kind.ACCEPTED
        road.close()
    assert [mail.recipient for mail in accepted(tmp_path / "mail.log")] == [MATE, "cook@example.org", MATE]


def test_sink_is_a_mail_server_to_others_too(tmp_path: Path) -> None:
    with SinkProcess(tmp_path / "mail.log") as sink:
        with smtplib.SMTP("127.0.0.1", sink.port) as client:
            client.sendmail(CAPTAIN, [MATE, "cook@example.org"], MESSAGE)
        assert [(mail.sender, mail.recipient, mail.size) for mail in sink.accepted()] == [
            (CAPTAIN, MATE, len(MESSAGE)),
            (CAPTAIN, "cook@example.org", len(MESSAGE)),
        ]


# --- Which way the weekly email goes ----------------------------------------------------------------------------------


def test_weekly_email_goes_the_way_of_its_own_if_it_has_one(settings: Settings, tmp_path: Path) -> None:
    with SinkProcess(tmp_path / "mail.log") as sink:
        url = f"smtp://127.0.0.1:{sink.port}"
        for mailers in ({"default": mailer(url)}, {"default": mailer("postmark://key@"), "newsletter": mailer(url)}):
            settings.MAILERS = mailers
            road = new_transport()
            assert (type(road), carrier_name()) == (SmtpTransport, f"127.0.0.1:{sink.port}")
            assert road.deliver(MESSAGE, CAPTAIN, MATE, yes).kind is Kind.ACCEPTED
            road.close()
    settings.MAILERS = {"default": mailer("postmark://key@")}
    assert (type(new_transport()), carrier_name()) == (ProviderTransport, "postmark")


@pytest.mark.parametrize("answer", [True, False])
def test_on_ones_own_machine_it_lands_in_the_mailbox(
    mailoutbox: list[object],
    answer: bool,  # noqa: FBT001 (of a mark)
) -> None:
    road = new_transport()
    road.open()
    kind = road.deliver(MESSAGE, CAPTAIN, MATE, lambda: answer).kind
    road.close()
    assert (type(road), carrier_name()) == (Mailbox, "local mailbox")
    assert (kind, len(mailoutbox)) == ((Kind.ACCEPTED, 1) if answer else (Kind.ABORTED, 0))
