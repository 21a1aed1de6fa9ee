"""The weekly email over SMTP (docs/decisions/0039-a-transport-of-our-own.md).

Between the end of a message and the server's answer nobody can know whether the server has it. So everything that can
fail is made to fail before: the connection is looked at, the recipient is named, the whole body is sent; then the mark
is set, and then three bytes are sent.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from newsletter.sending.clocks import clock
from newsletter.sending.connecting import FailedError, Patience, Server, connect
from newsletter.sending.envelopes import Envelope, UnsendableError, on_the_line
from newsletter.sending.refusals import CLOSING, accepted, lost, refused
from newsletter.sending.transport import Kind, Outcome, Stage
from newsletter.sending.wire import Wire

END = b".\r\n"
# No answer, and one after which the server hangs up.
_PARTING = frozenset({None, CLOSING})


class SmtpTransport:
    """Keeps one connection for message after message.

    `at` is told of every stage that is behind us, of MARK and DOT the moment after the mark was set and the end was
    sent: there the fault tests break it.
    """

    def __init__(
        self,
        server: Server,
        *,
        patience: Patience | None = None,
        at: Callable[[Stage], None] = lambda _stage: None,
        now: Callable[[], float] = clock,
    ) -> None:
        self._server = server
        self._patience = patience or Patience()
        self._at, self._clock = at, now
        self._wire: Wire | None = None

    def open(self) -> None:
        """Connect ahead of the first message, which says what is wrong if this fails."""
        with suppress(FailedError):
            self._wire = self._wire or connect(self._server, self._patience, self._at)

    def deliver(self, message: bytes, sender: str, recipient: str, mark: Callable[[], bool]) -> Outcome:
        """One message to one mailbox. Whatever is raised (by the mark, by a signal) leaves no connection behind."""
        try:
            envelope = Envelope.of(message, sender, recipient)
            return self._deliver(self._announced(envelope), on_the_line(message), mark)
        except (UnsendableError, FailedError) as stopped:
            return stopped.outcome
        except BaseException:
            self._hang_up()
            raise

    def close(self) -> None:
        """Say goodbye, without waiting for the answer."""
        if self._wire is not None:
            with suppress(OSError):
                self._wire.put(b"QUIT\r\n")
        self._hang_up()

    def _deliver(self, wire: Wire, body: bytes, mark: Callable[[], bool]) -> Outcome:
        self._send_body(wire, body)
        begun = self._clock()
        if not mark():
            outcome = Outcome(Kind.ABORTED, Stage.MARK, text="The mark was refused.")
        elif self._clock() - begun > self._patience.mark:
            outcome = Outcome(Kind.ABORTED, Stage.DOT, text="The mark was set too long ago.")
        else:
            self._at(Stage.MARK)
            outcome = self._finish(wire)
        if outcome.code in _PARTING:
            self._hang_up()
        return outcome

    # --- Before the mark: whatever fails, the message is certainly not there ------------------------------------------

    def _announced(self, envelope: Envelope) -> Wire:
        """A connection whose server waits for the body. One that has grown old while idle is replaced silently."""
        if self._wire is not None:
            try:
                if self._wire.spoke_up() is None:
                    return self._announce(self._wire, envelope)
            except OSError:
                pass
            except FailedError as failed:
                if failed.outcome.code not in _PARTING:
                    raise
            self._hang_up()
        self._wire = connect(self._server, self._patience, self._at)
        return self._announce(self._wire, envelope)

    def _announce(self, wire: Wire, envelope: Envelope) -> Wire:
        """MAIL, RCPT and DATA: in one go where the server offers that, else one after the other."""
        is_piped = "pipelining" in wire.esmtp_features
        wire.patience = self._patience.envelope
        failed = problem = None
        for stage, sent in _steps(wire, envelope, is_piped=is_piped):
            problem = _ask(wire, stage, sent)
            failed = failed or problem
            if failed is None:
                self._at(stage)
            elif not is_piped or (problem is not None and problem.code is None):
                break
        wire.is_open_transaction = failed is not None
        if failed is None:
            return wire
        # One that waits for the body of a message to nobody is not asked anything further.
        if problem is None or not {problem.code, failed.code}.isdisjoint(_PARTING):
            self._hang_up()
        raise FailedError(failed)

    def _send_body(self, wire: Wire, body: bytes) -> None:
        """Everything but the end. A server that has hung up meanwhile, or says no already, is noticed here."""
        wire.patience = self._patience.body
        error: OSError | None = None
        try:
            wire.put(body)
        except OSError as broken:
            error = broken  # perhaps it said why
        failed = _interruption(wire, Stage.BODY, error)
        if failed is not None:
            self._hang_up()
            raise FailedError(failed)
        self._at(Stage.BODY)

    # --- After the mark -----------------------------------------------------------------------------------------------

    def _finish(self, wire: Wire) -> Outcome:
        """Send the end of the message and wait for the answer."""
        interruption = _interruption(wire, Stage.DOT)
        if interruption is not None:
            self._hang_up()
            return interruption
        try:
            wire.put(END)
        except (BrokenPipeError, ConnectionResetError) as error:
            return lost(Stage.DOT, error)  # the system took none of it: the server cannot have it
        except OSError as error:
            return lost(Stage.ANSWER, error)
        self._at(Stage.DOT)
        wire.patience = self._patience.answer
        try:
            answer = wire.answer()
        except OSError as error:
            return lost(Stage.ANSWER, error)
        self._at(Stage.ANSWER)
        return accepted(answer) if answer.code // 100 == 2 else refused(Stage.ANSWER, answer)

    def _hang_up(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None


def _steps(wire: Wire, envelope: Envelope, *, is_piped: bool) -> list[tuple[Stage, bytes]]:
    """What to say before each of the answers; a server that takes all at once is told everything before the first."""
    mail, rcpt = envelope.commands(wire.esmtp_features)
    steps = [(Stage.MAIL, mail), (Stage.RCPT, rcpt), (Stage.DATA, b"DATA\r\n")]
    if wire.is_open_transaction:
        steps.insert(0, (Stage.MAIL, b"RSET\r\n"))
    if not is_piped:
        return steps
    everything = b"".join(sent for _, sent in steps)
    return [(stage, b"" if number else everything) for number, (stage, _) in enumerate(steps)]


def _ask(wire: Wire, stage: Stage, sent: bytes) -> Outcome | None:
    """What is wrong with the answer, if anything."""
    try:
        if sent:
            wire.put(sent)
        answer = wire.answer()
    except OSError as error:
        return lost(stage, error)
    return None if answer.code // 100 == (3 if stage is Stage.DATA else 2) else refused(stage, answer)


def _interruption(wire: Wire, stage: Stage, error: OSError | None = None) -> Outcome | None:
    """What a server that should be waiting has said or done instead."""
    try:
        said = wire.spoke_up()
    except OSError as broken:
        error = error or broken
    else:
        if said is not None:
            return refused(stage, said)
    return lost(stage, error) if error is not None else None
