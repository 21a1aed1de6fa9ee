"""F5 to F9: what the mail server does to a send."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone

from newsletter.models import Attempt, Delivery, Issue, Pause
from newsletter.sending.pausing import resume_issue
from newsletter.sending.rounds import look_after
from newsletter.sending.transport import CONNECTING
from tests.faults.faults import BAD
from tests.faults.oracle import Verdict
from tests.faults.stage import Stage, Theatre, until
from tests.newsletter.audiences import being_sent
from tests.sink import Rule


def f5(theatre: Theatre, recipients: int, failures: int) -> Verdict:
    """Nobody listens, for as long as it takes to fail so often in a row."""
    with Stage(theatre, being_sent(recipients)) as stage:
        crew = [stage.start(), stage.start()]
        stage.until_sent(recipients // 4)
        stage.sink.refuse()
        for pid in crew:
            stage.tell(pid)
        while (before := stage.failures()) < failures:
            stage.pass_time()
            crew = [stage.start(), stage.start()]
            until(lambda known=before: stage.failures() > known, "a failure to connect")  # type: ignore[misc]
            for pid in crew:
                stage.tell(pid)
            stage.faults += 1
        stage.sink.listen()
        verdict = stage.finish(workers=2)
        # Only of those whose line was cut while they were at it an attempt is counted.
        tried_again = Delivery.objects.filter(issue=stage.issue, doubts=0).exclude(attempts=1).count()
        failed = Attempt.objects.filter(delivery__issue=stage.issue, stage__in=CONNECTING)
        return (
            verdict.insist(tried_again <= len(crew), f"{tried_again} were tried again")
            .insist(not failed.exists(), "a failure to connect counted against a recipient")
            .insist(not verdict.duplicates, "somebody got it twice")
            .insist(stage.issue.status == "done", "the send did not come to its end")
        )


def f6(theatre: Theatre, recipients: int, seed: int) -> Verdict:
    """421 at the greeting, 450 for recipients and 451 after the end, one in twenty each; lines are dropped when idle,
    so that there are many greetings.
    """
    rules = (
        Rule("greeting", "421 4.3.2 Not now", share=0.05, seed=seed),
        Rule("rcpt", "450 4.2.0 Later, please", share=0.05, seed=seed),
        Rule("dot", "451 4.3.0 Later, please", share=0.05, seed=seed),
        Rule("idle", drop=True, share=0.1, seed=seed),
    )
    with Stage(theatre, being_sent(recipients), *rules) as stage:
        for pid in [stage.start(), stage.start()]:
            stage.wait(pid)
        waits = _waits(stage.issue)
        verdict = stage.finish(workers=2)
        verdict.faults = Attempt.objects.filter(delivery__issue=stage.issue, outcome="deferred").count()
        return (
            verdict.insist_on_once()
            .insist(bool(waits) and all(29 <= wait <= 91 for wait in waits), f"no back-off of a minute: {waits[:5]}")
            .insist(verdict.faults >= recipients // 20, "hardly anybody was put off")
        )


def _waits(issue: Issue) -> list[float]:
    """How many seconds those wait who were put off once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM d.not_before - a.ended_at)::float8 FROM newsletter_delivery d "
            "JOIN newsletter_attempt a ON a.delivery_id = d.id AND a.n = 1 "
            "WHERE d.issue_id = %s AND d.state = 'queued' AND d.attempts = 1",
            [issue.pk],
        )
        return [wait for (wait,) in cursor.fetchall()]


def f7(theatre: Theatre, recipients: int) -> Verdict:
    """550 for those who do not exist; 535 at the login, 554 at the first connection, and at one in the middle."""
    with Stage(theatre, being_sent(recipients)) as stage:
        problems = []
        third = recipients // 3
        middle = (Rule("greeting", "554 5.7.1 Not you", skip=1), Rule("idle", drop=True, skip=third - 1, times=1))
        for rules, tried in (
            ([Rule("auth", "535 5.7.8 Wrong password")], 0),
            ([Rule("greeting", "554 5.7.1 Not you")], 0),
            (middle, third),
        ):
            stage.sink.script(*rules)
            stage.run(username="mate")
            stage.faults += 1
            problems += _burnt(stage.issue, tried)
            resume_issue(stage.issue)
        stage.sink.script(BAD)
        verdict = stage.finish(workers=2)
        bad = Delivery.objects.filter(issue=stage.issue, address__regex=BAD.match)
        good = Delivery.objects.filter(issue=stage.issue).exclude(pk__in=bad)
        early = len({mail.recipient for mail in stage.mails()} & set(bad.values_list("address", flat=True)))
        verdict.problems += problems
        return (
            verdict.insist_on_once()
            .insist(bad.filter(state="rejected").count() == bad.count() - early, "a bad one was not rejected")
            .insist(not good.exclude(state="accepted", attempts=1).exists(), "a good one was burnt")
        )


def _burnt(issue: Issue, tried: int) -> list[str]:
    issue.refresh_from_db()
    reasons = list(Pause.objects.filter(issue=issue, ended_at=None).values_list("kind", flat=True))
    attempts = Attempt.objects.filter(delivery__issue=issue).count()
    waiting = Delivery.objects.filter(issue=issue, state="queued", attempts=0).count()
    found = []
    if issue.status != "paused" or reasons != ["sender"]:
        found.append(f"the issue is {issue.status} because of {reasons}")
    if attempts != tried or waiting != (issue.expected or 0) - tried:
        found.append(f"{attempts} attempts where {tried} were sent, {waiting} waiting")
    return found


def f8(theatre: Theatre, recipients: int, policy: str, seed: int) -> Verdict:
    """The line drops after the end of the message; half of those the server has taken."""
    rules = (
        Rule("dot", drop=True, accepts=True, share=0.02, seed=seed + 1),
        Rule("dot", drop=True, share=0.02, seed=seed + 2),
    )
    with Stage(theatre, being_sent(recipients, doubt_policy=policy), *rules) as stage:
        verdict = stage.finish(workers=2, resumes=True)
        verdict.faults = verdict.doubts
        held = Delivery.objects.filter(issue=stage.issue, state="held", reason="doubt").count()
        verdict.insist(verdict.doubts > 0, "nobody was doubted")
        if policy == "hold":
            verdict.insist(not verdict.duplicates, "somebody got it twice")
            verdict.insist(held == verdict.doubts, f"{held} held")
        return verdict


def f9(theatre: Theatre, recipients: int) -> Verdict:
    """Answers that take ten minutes, by the clock of the database; meanwhile the minute ticks and others work."""
    delayed = 2
    rule = Rule("dot", delay=3.0, skip=recipients // 4, times=delayed)
    with Stage(theatre, being_sent(recipients), rule) as stage:
        crew = [stage.start() for _ in range(delayed)]
        waiting = Delivery.objects.filter(issue=stage.issue, state="transmitting")
        moment = timedelta(seconds=0.5)
        until(lambda: waiting.filter(marked_at__lt=timezone.now() - moment).exists(), "a worker that waits")
        stuck = list(waiting.filter(marked_at__lt=timezone.now() - moment).values_list("pk", flat=True))
        minutes = timedelta(minutes=10)
        waiting.filter(pk__in=stuck).update(marked_at=F("marked_at") - minutes, claimed_at=F("claimed_at") - minutes)
        look_after()
        crew.append(stage.start())
        stage.faults = delayed
        for pid in crew:
            stage.wait(pid)
        tried = Attempt.objects.filter(delivery__in=stuck)
        alone = tried.count() == len(stuck) and set(tried.values_list("outcome", flat=True)) == {"accepted"}
        return stage.finish().insist_on_once().insist(alone, "there was a second try before the answer")
