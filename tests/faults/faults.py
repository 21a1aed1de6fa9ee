"""The faults of specs/mail.md, section 6, one function each: it breaks things, and returns the oracle's verdict."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence

from newsletter.models import Delivery
from tests.faults.oracle import Verdict
from tests.faults.stage import Stage, Theatre
from tests.newsletter.audiences import being_sent
from tests.sink import Rule

# Where a worker can be broken, in order; what follows "marked" may be doubted, what comes before never.
BEFORE = ("claiming", "claimed", "connect", "mail", "rcpt", "body", "marking")
UNSENT = ("marked", "mark")  # the mark stands, and the end of the message was not sent
SENT = ("dot", "answer", "answered")
AFTER = ("recorded",)
ONCE = ("claiming", "claimed", "connect")  # by a worker with few to send
POINTS = (*BEFORE, *UNSENT, *SENT, *AFTER)
BAD = Rule("rcpt", "550 5.1.1 No such mailbox", match="[05]0@")  # one in fifty
SLOW = Rule("dot", delay=0.02, share=0.5)  # a server that takes its time, so that there is time to break something


def f1(theatre: Theatre, recipients: int, workers: int) -> Verdict:
    """Nothing is broken."""
    with Stage(theatre, being_sent(recipients), BAD) as stage:
        return stage.finish(workers)


def f2(theatre: Theatre, recipients: int, kills: int, workers: int, seed: int) -> Verdict:
    """kill -9 of random workers in the middle of their work, each replaced by another."""
    chance = random.Random(seed)  # noqa: S311
    with Stage(theatre, being_sent(recipients), BAD, SLOW) as stage:
        crew = [stage.start() for _ in range(workers)]
        while stage.faults < kills and Delivery.objects.filter(state__in=("queued", "claimed")).exists():
            time.sleep(chance.uniform(0, 0.15))
            unlucky = crew.pop(chance.randrange(len(crew)))
            stage.faults += stage.kill(unlucky) != 0
            crew.append(stage.start())
        for pid in crew:
            stage.wait(pid)
        # So many doubts halt the issue, and an editor lets it go on.
        verdict = stage.finish(workers, resumes=True)
        return verdict.insist(stage.faults == kills, "it was over before they were killed")


def f3(theatre: Theatre, points: Sequence[str], kills: int) -> tuple[Verdict, dict[str, tuple[int, int]]]:
    """kill -9 exactly at each point, so often; also how many were in doubt after that, and got it twice in the end."""
    doubted: dict[str, set[int]] = {}
    with Stage(theatre, being_sent(4 * kills * len(points))) as stage:
        for point in points:
            before = in_doubt()
            for _ in range(kills):
                code = stage.run(at=point, nth=1 if point in ONCE else 2)
                assert code == -9, f"no worker came to {point}, but ended with {code}"
                stage.faults += 1
                stage.clear()
            doubted[point] = in_doubt() - before
        verdict = stage.finish()
        copies = Counter(mail.recipient for mail in stage.mails())
    names = dict(Delivery.objects.values_list("pk", "address"))
    twice = {point: sum(copies[names[pk] or ""] == 2 for pk in pks) for point, pks in doubted.items()}
    return verdict, {point: (len(pks), twice[point]) for point, pks in doubted.items()}


def in_doubt() -> set[int]:
    return set(Delivery.objects.filter(state="in_doubt").values_list("pk", flat=True))
