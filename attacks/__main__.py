"""python -m attacks [V1 ...] [--fast] [--seed N] [--without-broker]: carry out the attacks, all of them or those named.

Every figure stands beside its bar; the exit code is 1 when an attack broke something. See docs/attacks.md.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time

import django

from testbed.database import fresh_database

NAMES = [f"V{number}" for number in range(1, 17)]


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every server and the database end with us
    begun = time.perf_counter()
    with fresh_database("attacks") as environment:
        os.environ.update({**environment, "VOTE_ACCOUNT_AGE_HOURS": "72", "DJANGO_SETTINGS_MODULE": "config.settings"})
        django.setup()
        from attacks.run import run
        from attacks.stage import Stage

        stage = Stage(environment, fast=options.fast, seed=options.seed, without_broker=options.without_broker)
        try:
            broken = run(stage, options.attacks)
        finally:
            from django.db import connections

            connections.close_all()
            connections["default"].close_pool()  # type: ignore[attr-defined]
    print(f"{time.perf_counter() - begun:.0f} s, seed {options.seed}")
    return 1 if broken else 0


def _name(text: str) -> str:
    if text.upper() not in NAMES:
        raise argparse.ArgumentTypeError(f"there is no attack {text}, only {NAMES[0]} to {NAMES[-1]}")
    return text.upper()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m attacks", description="Carry out the attacks on votes.")
    parser.add_argument("attacks", nargs="*", type=_name, metavar="V1", help="which; all of them when none is named")
    parser.add_argument("--fast", action="store_true", help="a small version of each, in seconds")
    parser.add_argument("--seed", type=int, default=0, help="for everything that is chosen by chance")
    parser.add_argument("--without-broker", action="store_true", help="Redis is gone during every attack")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
