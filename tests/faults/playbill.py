"""Which fault is let loose on how many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import faults, outages, processes, readers, servers
from tests.faults.oracle import Verdict
from tests.faults.services import Private
from tests.faults.stage import Theatre

Play = tuple[str, Callable[[], Verdict]]
MANY, FEW = 1_200, 60


@dataclass(frozen=True)
class Size:
    """How large it is to be, and the seed of whatever is chosen by chance."""

    is_small: bool = False
    seed: int = 0

    def __call__(self, small: int, large: int) -> int:
        return small if self.is_small else large

    @property
    def recipients(self) -> int:
        return self(FEW, MANY)


def entries(theatre: Theatre, private: Private, size: Size) -> dict[str, list[Play]]:
    return {**_of_workers(theatre, size), **_of_servers(theatre, size), **_of_services(theatre, private, size)}


def _of_workers(theatre: Theatre, size: Size) -> dict[str, list[Play]]:
    n, seed = size.recipients, size.seed
    f1, f2, f4 = size(60, 5_000), size(8, 40), size(4, 20)
    return {
        "F1": [("nothing is broken", lambda: faults.f1(theatre, f1, 8))],
        "F2": [("workers killed by chance", lambda: faults.f2(theatre, size(240, n), kills=f2, workers=4, seed=seed))],
        "F3": [("workers killed at every point", lambda: faults.f3(theatre, faults.POINTS, kills=size(1, 20))[0])],
        "F4": [("workers told to stop", lambda: processes.f4(theatre, size(240, n), stops=f4, workers=3, seed=seed))],
        "F15": [("clocks that are wrong, and jump", lambda: processes.f15(theatre, n, jumps=size(2, 5)))],
        "F18": [("readers leave at every point", lambda: processes.f18(theatre, n, faults.POINTS, size(1, 3))[0])],
        "F19": [("frozen between mark and end", lambda: processes.f19(theatre, n, frozen=size(2, 8)))],
    }


def _of_servers(theatre: Theatre, size: Size) -> dict[str, list[Play]]:
    n, seed = size.recipients, size.seed
    return {
        "F5": [("nobody listens", lambda: servers.f5(theatre, n, failures=size(3, 8)))],
        "F6": [("421, 450 and 451", lambda: servers.f6(theatre, n, seed))],
        "F7": [("550, 535 and 554", lambda: servers.f7(theatre, n))],
        "F8": [
            ("the line drops after the end: sent again", lambda: servers.f8(theatre, n, "resend_once", seed)),
            ("the line drops after the end: held", lambda: servers.f8(theatre, n, "hold", seed)),
        ],
        "F9": [("answers of ten minutes", lambda: servers.f9(theatre, n))],
        "F13": [
            ("two beats at once", lambda: readers.f13(theatre, n, beats=2, times=size(1, 5))),
            ("five beats at once", lambda: readers.f13(theatre, n, beats=5, times=size(1, 5), weeks_ahead=1)),
        ],
        "F17": [("no beat for three hours, for three days", lambda: readers.f17(theatre, n))],
        "F21": [("reports shuffled, thrice, forged", lambda: readers.f21(theatre, size(20, 1_000), seed))],
    }


def _of_services(theatre: Theatre, private: Private, size: Size) -> dict[str, list[Play]]:
    n = size.recipients
    returns = ("the broker comes back after the start", lambda: outages.f10_idle(theatre, n, private))
    return {
        "F10": [
            ("the broker is emptied, killed, away", lambda: outages.f10_lost(theatre, n, private)),
            ("no broker", lambda: outages.f10_absent(theatre, n, private)),
            *([] if size.is_small else [returns]),
        ],
        "F11": [("PostgreSQL restarts at once", lambda: outages.f11(theatre, n, private, restarts=size(2, 5)))],
        "F12": [("PostgreSQL down after an end", lambda: outages.f12(theatre, n, private, times=size(1, 4)))],
        "F14": [("the same task at once", lambda: outages.f14(theatre, n, private, wakes=size(30, 100)))],
        "F20": [
            ("the disk is full", lambda: outages.f20_disk(theatre, size(300, n), private, times=size(1, 3))),
            ("addresses that are none", lambda: readers.f20_rows(theatre, n)),
        ],
    }
