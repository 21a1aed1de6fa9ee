"""The transport in real conversations with a sink that keeps the truth (tests/sink.py)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.sending.connecting import Patience, Security, Server
from newsletter.sending.envelopes import on_the_line
from newsletter.sending.smtp import SmtpTransport
from newsletter.sending.transport import Kind, Outcome, Stage
from tests.sink import FEATURES, Rule, Sink

MATE, CAPTAIN = "mate@example.org", "captain@example.org"
MESSAGE = b"Message-ID: <1@drydock.example>\r\nSubject: Ahoy\r\n\r\nAll hands.\r\n"
NOT_PIPED = tuple(feature for feature in FEATURES if feature != "PIPELINING")
QUICK = Patience(connect=30, talk=30, envelope=30, body=30, answer=30)


def yes() -> bool:
    return True


class Marks:
    """A mark that counts how often it was set."""

    count = 0

    def __call__(self) -> bool:
        self.count += 1
        return True


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with Sink(tmp_path / "mail.log") as made:
        yield made


def transport(port: int, patience: Patience = QUICK, **options: Any) -> SmtpTransport:
    return SmtpTransport(
        Server("127.0.0.1", port, Security.PLAIN, name="drydock.example"), patience=patience, **options
    )


def try_once(sink: Sink, *rules: Rule, patience: Patience = QUICK, mark: Callable[[], bool] = yes) -> Outcome:
    """One message over a connection of its own."""
    sink.script(*rules)
    road = transport(sink.port, patience)
    outcome = road.deliver(MESSAGE, CAPTAIN, MATE, mark)
    road.close()
    return outcome


def taken(sink: Sink) -> list[tuple[str, str]]:
    return [(mail.message_id, mail.recipient) for mail in sink.accepted()]


def test_message_arrives_and_server_says_how_it_calls_it(sink: Sink) -> None:
    outcome = try_once(sink)
    text = "2.0.0 Ok: queued as 00000001"
    assert outcome == Outcome(Kind.ACCEPTED, Stage.ANSWER, 250, "2.0.0", text, "00000001")
    assert taken(sink) == [("<1@drydock.example>", MATE)]
    assert sink.messages == [MESSAGE]
    mail = f"MAIL FROM:<{CAPTAIN}> SIZE={len(MESSAGE)}"
    assert sink.heard() == ["(connected)", "ehlo drydock.example", mail, f"RCPT TO:<{MATE}>", "DATA", "QUIT"]


def test_connection_is_kept_for_message_after_message(sink: Sink) -> None:
    road = transport(sink.port)
    road.open()
    kinds = [road.deliver(MESSAGE, CAPTAIN, f"mate{number}@example.org", yes).kind for number in range(20)]
    road.close()
    road.close()
    assert kinds == [Kind.ACCEPTED] * 20
    assert sink.commands.count("(connected)") == 1
    assert [mail.recipient for mail in sink.accepted()] == [f"mate{number}@example.org" for number in range(20)]


REFUSALS = [
    # What the server does; what that means, how far it came, and the codes.
    (Rule("greeting", "421 4.3.2 Not now"), Kind.DEFERRED, Stage.GREETING, 421, "4.3.2"),
    (Rule("greeting", "554 5.7.1 We do not like you"), Kind.SENDER_FAULT, Stage.GREETING, 554, "5.7.1"),
    (Rule("greeting", drop=True), Kind.DEFERRED, Stage.GREETING, None, ""),
    (Rule("greeting", "SSH-2.0-OpenSSH"), Kind.DEFERRED, Stage.GREETING, None, ""),
    (Rule("ehlo", "550 5.7.1 Bad name"), Kind.SENDER_FAULT, Stage.EHLO, 550, "5.7.1"),
    (Rule("ehlo", "451 4.3.0 Later"), Kind.DEFERRED, Stage.EHLO, 451, "4.3.0"),
    (Rule("ehlo", drop=True), Kind.DEFERRED, Stage.EHLO, None, ""),
    (Rule("mail", "550 5.7.1 Not from you"), Kind.SENDER_FAULT, Stage.MAIL, 550, "5.7.1"),
    (Rule("mail", "530 5.7.0 Must issue a STARTTLS command first"), Kind.SENDER_FAULT, Stage.MAIL, 530, "5.7.0"),
    (Rule("mail", "451 4.3.0 Later"), Kind.DEFERRED, Stage.MAIL, 451, "4.3.0"),
    (Rule("mail", "421 4.7.0 Enough"), Kind.DEFERRED, Stage.MAIL, 421, "4.7.0"),
    (Rule("rcpt", "550 5.1.1 Nobody of that name"), Kind.REJECTED, Stage.RCPT, 550, "5.1.1"),
    (Rule("rcpt", "550 Nobody"), Kind.REJECTED, Stage.RCPT, 550, ""),
    (Rule("rcpt", "550-5.1.1 Nobody\r\n550 5.1.1 of that name"), Kind.REJECTED, Stage.RCPT, 550, "5.1.1"),
    (Rule("rcpt", "550 5.1.1 Nobody", drop=True), Kind.REJECTED, Stage.RCPT, 550, "5.1.1"),
    (Rule("rcpt", "450 4.2.1 Mailbox busy"), Kind.DEFERRED, Stage.RCPT, 450, "4.2.1"),
    (Rule("rcpt", "554 5.7.1 <mate>: Relay access denied"), Kind.SENDER_FAULT, Stage.RCPT, 554, "5.7.1"),
    (Rule("rcpt", "530 5.7.0 Authentication required"), Kind.SENDER_FAULT, Stage.RCPT, 530, "5.7.0"),
    (Rule("rcpt", drop=True), Kind.DEFERRED, Stage.RCPT, None, ""),
    (Rule("data", "554 5.6.0 Not this"), Kind.REJECTED, Stage.DATA, 554, "5.6.0"),
    (Rule("data", "451 4.3.0 Later"), Kind.DEFERRED, Stage.DATA, 451, "4.3.0"),
    (Rule("data", drop=True), Kind.DEFERRED, Stage.DATA, None, ""),
    (Rule("dot", "451 4.3.0 Later"), Kind.DEFERRED, Stage.ANSWER, 451, "4.3.0"),
    (Rule("dot", "421 4.3.2 Going down"), Kind.DEFERRED, Stage.ANSWER, 421, "4.3.2"),
    (Rule("dot", "554 5.7.1 Spam"), Kind.REJECTED, Stage.ANSWER, 554, "5.7.1"),
    (Rule("dot", "550 5.1.1 Nobody after all"), Kind.REJECTED, Stage.ANSWER, 550, "5.1.1"),
    (Rule("dot", drop=True), Kind.IN_DOUBT, Stage.ANSWER, None, ""),
    (Rule("dot", "???"), Kind.IN_DOUBT, Stage.ANSWER, None, ""),
    (Rule("dot", "354 Go on"), Kind.IN_DOUBT, Stage.ANSWER, 354, ""),
]


@pytest.mark.parametrize(("rule", "kind", "stage", "code", "enhanced"), REFUSALS)
@pytest.mark.parametrize("features", [FEATURES, NOT_PIPED], ids=["piped", "one by one"])
def test_every_refusal_is_told_apart(
    tmp_path: Path,
    features: tuple[str, ...],
    rule: Rule,
    kind: Kind,
    stage: Stage,
    code: int | None,
    enhanced: str,
) -> None:
    with Sink(tmp_path / "mail.log", rule, features=features) as sink:
        road, marks = transport(sink.port), Marks()
        outcome = road.deliver(MESSAGE, CAPTAIN, MATE, marks)
        assert (outcome.kind, outcome.stage, outcome.code, outcome.enhanced) == (kind, stage, code, enhanced)
        assert taken(sink) == []
        assert marks.count == (stage is Stage.ANSWER)
        # Whatever it was, the next message goes through, over this connection or another.
        sink.script()
        assert road.deliver(MESSAGE, CAPTAIN, "bosun@example.org", yes).kind is Kind.ACCEPTED
        assert taken(sink) == [("<1@drydock.example>", "bosun@example.org")]
        road.close()


def test_answer_lost_after_the_end_is_in_doubt_whether_the_server_has_it_or_not(sink: Sink) -> None:
    for accepts in (True, False):
        outcome = try_once(sink, Rule("dot", drop=True, accepts=accepts))
        assert (outcome.kind, outcome.stage) == (Kind.IN_DOUBT, Stage.ANSWER)
    assert len(sink.accepted()) == 1


@pytest.mark.parametrize(
    ("at", "patience", "kind", "stage"),
    [
        ("greeting", Patience(talk=0.1), Kind.DEFERRED, Stage.GREETING),
        ("mail", Patience(envelope=0.1), Kind.DEFERRED, Stage.MAIL),
        ("dot", Patience(answer=0.1), Kind.IN_DOUBT, Stage.ANSWER),
    ],
)
def test_silence_is_waited_out_and_told_by_its_stage(
    sink: Sink, at: str, patience: Patience, kind: Kind, stage: Stage
) -> None:
    outcome = try_once(sink, Rule(at, is_silent=True), patience=patience)
    assert (outcome.kind, outcome.stage, outcome.text) == (kind, stage, "No answer in time.")


def test_the_answer_to_the_end_has_ten_minutes_and_every_other_less() -> None:
    assert Patience() == Patience(connect=30, talk=60, envelope=120, body=180, answer=600, mark=300)


def test_nobody_listens(tmp_path: Path) -> None:
    with Sink(tmp_path / "mail.log") as sink:
        road = transport(sink.port)
        sink.refuse()
        road.open()
        outcome = road.deliver(MESSAGE, CAPTAIN, MATE, yes)
        assert (outcome.kind, outcome.stage, outcome.is_connecting) == (Kind.DEFERRED, Stage.CONNECT, True)
        sink.listen()
        assert road.deliver(MESSAGE, CAPTAIN, MATE, yes).kind is Kind.ACCEPTED
        road.close()


@pytest.mark.parametrize("reply", ["", "552 5.3.4 Too big"])
def test_server_that_hangs_up_during_the_body_is_noticed_before_the_mark(sink: Sink, reply: str) -> None:
    sink.script(Rule("body", reply, drop=True))
    road, marks = transport(sink.port), Marks()
    # It hangs up on the first bytes of a body that does not fit into what the system holds for it.
    outcome = road.deliver(MESSAGE + b"x" * 20_000_000, CAPTAIN, MATE, marks)
    assert (outcome.stage, marks.count, taken(sink)) == (Stage.BODY, 0, [])
    # Why it hung up may be lost with the line.
    assert outcome.kind is (Kind.REJECTED if outcome.code == 552 else Kind.DEFERRED)
    assert outcome.code in ({552, None} if reply else {None})


@pytest.mark.parametrize("reply", ["", "421 4.4.2 Idle for too long"])
def test_connection_that_grew_old_is_replaced_without_a_word(sink: Sink, reply: str) -> None:
    sink.script(Rule("idle", reply, drop=True, times=1))
    road = transport(sink.port)
    outcomes = [road.deliver(MESSAGE, CAPTAIN, MATE, yes).kind for _ in range(3)]
    road.close()
    assert outcomes == [Kind.ACCEPTED] * 3
    assert (len(sink.accepted()), sink.commands.count("(connected)")) == (3, 2)


def test_connection_that_has_carried_enough_is_replaced_without_a_word(sink: Sink) -> None:
    sink.script(Rule("mail", "421 4.7.0 Enough for one connection", skip=2, times=1))
    road = transport(sink.port)
    assert [road.deliver(MESSAGE, CAPTAIN, MATE, yes).kind for _ in range(4)] == [Kind.ACCEPTED] * 4
    road.close()
    assert (len(sink.accepted()), sink.commands.count("(connected)")) == (4, 2)


@pytest.mark.parametrize("features", [FEATURES, NOT_PIPED], ids=["piped", "one by one"])
def test_after_a_refusal_the_same_connection_goes_on(tmp_path: Path, features: tuple[str, ...]) -> None:
    rules = [Rule("rcpt", "550 5.1.1 Nobody", match="gone"), Rule("dot", "554 5.7.1 Spam", match="picky")]
    with Sink(tmp_path / "mail.log", *rules, features=features) as sink:
        road = transport(sink.port)
        names = ["gone", "mate", "picky", "bosun", "gone", "gone", "cook"]
        kinds = [road.deliver(MESSAGE, CAPTAIN, f"{name}@example.org", yes).kind for name in names]
        road.close()
        good, bad = Kind.ACCEPTED, Kind.REJECTED
        assert kinds == [bad, good, bad, good, bad, bad, good]
        assert [mail.recipient.partition("@")[0] for mail in sink.accepted()] == ["mate", "bosun", "cook"]
        assert (sink.commands.count("(connected)"), sink.commands.count("RSET")) == (1, 3)


def test_server_that_takes_a_body_for_nobody_gets_none(sink: Sink) -> None:
    """One that answers DATA with 354 although it refused the recipient: the connection is dropped, nothing is sent."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        road = transport(listening.getsockname()[1])
        replies = b"220 x\r\n", b"250-x\r\n250 PIPELINING\r\n", b"250 Ok\r\n550 5.1.1 Nobody\r\n354 Go\r\n"
        heard: list[bytes] = []

        def converse() -> None:
            connection, _ = listening.accept()
            with connection:
                for reply in replies:
                    connection.sendall(reply)
                    heard.append(connection.recv(4096))

        thread = threading.Thread(target=converse)
        thread.start()
        outcome = road.deliver(MESSAGE, CAPTAIN, MATE, yes)
        thread.join()
    assert (outcome.kind, outcome.stage, heard[-1]) == (Kind.REJECTED, Stage.RCPT, b"")


# --- The mark ---------------------------------------------------------------------------------------------------------


def test_mark_is_set_when_everything_but_the_end_was_sent(sink: Sink) -> None:
    seen: list[Any] = []

    def mark() -> bool:
        seen.append((list(seen), list(sink.commands), sink.accepted()))
        return True

    road = SmtpTransport(Server("127.0.0.1", sink.port, Security.PLAIN, name="x.example"), at=seen.append)
    road.deliver(MESSAGE, CAPTAIN, MATE, mark)
    road.close()
    before = [Stage.CONNECT, Stage.GREETING, Stage.EHLO, Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY]
    assert seen[7] == (before, sink.commands[:5], [])
    assert seen[:7] + seen[8:] == [*before, Stage.MARK, Stage.DOT, Stage.ANSWER]


def test_mark_that_says_no_sends_nothing_and_drops_the_line(sink: Sink) -> None:
    outcome = try_once(sink, mark=lambda: False)
    assert (outcome.kind, outcome.stage) == (Kind.ABORTED, Stage.MARK)
    assert (sink.accepted(), sink.heard()[-1]) == ([], "DATA")


@pytest.mark.parametrize("raised", [RuntimeError, KeyboardInterrupt])
def test_mark_that_fails_sends_nothing_and_leaves_no_connection(sink: Sink, raised: type[BaseException]) -> None:
    def mark() -> bool:
        raise raised

    road = transport(sink.port)
    with pytest.raises(raised):
        road.deliver(MESSAGE, CAPTAIN, MATE, mark)
    assert sink.accepted() == []
    assert road.deliver(MESSAGE, CAPTAIN, "bosun@example.org", yes).kind is Kind.ACCEPTED
    road.close()
    assert (taken(sink), sink.commands.count("(connected)")) == ([("<1@drydock.example>", "bosun@example.org")], 2)


def test_process_that_was_frozen_after_the_mark_sends_nothing(sink: Sink) -> None:
    clock = iter([0.0, 301.0])
    road = transport(sink.port, now=lambda: next(clock))
    outcome = road.deliver(MESSAGE, CAPTAIN, MATE, yes)
    assert (outcome.kind, outcome.stage) == (Kind.ABORTED, Stage.DOT)
    assert sink.accepted() == []


def test_server_that_goes_while_the_mark_is_set_leaves_no_doubt(sink: Sink) -> None:
    def mark() -> bool:
        sink.refuse()
        return True

    outcome = try_once(sink, mark=mark)
    assert (outcome.kind, outcome.stage, outcome.is_connecting) == (Kind.DEFERRED, Stage.DOT, False)
    assert sink.accepted() == []


# --- What is sent -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b".", b"..\r\n"),
        (b"A\r\n.\r\nB\r\n", b"A\r\n..\r\nB\r\n"),
        (b".A\r\n..\r\n...B", b"..A\r\n...\r\n....B\r\n"),
        (b"A\n.\nB\r.\rC\r\n", b"A\r\n..\r\nB\r\n..\r\nC\r\n"),
        (b"A\r\n.\rQUIT\r\n", b"A\r\n..\r\nQUIT\r\n"),
        (b"", b""),
    ],
)
def test_no_line_of_a_message_ends_it(sink: Sink, body: bytes, line: bytes) -> None:
    road = transport(sink.port)
    for number in range(2):
        message = b"Message-ID: <%d@x.example>\r\n\r\n" % number
        assert road.deliver(message + body, CAPTAIN, MATE, yes).kind is Kind.ACCEPTED
        assert sink.messages[-1] == message + line
    assert on_the_line(on_the_line(message + body)) == sink.messages[-1]
    road.close()


@pytest.mark.parametrize(
    "address",
    [
        *(
            "mate@example.org\r\nRCPT TO:<spy@example.org>",
            "mate\n@example.org",
            "mate@example.org>",
            "m ate@example.org",
        ),
        *("", "mate", "@example.org", "mate@", "mate\0@example.org", "<mate@example.org>", f"mate@{'x' * 64}ö.example"),
    ],
)
def test_address_that_is_none_is_never_said_to_the_server(sink: Sink, address: str) -> None:
    road = transport(sink.port)
    outcome = road.deliver(MESSAGE, CAPTAIN, address, yes)
    assert (outcome.kind, outcome.stage, outcome.enhanced) == (Kind.REJECTED, Stage.RCPT, "5.1.3")
    assert road.deliver(MESSAGE, address, MATE, yes).kind is Kind.SENDER_FAULT
    assert sink.commands == []


def test_domains_are_said_in_ascii_and_names_as_they_are_where_the_server_can(sink: Sink) -> None:
    road = transport(sink.port)
    assert road.deliver(MESSAGE, CAPTAIN, "mate@bücher.example", yes).kind is Kind.ACCEPTED
    assert road.deliver(MESSAGE, CAPTAIN, "jörg@bücher.example", yes).kind is Kind.ACCEPTED
    assert road.deliver("Subject: Öl\r\n\r\n".encode(), CAPTAIN, MATE, yes).kind is Kind.ACCEPTED
    assert road.deliver("Subject: x\r\n\r\nÖl".encode(), CAPTAIN, MATE, yes).kind is Kind.ACCEPTED
    road.close()
    names = [mail.recipient for mail in sink.accepted()]
    assert names == ["mate@xn--bcher-kva.example", "jörg@xn--bcher-kva.example", MATE, MATE]
    asked = [command.partition("> ")[2] for command in sink.commands if command.startswith("MAIL")]
    foreign = "BODY=8BITMIME SMTPUTF8"
    assert [words.partition(" ")[2] for words in asked] == ["", foreign, foreign, "BODY=8BITMIME"]


def test_server_that_knows_only_ascii_is_not_sent_anything_else(tmp_path: Path) -> None:
    with Sink(tmp_path / "mail.log", features=("PIPELINING",)) as sink:
        road = transport(sink.port)
        outcome = road.deliver(MESSAGE, CAPTAIN, "jörg@example.org", yes)
        assert (outcome.kind, outcome.stage, outcome.enhanced) == (Kind.REJECTED, Stage.RCPT, "5.6.7")
        outcome = road.deliver("Subject: x\r\n\r\nÖl".encode(), CAPTAIN, MATE, yes)
        assert (outcome.kind, outcome.stage, outcome.enhanced) == (Kind.SENDER_FAULT, Stage.MAIL, "5.6.3")
        assert road.deliver(MESSAGE, CAPTAIN, MATE, yes).kind is Kind.ACCEPTED
        assert f"MAIL FROM:<{CAPTAIN}>" in sink.commands
        road.close()


def test_server_without_ehlo_is_greeted_the_old_way(tmp_path: Path) -> None:
    with Sink(tmp_path / "mail.log", Rule("ehlo", "502 5.5.1 What?")) as sink:
        assert try_once(sink, Rule("ehlo", "502 5.5.1 What?")).kind is Kind.ACCEPTED
        assert sink.commands[2] == "helo drydock.example"
