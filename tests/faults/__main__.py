"""python -m tests.faults [F1 ...] [--fast] [--seed N]: let the faults loose, all of them or those named.

Each prints recipients, faults, lost, duplicates, copies at most and in doubt; the exit code is 1 when a promise broke.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from testbed.database import fresh_database

NAMES = ("F1", "F2", "F3")


def main() -> int:
    options = _options()
    with fresh_database("faults") as environment:
        os.environ.update({**environment, "DJANGO_SETTINGS_MODULE": "tests.settings"})
        import django

        django.setup()
        from django.db import connections

        try:
            broken = _run(options)
        finally:
            connections.close_all()
            connections["default"].close_pool()  # type: ignore[attr-defined]
    return 1 if broken else 0


def _run(options: argparse.Namespace) -> int:
    from tests.faults import faults
    from tests.faults.oracle import Verdict
    from tests.faults.stage import Theatre
    from tests.newsletter.audiences import everybody_leaves

    broken = 0
    small, seed = options.fast, options.seed
    with tempfile.TemporaryDirectory() as folder, Theatre(Path(folder)) as theatre:
        known: dict[str, Callable[[], Verdict]] = {
            "F1": lambda: faults.f1(theatre, recipients=300 if small else 5_000, workers=8),
            "F2": lambda: faults.f2(theatre, 300 if small else 1_200, kills=8 if small else 40, workers=4, seed=seed),
            "F3": lambda: faults.f3(theatre, faults.POINTS, kills=2 if small else 20)[0],
        }
        for name in options.faults or NAMES:
            begun = time.perf_counter()
            verdict = known[name]()
            everybody_leaves()
            sys.stdout.write(f"{name}  {time.perf_counter() - begun:6.1f} s  {verdict}\n")
            sys.stdout.flush()
            broken += bool(verdict.problems)
    return broken


def _name(text: str) -> str:
    if text.upper() not in NAMES:
        raise argparse.ArgumentTypeError(f"there is no fault {text}, only {', '.join(NAMES)}")
    return text.upper()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Let faults loose on a send.")
    parser.add_argument("faults", nargs="*", type=_name, metavar="F1", help="which; all of them when none is named")
    parser.add_argument("--fast", action="store_true", help="a small version of each")
    parser.add_argument("--seed", type=int, default=0, help="for everything that is chosen by chance")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
