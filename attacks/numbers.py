"""V10, V14 and V15: whatever is merged, set aside, restored or deleted, the numbers are those of the rows."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import StringIO
from urllib.parse import urlencode

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Q
from django.test import RequestFactory

from accounts.models import OutgoingMail, User
from accounts.registry import run_sign_in_steps
from attacks.findings import Finding, counts, exactly, no_error, said, tally_agrees
from attacks.stage import Stage
from config.env import BASE_DIR
from testbed.traffic import SAME, Reader, ask, ballot, flood, request, volleys
from tools.models import Tool
from votes.models import Case, Crowd, Tally, Vote
from votes.services import hold_votes, release, release_case, set_aside, void_case
from votes.tasks import check_tallies_task

SECONDS_FOR_A_RECOUNT = 10


def merges(stage: Stage) -> list[Finding]:
    """V10: a browser that voted signs in, several times at once, to an account that had voted otherwise."""
    conflict, other, people = stage.tool(), stage.tool(), stage.size(24, 6)  # few enough to be no burst
    users = stage.accounts(people)
    browsers, accounts = [stage.new_browser() for _ in users], [stage.signed_in(user) for user in users]
    statuses = Counter[int]()
    for tool, choice, readers in (
        (conflict, "ship", browsers),
        (other, "ship", browsers),
        (conflict, "skip", accounts),
    ):
        statuses += flood(stage.port, [ballot(tool.slug, choice, reader) for reader in readers])
    before = sum(counts(conflict, Crowd.ACCOUNT)) + sum(counts(conflict, Crowd.PASSING))
    doors = Counter[int]()
    for number, (user, browser, account) in enumerate(zip(users, browsers, accounts, strict=True)):
        statuses += flood(stage.port, [ballot(conflict.slug, "skip", account)])
        if number % 2 or stage.without_broker:  # without a broker the mail with the code is gone at once
            _take_steps(browser, user)
        else:
            doors += _sign_in(stage, browser, user.email) + _sign_in(stage, browser, user.email)
    return [
        exactly("votes on the tool before: two each", before, 2 * people),
        exactly("conflict: accounts' own votes", counts(conflict, Crowd.ACCOUNT), (0, people)),
        exactly("no conflict: adopted votes", counts(other, Crowd.ACCOUNT), (people, 0)),
        exactly("conflict: left among readers passing by", counts(conflict, Crowd.PASSING), (0, 0)),
        exactly("no conflict: left among readers passing by", counts(other, Crowd.PASSING), (0, 0)),
        no_error(statuses + doors),
        tally_agrees(conflict),
        tally_agrees(other),
        said("one code entered four times at once: answers", _as_words(doors), "by the real sign-in"),
    ]


def _take_steps(browser: Reader, user: User) -> None:
    """What happens to votes whenever somebody has signed in: four times at once, and once more."""

    def step() -> None:
        try:
            run_sign_in_steps(RequestFactory().get("/", headers={"cookie": browser.cookie}), user)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(step) for _ in range(4)]:
            each.result()
    step()


def _sign_in(stage: Stage, browser: Reader, email: str) -> Counter[int]:
    """The browser asks for a code, and its reader's finger slips: the code is sent four times at once."""
    asked = ask(stage.port, _form("/accounts/login/", browser, email=email))
    mail = OutgoingMail.objects.filter(to=email).latest("pk")
    (code,) = re.findall(r"^ {4}(\d{6})$", mail.text, re.MULTILINE)
    cookie = f"{browser.cookie}; {settings.SESSION_COOKIE_NAME}={asked.cookies[settings.SESSION_COOKIE_NAME]}"
    entered = _form("/accounts/login/code/", Reader(browser.address, cookie), code=code)
    return Counter(answer.status for answer in volleys(stage.port, [[entered] * 4]))


def _form(path: str, reader: Reader, **fields: str) -> bytes:
    """With the token that the pages of accounts ask for, which a browser has in its cookie too."""
    token = "t" * 32
    body = urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
    reader = Reader(reader.address, f"{reader.cookie}; {settings.CSRF_COOKIE_NAME}={token}")
    headers = {**SAME, "Content-Type": "application/x-www-form-urlencoded"}
    return request(path, reader=reader, method="POST", headers=headers, body=body)


def _as_words(statuses: Counter[int]) -> str:
    return ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))


def round_trips(stage: Stage) -> list[Finding]:
    """V14: votes are held, voided, and counted again, and an account is deleted."""
    tool = stage.tool()
    readers = [stage.signed_in(user) for user in stage.accounts(stage.size(60, 12))]
    readers += [stage.new_browser() for _ in range(stage.size(60, 12))]
    flood(stage.port, [ballot(tool.slug, stage.chance.choice(("ship", "skip")), reader) for reader in readers])
    witness = Witness(stage, tool, readers[0])
    found = []
    for crowd in Crowd:
        case = hold_votes(tool=tool, crowd=crowd, since=tool.created_at, actor=None, reason="an attack")
        found.append(exactly(f"{crowd}: held", counts(tool, crowd), (0, 0)))
        release_case(case, actor=None, reason="none after all")
        found.append(witness.compare(f"{crowd}: held, then released"))
        found.append(_void_and_restore(tool, crowd))
        found.append(witness.compare(f"{crowd}: void, then restored"))
    (user,) = stage.accounts(1)
    flood(stage.port, [ballot(tool.slug, "ship", stage.signed_in(user))])
    grown = sum(counts(tool, Crowd.ACCOUNT))
    user.delete()
    found.append(exactly("a deleted account takes along", grown - sum(counts(tool, Crowd.ACCOUNT)), 1))
    found.append(witness.compare("an account voted, then was deleted"))
    _at_random(stage, tool)
    return [*found, witness.compare("held, void and released by chance, then all released"), tally_agrees(tool)]


def _void_and_restore(tool: Tool, crowd: Crowd) -> Finding:
    case = Case.objects.get(tool=tool, crowd=crowd)
    void_case(case, actor=None, reason="an attack")
    finding = exactly(f"{crowd}: void", counts(tool, crowd), (0, 0))
    release_case(case, actor=None, reason="none after all")
    return finding


def _at_random(stage: Stage, tool: Tool) -> None:
    for _ in range(stage.size(100, 20)):
        chosen = Q(tool=tool, voter_id__in=_some_voters(stage, tool))
        state = stage.chance.choice((Vote.State.QUARANTINED, Vote.State.VOID, Vote.State.COUNTED))
        set_aside(votes=chosen, state=state, actor=None, reason="by chance")
    release(votes=Q(tool=tool), actor=None, reason="the end of it")


def _some_voters(stage: Stage, tool: Tool) -> list[int]:
    voters = list(Vote.objects.filter(tool=tool).order_by("voter_id").values_list("voter_id", flat=True))
    return stage.chance.sample(voters, len(voters) // 3)


class Witness:
    """Compares the tool's numbers, as the server tells them, byte by byte with those at the beginning."""

    def __init__(self, stage: Stage, tool: Tool, reader: Reader) -> None:
        self.stage, self.tool, self.reader = stage, tool, reader
        self.before = self._read()

    def compare(self, what: str) -> Finding:
        after = self._read()
        figure = "the same bytes" if after == self.before else f"{after!r}, not {self.before!r}"
        return Finding(what, figure, f"{len(self.before)} bytes", after == self.before)

    def _read(self) -> bytes:
        """Repeating a vote changes nothing and is answered with the numbers."""
        told = ask(self.stage.port, ballot(self.tool.slug, "ship", self.reader)).body
        rows = Tally.objects.rows_of([self.tool.pk]).order_by("crowd")
        return told + repr([tuple(row) for row in rows]).encode()


def recount(stage: Stage) -> list[Finding]:
    """V15: a million votes, cast in SQL and counted by the triggers; then one tally is falsified."""
    votes = stage.size(1_000_000, 20_000)
    tools = [stage.tool() for _ in range(votes // 1000)]
    _generate(stage, tools, votes // len(tools))
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", "recount_votes", "--check"], cwd=BASE_DIR, capture_output=True, check=False
    )
    seconds = time.perf_counter() - begun
    Tally.objects.filter(pk=Tally.objects.filter(tool=tools[0], ship__gt=0).earliest("slot").pk).update(ship=0)
    found = [
        exactly(f"exit code of recount_votes --check, {Vote.objects.count():,} votes", done.returncode, 0),
        Finding(
            "its seconds, the start of Python included",
            f"{seconds:.1f}",
            f"< {SECONDS_FOR_A_RECOUNT}",
            None if stage.fast else seconds < SECONDS_FOR_A_RECOUNT,
        ),
        exactly("one tally falsified: alarms of the nightly comparison", _alarms(), 1),
        exactly("recount_votes --check", _recount_votes("--check"), "1 of the tallies differ"),
    ]
    repaired = _recount_votes()
    return [
        *found,
        exactly("recount_votes", repaired, "1 differed"),
        exactly("alarms of the nightly comparison", _alarms(), 0),
    ]


def _recount_votes(*arguments: str) -> str:
    """The command's last sentence, in short."""
    output = StringIO()
    with suppress(SystemExit):
        call_command("recount_votes", *arguments, stdout=output, stderr=output)
    return output.getvalue().strip().splitlines()[-1].split(".")[0]


_GENERATE = """
INSERT INTO votes_vote (tool_id, voter_id, choice, crowd, state, revision, reason, cast_at, changed_at)
SELECT t.id, v.id, CASE WHEN random() < 0.6 THEN 1 ELSE -1 END,
       CASE WHEN v.id %% 4 = 0 THEN 'passing' ELSE 'account' END,
       CASE WHEN random() < 0.02 THEN 'pending' ELSE 'counted' END, 1, 'cast', now() - interval '90 days',
       now() - interval '90 days'
FROM unnest(%s::bigint[]) t(id), unnest(%s::bigint[]) v(id)
"""


def _generate(stage: Stage, tools: list[Tool], each: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [stage.chance.random()])
        cursor.execute(
            "INSERT INTO votes_voter (secret_hash) SELECT sha256(('generated ' || n)::bytea)"
            " FROM generate_series(1, %s) n RETURNING id",
            [each],
        )
        voters = [voter for (voter,) in cursor.fetchall()]
        for start in range(0, len(tools), 20):
            keys = [tool.pk for tool in tools[start : start + 20]]
            cursor.execute(_GENERATE, [keys, voters])


class _Ears(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


def _alarms() -> int:
    """How many alarms the nightly comparison raises."""
    ears, logger = _Ears(), logging.getLogger("votes.tasks")
    logger.addHandler(ears)
    logger.propagate = False
    try:
        check_tallies_task()
    finally:
        logger.removeHandler(ears)
        logger.propagate = True
    return len(ears.heard)
