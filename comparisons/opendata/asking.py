"""What the verifier may be asked, and how it says what it cannot read.

`shipping.py` puts this into the one file that strangers run.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date


def plainly(problem: BaseException) -> str:
    """Why, without the numbers and quotes that a system puts around it."""
    cause = getattr(problem, "reason", problem) if not hasattr(problem, "code") else problem
    return getattr(cause, "strerror", None) or str(cause)


def a_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day, write one like 2026-10-01") from None


def a_number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number, write one from 0 on")
    return int(text)


def arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("source", help="the address of a site, a folder that holds a dump, or its manifest.json")
    add("--as-of", action="append", type=a_day, metavar="DAY", help="rebuild this day, like 2026-10-01; any number")
    add("--days", type=a_number, default=3, help="without --as-of: how many days to choose by chance")
    add("--seed", type=a_number, help="what chance begins with, to repeat a run")
    add("--sample", type=a_number, default=100, help="how many tools to rebuild for each day, 0 for all")
    add("--against", metavar="OLDER", help="an older dump: each of its receipts must still be there, unchanged")
    add(
        "--wait",
        type=a_number,
        default=61,
        help="seconds before a site that disagrees is read again: answers may be kept",
    )
    add("--quiet", action="store_true", help="print disagreements only")


def tell(words: str) -> None:
    """What is being read, for whoever sits before a terminal: a large publication takes minutes."""
    if sys.stderr.isatty():
        print(f"\r{words:<60}", end="" if words else "\r", file=sys.stderr, flush=True)
