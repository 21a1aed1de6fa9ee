"""F4, F15, F18 and F19: what happens to workers while their readers, clocks and machines do what they want."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence

from django.db import connection
from django.db.models import QuerySet

from newsletter.models import Delivery, Subscriber
from newsletter.sending.rounds import look_after
from newsletter.services import unsubscribe
from tests.faults.faults import BAD, ONCE, SLOW
from tests.faults.oracle import Verdict
from tests.faults.stage import Stage, Theatre, until
from tests.newsletter.audiences import being_sent

HOUR = 3600
GUARD = 0.5  # seconds; as if they were the minutes of a real one


def f4(theatre: Theatre, recipients: int, stops: int, workers: int, seed: int) -> Verdict:
    """Deploys: workers are told to stop one after the other, each after its successor has begun."""
    chance = random.Random(seed)  # noqa: S311
    with Stage(theatre, being_sent(recipients), BAD, SLOW) as stage:
        crew = [stage.start() for _ in range(workers)]
        ended = set()
        while stage.faults < stops and stage.has_work():
            time.sleep(chance.uniform(0, 0.15))
            crew.append(stage.start())
            ended.add(stage.tell(crew.pop(chance.randrange(len(crew) - 1))))
            stage.faults += 1
        for pid in crew:
            stage.wait(pid)
        # One that is told before it listens has not begun anything.
        return (
            stage.finish(workers)
            .insist_on_once()
            .insist(ended <= {0, -15}, f"workers ended with {ended}")
            .insist(stage.faults == stops, "it was over before they were told to stop")
        )


def f15(theatre: Theatre, recipients: int, jumps: int) -> Verdict:
    """Workers whose clocks are wrong by hours and days, and a database whose clock jumps ahead by an hour."""
    shifts = (-2 * HOUR, 2 * HOUR, -24 * HOUR, 24 * HOUR)
    with Stage(theatre, being_sent(recipients), BAD) as stage:
        crew = [stage.start(shift=shift) for shift in shifts]
        for number in range(1, jumps + 1):
            stage.until_sent(number * recipients // (jumps + 2))
            _jump_ahead()
            look_after()
        stage.faults = len(shifts) + jumps
        for pid in crew:
            stage.wait(pid)
        return stage.finish(workers=2).insist_on_once()


def _jump_ahead() -> None:
    """To the database an hour has passed: whatever it has noted was an hour earlier."""
    with connection.cursor() as cursor:
        for table, names in {
            "newsletter_delivery": ("not_before", "claimed_at", "marked_at", "doubt_until"),
            "newsletter_carrier": ("not_before", "filled_at"),
        }.items():
            moved = ", ".join(f"{name} = {name} - interval '1 hour'" for name in names)
            which = " WHERE final_at IS NULL" if table == "newsletter_delivery" else ""
            cursor.execute(f"UPDATE {table} SET {moved}{which}")  # noqa: S608


def f18(theatre: Theatre, recipients: int, points: Sequence[str], times: int) -> tuple[Verdict, dict[str, int]]:
    """At every point a worker stands still while readers whose message it has leave; also how many of them got it
    after they had left, by point.
    """
    late: Counter[str] = Counter()
    with Stage(theatre, being_sent(recipients)) as stage:
        for point in points:
            for _ in range(times):
                pid = stage.start(at=point, nth=1 if point in ONCE else 2, do="stop")
                with stage.stopped(pid):
                    gone = _some_leave(stage)
                    before = Counter(mail.recipient for mail in stage.mails())
                    on_the_wire = set(gone.filter(state="transmitting").values_list("address", flat=True))
                    leavers = set(gone.values_list("address", flat=True))
                stage.tell(pid)
                after = Counter(mail.recipient for mail in stage.mails()) - before
                late[point] += sum(after[address or ""] for address in leavers)
                surprised = [address for address in leavers - on_the_wire if after[address or ""]]
                assert not surprised, f"{surprised} had left before the mark, at {point}"
                stage.faults += len(leavers)
        verdict = stage.finish(workers=2).insist_on_once()
    return verdict, dict(late)


def _some_leave(stage: Stage) -> QuerySet[Delivery]:
    """Five of those whose messages are at hand, or are next."""
    at_hand = Delivery.objects.filter(issue=stage.issue, state__in=("claimed", "transmitting")).order_by("pk")
    chosen = list(at_hand.values_list("pk", flat=True)[:5])
    if not chosen:
        waiting = Delivery.objects.filter(issue=stage.issue, state="queued").order_by("not_before", "pk")
        chosen = list(waiting.values_list("pk", flat=True)[:5])
    gone = Delivery.objects.filter(pk__in=chosen)
    for subscriber in Subscriber.objects.filter(pk__in=gone.values("subscriber_id")):
        unsubscribe(subscriber, "test")
    return gone


def f19(theatre: Theatre, recipients: int, frozen: int) -> Verdict:
    """Workers are frozen between the mark and the end of the message for longer than the guard, so many one after the
    other. Of every other one the database loses the session too, so that its message is doubted and goes out again
    by another worker before the frozen one goes on.
    """
    with Stage(theatre, being_sent(recipients)) as stage:
        for number in range(frozen):
            pid = stage.start(at="marked", nth=2, do="stop", guard=GUARD)
            with stage.stopped(pid):
                begun = time.monotonic()
                if number % 2:
                    _end_session_of_the_frozen(stage)
                until(lambda since=begun: time.monotonic() > since + GUARD, "the guard's time")  # type: ignore[misc]
            stage.tell(pid)
            stage.faults += 1
        verdict = stage.finish(workers=2)
        return verdict.insist(not verdict.duplicates, "somebody got it twice")


def _end_session_of_the_frozen(stage: Stage) -> None:
    """And let twenty minutes pass: somebody else sends what it had marked."""
    (marked,) = Delivery.objects.filter(issue=stage.issue, state="transmitting").values_list("pk", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE application_name = 'newsletter' AND datname = current_database()"
        )
    look_after()
    assert Delivery.objects.get(pk=marked).state == "in_doubt"
    stage.pass_time()
    look_after()
    other = stage.start()
    until(lambda: Delivery.objects.get(pk=marked).state == "accepted", "the message of another worker")
    stage.tell(other)
