"""What one mail costs: 10,000 readers with different wishes, each with both parts and all headers.

The demo is loaded and an issue is made of its receipts. Printed are the time of the one rendering, the rate at which
messages are made on one core (CPU time, and on the clock), and with reading the readers from the database; beside
them, in the same run, the usual way for a sample: the templates and an EmailMultiAlternatives for each reader, without
and with styles inlined. The first messages are read by Python's parser and held against what `fill` says.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from typing import Any

import django
import psycopg

from testbed.database import manage

READERS, SAMPLE, WARM, SEED, TARGET = 10_000, 100, 200, 20_261_126, 2_000
_SUBSCRIBERS = """
INSERT INTO newsletter_subscriber
    (address, address_key, address_hmac, state, key, confirmed_at, asked_at, only_followed)
SELECT address, address, sha256(address::bytea), 'active', substring(sha256(address::bytea) FROM 1 FOR 16),
       now() - n %% 400 * interval '1 day', now(), n %% 10 = 0
FROM generate_series(1, %(count)s) AS n CROSS JOIN LATERAL (SELECT 'mate' || n || '@example.org' AS address) AS a
"""
_FOLLOW = "INSERT INTO newsletter_subscriber_{name} (subscriber_id, {key}_id) VALUES (%s, %s)"


def run(environment: dict[str, str]) -> None:
    manage(environment, "load_publication", "demo")
    os.environ.update({**environment, "DJANGO_SETTINGS_MODULE": "config.settings"})
    django.setup()
    issue = make_issue()
    _fill_list(environment["DATABASE_URL"])
    _measure(issue)
    from django.db import connections

    connections.close_all()
    connections["default"].close_pool()  # type: ignore[attr-defined]


def make_issue(number: int = 1) -> Any:
    """A draft made of the demo's receipts."""
    from datetime import UTC, datetime

    from newsletter.models import Issue
    from newsletter.services.issues import assemble_issue

    due_at = datetime(2026, 11, 18, 9, tzinfo=UTC)  # a week in which the demo was written
    told = {
        "number": number,
        "iso_week": f"2026-W{46 + number}",
        "due_at": due_at,
        "zone": "UTC",
        "local_time": "09:00",
    }
    words = "A week of strong opinions about *who holds the card*. [How we judge](/methodology/)\n\n" * 3
    return assemble_issue(Issue.objects.create(**told, subject="A week at sea", introduction=words), due_at)


def _fill_list(database: str) -> None:
    """Each follows up to eight tools, two classes and two reviewers, as drawn by a fixed seed."""
    chance = random.Random(SEED)
    with psycopg.connect(database, autocommit=True) as connection:
        cursor = psycopg.ClientCursor(connection)
        cursor.execute(_SUBSCRIBERS, {"count": READERS})
        people = [key for (key,) in connection.execute("SELECT id FROM newsletter_subscriber ORDER BY id")]
        for name, key, table, most in (
            ("tools", "tool", "tools_tool", 8),
            ("categories", "category", "tools_category", 2),
            ("reviewers", "reviewer", "reviews_reviewer", 2),
        ):
            keys = [row for (row,) in connection.execute(f"SELECT id FROM {table} ORDER BY id".encode())]  # noqa: S608
            rows = [
                (one, other) for one in people for other in chance.sample(keys, min(len(keys), chance.randint(0, most)))
            ]
            cursor.executemany(_FOLLOW.format(name=name, key=key).encode(), rows)
        connection.execute("VACUUM ANALYZE")


def _measure(issue: Any) -> None:
    from newsletter.models import Subscriber
    from newsletter.rendering import fill, is_silent, readers_of, render, skeleton

    started = time.perf_counter()
    rendered = render(issue)
    bones = skeleton(rendered)
    print(f"one rendering: {1000 * (time.perf_counter() - started):.0f} ms, {len(rendered.html):,} characters of HTML")
    readers, reading = _timed(lambda: list(readers_of(Subscriber.objects.mailable().order_by("pk"))))
    for reader in readers[:WARM]:
        message = message_from_bytes(bones.message(reader, f"{reader.pk}@drydock.example"), policy=default)
        text, html = message.iter_parts()
        if tuple(part.get_content().replace("\r\n", "\n") for part in (html, text)) != fill(rendered, reader):
            raise SystemExit(f"The message of {reader.address} says something else than its parts.")
    made, making = _timed(lambda: [len(bones.message(one, f"{one.pk}@drydock.example")) for one in readers])
    silent = sum(is_silent(rendered, reader) for reader in readers)
    print(f"{len(made):,} messages of {sum(made) / len(made) / 1000:.0f} KB, {silent:,} of them silent this week")
    ours = _print("messages", len(made), making)
    _print("messages and reading the readers", len(made), (making[0] + reading[0], making[1] + reading[1]))
    print(f"target: {TARGET:,} a second per core; reached {ours / TARGET:.1f} times over")
    for name, way in (("template and EmailMultiAlternatives", False), ("the same, styles inlined for each", True)):
        taken = _usual_way(issue, readers[:SAMPLE], inlined=way)
        usual = _print(name, SAMPLE, taken)
        print(f"ratio: {ours / usual:.0f}")


def _usual_way(issue: Any, readers: list[Any], *, inlined: bool) -> tuple[float, float]:
    message = usual_way(issue, inlined=inlined)
    return _timed(lambda: [bytes(message(reader).message().as_bytes()) for reader in readers])[1]


def usual_way(issue: Any, *, inlined: bool) -> Callable[[Any], Any]:
    """Both templates and a message by the framework for a reader; what the issue says is read once."""
    from django.core.mail import EmailMultiAlternatives

    from newsletter.rendering import letters, marks
    from newsletter.rendering.readers import values_of

    letter = letters._letter(issue)

    def message(reader: Any) -> EmailMultiAlternatives:
        html = letters._print("html", letter, mark=marks.mark_html)
        html = letters._inliner().inline(html) if inlined else html
        text = letters._print("txt", letter, mark=marks.mark_text)
        pages = ["".join(found for _, found in marks.parts(page)) for page in (text, html)]
        text, html = (marks.put_in(page, values_of(reader)) for page in pages)
        made = EmailMultiAlternatives(letter.subject, text, to=[reader.address])
        made.attach_alternative(html, "text/html")
        return made

    return message


def _timed(step: Callable[[], Any]) -> tuple[Any, tuple[float, float]]:
    """What it gives, and its CPU seconds and seconds."""
    processor, clock = time.process_time(), time.perf_counter()
    found = step()
    return found, (time.process_time() - processor, time.perf_counter() - clock)


def _print(name: str, count: int, taken: tuple[float, float]) -> float:
    processor, clock = taken
    print(f"{name:<36} {count / processor:>9,.0f} a second of CPU, {count / clock:>9,.0f} a second on the clock")
    return count / processor
