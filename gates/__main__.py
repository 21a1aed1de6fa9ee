"""python -m gates lighthouse|weight [PAGE ...]: judge the pages of the demo publication as a server shows them.

The exit code is 1 when something misses its bar. See docs/gates.md.
"""

from __future__ import annotations

import argparse
import signal
import sys

from gates import lighthouse, weight


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server and the database end with us
    parser = argparse.ArgumentParser(prog="python -m gates", description="Judge the pages from outside.")
    parser.add_argument("gate", choices=["lighthouse", "weight"])
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=f"some of {', '.join(lighthouse.PAGES)}; else all")
    parser.add_argument("--runs", type=int, default=5, help="of Lighthouse on each page; the one in the middle counts")
    options = parser.parse_args()
    if unknown := set(options.pages) - set(lighthouse.PAGES):
        parser.error(f"there is no page {min(unknown)}, only {', '.join(lighthouse.PAGES)}")
    pages = options.pages or list(lighthouse.PAGES)
    return weight.run(pages) if options.gate == "weight" else lighthouse.run(pages, options.runs)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
