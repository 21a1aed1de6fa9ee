"""python -m bench [NAME ...]: run the benchmarks, all of them or those named. Figures and ratios are printed; none is
asserted, because this machine may be busy. See docs/performance.md for how to read them."""

from __future__ import annotations

import sys

from bench import (
    account,
    audience,
    cockpit,
    lists,
    loading,
    mail,
    pages,
    receipts,
    search,
    sending,
    sitemaps,
    smtp,
    subscribing,
    verify,
    votes,
)
from testbed.database import durable, fresh_database, of_the_tests

BENCHMARKS = {
    "account": (account.run, of_the_tests),
    "audience": (audience.run, durable),
    "cockpit": (cockpit.run, of_the_tests),
    "lists": (lists.run, of_the_tests),
    "loading": (loading.run, of_the_tests),
    "mail": (mail.run, of_the_tests),
    "pages": (pages.run, of_the_tests),
    "receipts": (receipts.run, of_the_tests),
    "search": (search.run, of_the_tests),
    "sending": (sending.run, durable),
    "sitemaps": (sitemaps.run, of_the_tests),
    "smtp": (smtp.run, of_the_tests),
    "subscribing": (subscribing.run, of_the_tests),
    "verify": (verify.run, of_the_tests),
    "votes": (votes.run, durable),
}


def main() -> None:
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise SystemExit(f"There is no benchmark {unknown[0]}. Choose from {', '.join(BENCHMARKS)}.")
    for name in names:
        print(f"\n== {name}")
        measure, services = BENCHMARKS[name]
        with fresh_database("bench", services) as environment:
            measure(environment)


if __name__ == "__main__":
    main()
