"""The small version of every attack, from outside, and that a check of theirs can fail."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter

import psutil
import psycopg
import pytest

from attacks.findings import at_most, exactly, no_error, said, tally_agrees
from attacks.logs import addresses_in
from config.env import BASE_DIR
from tests.factories import make_tool
from tests.votes.voters import account, cast
from votes.models import Tally

ALL = [f"V{number}" for number in range(1, 17)]
COMMAND = [sys.executable, "-m", "attacks", "--fast"]


def test_every_attack_holds_and_says_by_how_much() -> None:
    done = subprocess.run(COMMAND, cwd=BASE_DIR, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    table = dict(re.findall(r"^(V\d+|logs)  .* (holds|BROKEN)$", done.stdout, re.MULTILINE))
    assert table == dict.fromkeys([*ALL, "logs"], "holds")
    for figure in (
        r"ever counted among readers passing by +3 +<= 3 +holds",
        r"ever counted among readers passing by +15 +<= 15 +holds",
        r"age 0 h: counted of 40 +10 +<= 10 +holds",
        r"100 % ship: case of direction +after 1\d\d votes +opens +holds",
        r"90 % ship: case of direction +no case opened +the stated limit",
        r"deadlocks in the database +0 +",
        r"gains of the /24, day by day +15, 15, 15 +",
        r"a proxy that passes X_Forwarded_For on .* of 2 believed",
        r"of these addresses in the web servers' logs +0 += 0 +holds",
    ):
        assert re.search(figure, done.stdout), figure
    assert int(re.findall(r"addresses used +[\d,]+; ([\d,]+)", done.stdout)[0].replace(",", "")) > 40


def test_an_unknown_attack_is_named() -> None:
    done = subprocess.run([*COMMAND, "V17"], cwd=BASE_DIR, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.endswith("there is no attack V17, only V1 to V16\n")


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_nothing_is_left_when_it_is_interrupted(number: signal.Signals) -> None:
    process = subprocess.Popen([*COMMAND, "V2", "V4"], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    while not process.stdout.readline().startswith("V4"):
        assert process.poll() is None
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert len(family) >= 2
    assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        left = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [f"attacks_{process.pid}"])
        assert left.fetchone() is None


@pytest.mark.django_db
class TestChecks:
    def test_a_falsified_tally_breaks(self) -> None:
        tool = make_tool()
        cast(account(), tool)
        assert tally_agrees(tool).holds
        Tally.objects.update(ship=2)
        finding = tally_agrees(tool)
        assert finding.holds is False
        assert f"tool {tool.pk}, account: the votes say (1, 0), the tally says (2, 0)" in str(finding)
        assert str(finding).endswith("BROKEN")


@pytest.mark.parametrize(
    ("finding", "holds"),
    [
        (at_most("counted", 3, 3), True),
        (at_most("counted", 4, 3), False),
        (exactly("rows", 1, 1), True),
        (exactly("rows", 2, 1), False),
        (no_error(Counter({200: 5, 429: 2})), True),
        (no_error(Counter({200: 5, 503: 1})), False),
        (no_error(Counter({200: 5, 0: 1})), False),
        (said("seconds", 3.2), None),
    ],
)
def test_a_figure_beyond_its_bar_breaks(finding: object, *, holds: bool | None) -> None:
    assert finding.holds is holds  # type: ignore[attr-defined]


def test_an_address_in_a_log_is_found() -> None:
    used = {"10.0.3.7", "fd00:1:2:3::1"}
    log = '[2026-11-25] 10.0.3.7 - "POST /votes/lathe/ HTTP/1.1" 200\nfor fd00:1:2:3::1: no\n10.0.3.70 110.0.3.7'
    assert addresses_in(log, used) == used
    assert addresses_in("10.0.3.70 110.0.3.7 fd00:1:2:3::11", used) == set()
