"""python -m bench [NAME ...]: run the benchmarks, all of them or those named. Figures and ratios are printed; none is
asserted, because this machine may be busy. See docs/performance.md for how to read them."""

from __future__ import annotations

import sys

from bench import loading, pages, search
from bench.database import fresh_database

BENCHMARKS = {"loading": loading.run, "pages": pages.run, "search": search.run}


def main() -> None:
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise SystemExit(f"There is no benchmark {unknown[0]}. Choose from {', '.join(BENCHMARKS)}.")
    for name in names:
        print(f"\n== {name}")
        with fresh_database() as environment:
            BENCHMARKS[name](environment)


if __name__ == "__main__":
    main()
