"""F13, F17, F20 and F21: the minute, readers whose mail cannot be made, and what providers report."""

from __future__ import annotations

import random
import time
from datetime import timedelta

from django.db import connection
from django.test import override_settings
from django.utils import timezone

from newsletter.models import Delivery, Issue, MailEvent, Schedule, Subscriber
from newsletter.sending.rounds import look_after
from newsletter.services.events import settle_events
from newsletter.services.ticking import due_issues, set_schedule, tick
from tests.faults.oracle import Verdict
from tests.faults.stage import Stage, Theatre
from tests.newsletter.audiences import approved, being_sent, make_readers
from tests.newsletter.reporting import SECRETS, by_postmark, suppressions, told_thrice, withdrawn

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def f13(theatre: Theatre, recipients: int, beats: int, times: int, weeks_ahead: int = 0) -> Verdict:
    """Many beats in the same instant, before an issue is due and when it is; in a week to come, so that there may be
    another after this.
    """
    make_readers(recipients)
    shift = weeks_ahead * 7 * DAY
    soon = timezone.now() + shift + HOUR
    set_schedule(Schedule(is_on=True, weekday=soon.isoweekday(), local_time=soon.time(), zone="UTC", veto_hours=2))
    before = set(Issue.objects.values_list("pk", flat=True))
    problems = _beat_together(theatre, beats, times, shift)
    made = Issue.objects.exclude(pk__in=before)
    problems += [f"{made.count()} issues were made"] if made.count() != 1 else []
    due = timezone.now() + shift - HOUR
    made.update(status="approved", due_at=due, approved_at=due, subject="Four to nil", introduction="A week.")
    problems += _beat_together(theatre, beats, times, shift)
    Schedule.objects.update(is_on=False)
    with Stage(theatre, made.get()) as stage:
        stage.faults = 2 * beats * times
        verdict = stage.finish(workers=2).insist_on_once()
    verdict.problems += problems
    return verdict.insist(verdict.recipients == recipients, f"{verdict.recipients} rows for {recipients} readers")


def _beat_together(theatre: Theatre, beats: int, times: int, shift: timedelta) -> list[str]:
    codes = set()
    for _ in range(times):
        order = {"beat": time.time() + 0.5, "shift": shift.total_seconds()}
        codes |= {theatre.zygote.wait(pid) for pid in [theatre.zygote.start(**order) for _ in range(beats)]}
    return [] if codes == {0} else [f"beats ended with {codes}"]


def f17(theatre: Theatre, recipients: int) -> Verdict:
    """No beat for three hours across the moment an issue is due; and for three days."""
    make_readers(recipients)
    due = timezone.now() - 3 * HOUR
    set_schedule(Schedule(is_on=True), due - 7 * DAY)
    issue = approved(due_at=due)
    Issue.objects.filter(pk=issue.pk).update(approved_at=due - HOUR)
    tick()
    started = look_after()
    with Stage(theatre, issue) as stage:
        stage.faults = 2
        again = look_after()
        verdict = stage.finish(workers=2).insist_on_once()
    noted = Issue.objects.get(pk=issue.pk).note
    verdict.insist([each.pk for each in started] == [issue.pk] and again == [], "it was not started once")
    verdict.insist("late" in noted, f"nobody noted that it was late: {noted!r}")
    forgotten = approved(due_at=timezone.now() - 3 * DAY)
    Issue.objects.filter(pk=forgotten.pk).update(approved_at=timezone.now() - 4 * DAY)
    tick()
    waits = look_after() == [] and forgotten.pk in [each.issue.pk for each in due_issues() if not each.may_go]
    Schedule.objects.update(is_on=False)
    Issue.objects.filter(pk=forgotten.pk).delete()
    return verdict.insist(waits, "what was three days late did not wait for an editor")


def f20_rows(theatre: Theatre, recipients: int) -> Verdict:
    """Addresses with a line break and with a blank in them, however they came into the database."""
    with Stage(theatre, being_sent(recipients)) as stage:
        wrong = ("\r\nBcc: everybody@example.org", "\r\nRCPT TO:<other@example.org>", " ", ">")
        chosen = list(Delivery.objects.filter(issue=stage.issue).order_by("pk")[3 : 3 + 3 * len(wrong) : 3])
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE newsletter_delivery DISABLE TRIGGER the_audience_is_frozen")
            for delivery, part in zip(chosen, wrong, strict=True):
                address = (
                    (delivery.address or "").replace("@", f"{part}@") if len(part) < 2 else f"{delivery.address}{part}"
                )
                Subscriber.objects.filter(pk=delivery.subscriber_id).update(address=address)
                Delivery.objects.filter(pk=delivery.pk).update(address=address)
            cursor.execute("ALTER TABLE newsletter_delivery ENABLE TRIGGER the_audience_is_frozen")
        stage.faults = len(wrong)
        stage.run()  # one worker, from beginning to end: it does not jam
        left = Delivery.objects.filter(issue=stage.issue).exclude(state="accepted")
        alone = {row.pk for row in left} == {row.pk for row in chosen}
        verdict = stage.finish().insist_on_once()
        states = set(left.values_list("state", flat=True))
        return verdict.insist(alone and states <= {"held", "rejected"}, f"{left.count()} were not accepted: {states}")


def f21(theatre: Theatre, recipients: int, seed: int) -> Verdict:
    """What a provider reports afterwards: shuffled, each of it three times, and one in twenty forged."""
    chance = random.Random(seed)  # noqa: S311
    with Stage(theatre, being_sent(recipients)) as stage:
        verdict = stage.finish(workers=2)
    Subscriber.objects.update(confirmed_at=timezone.now() - 60 * DAY)
    known, left = suppressions(), set(withdrawn())
    told, wanted = told_thrice(chance, Delivery.objects.filter(issue=stage.issue), forged=0.05)
    answers = set()
    with override_settings(MAIL_EVENTS=SECRETS, ALLOWED_HOSTS=["testserver"]):
        for number, (event, is_true) in enumerate(told):
            answer = by_postmark(event, SECRETS["postmark"] if is_true else "x:y")
            answers.add((is_true, answer.status_code))
            if number % 50 == 0:
                settle_events()
    settle_events()
    verdict.faults = len(told)
    complained = Subscriber.objects.filter(address__in=[each for each, fate in wanted.items() if fate == "complained"])
    events = len({(event["RecordType"], event["ID"]) for event, is_true in told if is_true})
    return (
        verdict.insist_on_once()
        .insist(answers == {(True, 200), (False, 403)}, f"answers: {answers}")
        .insist(suppressions() == known | wanted, "not everybody is suppressed for the right reason")
        .insist(
            sorted(set(withdrawn()) - left) == sorted(complained.values_list("pk", flat=True)), "consents are wrong"
        )
        .insist(MailEvent.objects.count() == events, "an event was kept twice, or a forged one")
    )
