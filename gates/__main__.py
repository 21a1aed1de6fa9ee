"""python -m gates lighthouse|html|weight: judge the pages of the demo publication as a server shows them.

The exit code is 1 when something misses its bar. See docs/gates.md.
"""

from __future__ import annotations

import argparse
import signal
import sys

from gates import lighthouse


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server and the database end with us
    parser = argparse.ArgumentParser(prog="python -m gates", description="Judge the pages from outside.")
    gates = parser.add_subparsers(dest="gate", required=True)
    scores = gates.add_parser("lighthouse", help="100 in four categories on five pages")
    scores.add_argument("pages", nargs="*", choices=[[], *lighthouse.PAGES], metavar="PAGE", help="all, unless named")
    scores.add_argument("--runs", type=int, default=3, help="of each page; the one in the middle counts")
    options = parser.parse_args()
    return lighthouse.run(options.pages or list(lighthouse.PAGES), options.runs)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
