"""What a server's answer means for the message, by how far it had come (RFC 5321, RFC 3463)."""

from __future__ import annotations

import re

from newsletter.sending.transport import CONNECTING, Kind, Outcome, Stage
from newsletter.sending.wire import Answer

CLOSING = 421
_ADDRESS = re.compile(r"\S*@\S*")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
# What a server calls the message that it took: Postfix, Exim, Amazon.
_QUEUE_NAME = re.compile(r"(?:queued as |id=|^Ok )([\w.-]{6,100})", re.IGNORECASE)
# A server that says so has something against us, or does not understand us, whomever the message is for.
_ABOUT_US = frozenset({500, 502, 503, 504, 530, 534, 535, 538})
_OUR_STAGES = CONNECTING | {Stage.MAIL}


def enhanced_of(text: str) -> str:
    """The code of three numbers that begins a server's words, if any.

    >>> enhanced_of("5.1.1 No such mailbox")
    '5.1.1'
    """
    found = _ENHANCED.match(text)
    return found[0] if found else ""


def accepted(answer: Answer) -> Outcome:
    """250 after the end of the message: the server has it."""
    name = _QUEUE_NAME.search(answer.text.removeprefix(enhanced_of(answer.text)).strip())
    return _outcome(Kind.ACCEPTED, Stage.ANSWER, answer, name[1] if name else "")


def refused(stage: Stage, answer: Answer) -> Outcome:
    """Any other answer than the one hoped for."""
    return _outcome(_kind(stage, answer), stage, answer)


def lost(stage: Stage, error: BaseException) -> Outcome:
    """No answer at all: certain before the end of the message was sent, in doubt after it."""
    is_sent = stage is Stage.ANSWER
    return Outcome(Kind.IN_DOUBT if is_sent else Kind.DEFERRED, stage, text=str(error)[:500])


def _kind(stage: Stage, answer: Answer) -> Kind:
    if 400 <= answer.code < 500:
        return Kind.DEFERRED
    if 500 <= answer.code < 600:
        return Kind.SENDER_FAULT if stage in _OUR_STAGES or _is_about_us(answer) else Kind.REJECTED
    # No answer that the protocol knows here. Nothing can be concluded from it once the message was sent.
    return Kind.IN_DOUBT if stage is Stage.ANSWER else Kind.DEFERRED


def _is_about_us(answer: Answer) -> bool:
    """A relay that refuses to relay says so about each recipient, and means none of them."""
    is_policy = enhanced_of(answer.text) in {"", "5.7.0", "5.7.1"}
    return answer.code in _ABOUT_US or (
        is_policy and re.search(r"\brelay", _ADDRESS.sub("", answer.text), re.IGNORECASE) is not None
    )


def _outcome(kind: Kind, stage: Stage, answer: Answer, provider_id: str = "") -> Outcome:
    code = answer.code if answer.code > 0 else None
    return Outcome(kind, stage, code, enhanced_of(answer.text), answer.text, provider_id)
