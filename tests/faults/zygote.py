"""A process that has everything imported and makes workers by forking, so that thirty of them die in seconds.

It reads orders as lines of JSON and answers each with one line. It never opens a connection of its own. What a worker
may be told: `port` of the sink; `username` to log in with; `at`, `nth` and `do`, what it does to itself and where;
`guard`, seconds from the mark to the end of a message; `shift`, seconds that its clock is wrong by; or `beat`, then it
is no worker, but ticks once at that moment.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.utils import timezone


def main() -> None:
    django.setup()
    from django.urls import reverse

    import newsletter.sending.draining  # noqa: F401 - what every worker needs, once for all

    reverse("newsletter_sent")

    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            answer: Any = os.waitpid(order["wait"], 0)[1]
        else:
            answer = _fork(order)
        _say(json.dumps(answer))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = _work(order)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _work(order: dict[str, Any]) -> int:
    """One worker: drains until nothing is ready, or until what was ordered happens to it."""
    from newsletter.sending.draining import drain
    from newsletter.sending.stopping import is_told_to_stop, stopping_when_told
    from newsletter.sending.worker import Orders

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    settings.NEWSLETTER_JOURNAL = order["journal"]  # the starter's, not that of whoever made the zygote
    if "beat" in order:
        return _beat(order["beat"], order["shift"])
    _set_clock(order.get("shift", 0))
    reached = breaking(order.get("at", ""), order.get("nth", 1), order.get("do", "kill"))
    with stopping_when_told():
        while not is_told_to_stop():
            orders = Orders("sink", seconds=order.get("seconds", 60), is_told_to_stop=is_told_to_stop, reached=reached)
            drained = drain(_transport(order, reached), orders)
            if not drained.has_more:
                break
    return 0


def _transport(order: dict[str, Any], reached: Callable[[str], None]) -> Any:
    from newsletter.sending.connecting import Patience, Security, Server
    from newsletter.sending.smtp import SmtpTransport

    name = order.get("username", "")
    server = Server("127.0.0.1", order["port"], Security.PLAIN, name, name and "secret")
    return SmtpTransport(server, at=reached, patience=Patience(mark=order.get("guard", 300)))


def _beat(moment: float, shift: float) -> int:
    """The minute, in the same instant as everybody else's."""
    from newsletter.sending.rounds import look_after
    from newsletter.services.ticking import tick

    connection.ensure_connection()
    while time.time() < moment:
        pass
    _set_clock(shift)
    tick()
    look_after()
    return 0


def _set_clock(shift: float) -> None:
    """Wall clocks of this process are wrong from now on."""
    if shift:
        right, wrong = time.time, timedelta(seconds=shift)
        now = timezone.now
        time.time = lambda: right() + shift
        time.time_ns = lambda: int((right() + shift) * 1e9)
        timezone.now = lambda: now() + wrong


def breaking(at: str, nth: int, what: str) -> Callable[[str], None]:
    """An observer that does something to its own process when it is told of a point for the nth time."""
    seen: Counter[str] = Counter()
    number = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "end": signal.SIGTERM}[what]

    def reached(point: str) -> None:
        seen[point] += 1
        if point == at and seen[point] == nth:
            os.kill(os.getpid(), number)

    return reached


if __name__ == "__main__":
    main()
