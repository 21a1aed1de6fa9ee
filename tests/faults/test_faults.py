"""Small versions of the faults; `make faults` has the large ones."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings

from config.env import BASE_DIR
from tests.faults import faults, processes, readers, servers
from tests.faults.oracle import Verdict
from tests.faults.stage import Theatre

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Theatre]:
    with Theatre(tmp_path_factory.mktemp("faults")) as made:
        yield made


def test_nothing_is_broken(theatre: Theatre) -> None:
    verdict = faults.f1(theatre, recipients=60, workers=2)
    assert (verdict.problems, verdict.duplicates, verdict.doubts) == ([], 0, 0), verdict


def test_workers_killed_by_chance(theatre: Theatre) -> None:
    verdict = faults.f2(theatre, recipients=180, kills=4, workers=2, seed=8)
    assert verdict.problems == [], verdict
    assert verdict.duplicates <= verdict.doubts <= verdict.faults, verdict


def test_workers_killed_at_every_point(theatre: Theatre) -> None:
    verdict, found = faults.f3(theatre, faults.POINTS, kills=1)
    assert verdict.problems == [], verdict
    assert found == {
        **dict.fromkeys(faults.BEFORE, (0, 0)),
        **dict.fromkeys(faults.UNSENT, (1, 0)),
        **dict.fromkeys(faults.SENT, (1, 1)),
        **dict.fromkeys(faults.AFTER, (0, 0)),
    }


def test_faults_of_workers_and_their_clocks(theatre: Theatre) -> None:
    check(processes.f4(theatre, 120, stops=4, workers=2, seed=4))
    check(processes.f15(theatre, 60, jumps=2))
    check(processes.f19(theatre, 30, frozen=2))


def test_readers_leave_at_every_point(theatre: Theatre) -> None:
    """Only where the end of the message was sent already, or is about to be, it still arrives."""
    verdict, late = processes.f18(theatre, 100, faults.POINTS, times=1)
    check(verdict)
    # What was sent when the worker stood still may have been taken before its reader left, or just after; and a worker
    # comes past its mark also when the mark was refused, because of those who had left before.
    del late["dot"], late["marked"]
    assert late.pop("mark") == 1
    assert set(late.values()) == {0}, late


def test_faults_of_the_mail_server(theatre: Theatre) -> None:
    check(servers.f5(theatre, 40, failures=3))
    check(servers.f6(theatre, 60, seed=6))
    check(servers.f7(theatre, 60))
    check(servers.f9(theatre, 30))


@pytest.mark.parametrize("policy", ["resend_once", "hold"])
def test_the_line_drops_after_the_end(theatre: Theatre, policy: str) -> None:
    check(servers.f8(theatre, 60, policy, seed=1))


@pytest.mark.parametrize("beats", [2, 5])
def test_beats_at_once(theatre: Theatre, beats: int) -> None:
    check(readers.f13(theatre, 20, beats=beats, times=1))


def test_beats_that_come_too_late_and_mails_that_cannot_be_made(theatre: Theatre) -> None:
    check(readers.f17(theatre, 20))
    check(readers.f20_rows(theatre, 30))


def test_broker_and_database_are_killed() -> None:
    """On servers of their own, in a process of its own, which leaves nothing broken behind."""
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    like = f"{server}/{settings.DATABASES['default']['NAME']}"
    words = [sys.executable, "-m", "tests.faults", "--fast", "--like", like, "F10", "F11", "F12", "F14", "F20"]
    ran = subprocess.run(words, cwd=BASE_DIR, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr[-5_000:]
    assert ran.stdout.count(" 0 lost, ") == 7, ran.stdout


def check(verdict: Verdict) -> None:
    assert verdict.problems == [], verdict
