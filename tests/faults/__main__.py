"""python -m tests.faults [F1 ...] [--fast] [--seed N]: let the faults loose, all of them or those named.

Each prints recipients, faults, lost, duplicates, copies at most and in doubt; the exit code is 1 when a promise broke.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.faults.services import Private, private_services

NAMES = tuple(f"F{number}" for number in range(1, 22) if number != 16)  # F16: tests/newsletter/test_schedule.py


def main() -> int:
    options = _options()
    with private_services(options.like) as private:
        os.environ.update(private.environment)
        import django

        django.setup()
        from django.db import connections

        try:
            broken = _run(options, private)
        finally:
            connections.close_all()
            connections["default"].close_pool()  # type: ignore[attr-defined]
    return 1 if broken else 0


def _run(options: argparse.Namespace, private: Private) -> int:
    from tests.faults.playbill import Size, entries
    from tests.faults.stage import Theatre
    from tests.newsletter.audiences import everybody_leaves

    broken, begun_all = 0, time.perf_counter()
    size = Size(is_small=options.fast, seed=options.seed)
    with tempfile.TemporaryDirectory() as folder, Theatre(Path(folder)) as theatre:
        plays = entries(theatre, private, size)
        for name in options.faults or NAMES:
            for title, play in plays[name]:
                begun = time.perf_counter()
                try:
                    verdict, is_broken = play(), False
                except AssertionError:
                    verdict, is_broken = traceback.format_exc(), True  # type: ignore[assignment]
                everybody_leaves()
                said = f"{name:<4}{title:<44}{time.perf_counter() - begun:6.1f} s  {verdict}"
                sys.stdout.write(f"{said}\n")
                sys.stdout.flush()
                broken += is_broken or bool(verdict.problems)
    sys.stdout.write(f"All of it in {time.perf_counter() - begun_all:.0f} s; {broken} broke a promise.\n")
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
    parser.add_argument("--like", default="", metavar="URL", help="copy this migrated database instead of making one")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
