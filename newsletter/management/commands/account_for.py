"""manage.py account_for ISSUE"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsletter.models import Issue
from newsletter.sending.accounting import Account, count_rows


class Command(BaseCommand):
    help = "Count every recipient of an issue, by its number; fails when the numbers do not add up."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("issue", type=int)

    def handle(self, *, issue: int, **options: Any) -> None:
        found = Issue.objects.filter(number=issue).first()
        if found is None:
            raise CommandError(f"There is no issue {issue}.")
        if found.expected is None:
            raise CommandError(f"{found} is {found.status}: {found.note or 'nobody has been asked yet.'}")
        account = count_rows(found)
        for line in _lines(account):
            self.stdout.write(line)
        if not account.adds_up:
            raise CommandError(f"It does not add up: {account.total} are there, {account.expected} were expected.")
        if not account.tallies_agree:
            raise CommandError("It does not add up: what was counted as it happened differs from the rows.")
        self.stdout.write("It adds up.")


def _lines(account: Account) -> list[str]:
    issue = account.issue
    numbers = {
        "candidates": issue.candidates,
        "excluded": issue.excluded,
        **{f"  {reason}": count for reason, count in sorted(issue.exclusions.items())},
        "expected": account.expected,
        "accepted": account.accepted,
        "rejected": account.rejected,
        "skipped": sum(account.skipped.values()),
        **{f"  {reason}": count for reason, count in sorted(account.skipped.items())},
        "expired": account.expired,
        "let go": account.let_go,
        "queued": account.queued,
        "deferred": account.deferred,
        "in flight": account.in_flight,
        "in doubt": account.in_doubt,
        "held": account.held,
        "bounced": account.bounced,
        "complained": account.complained,
    }
    lines = [f"{issue}: {issue.status}", *(f"{name:<18}{count:>9}" for name, count in numbers.items())]
    lines += [f"  {row.address or row.subscriber_id} {row.state} {row.reason}".rstrip() for row in account.doubtful]
    if (more := account.in_doubt + account.held - len(account.doubtful)) > 0:
        lines.append(f"  and {more} more in doubt or held")
    policy = "resend once" if issue.doubt_policy == Issue.DoubtPolicy.RESEND_ONCE else "hold"
    return [
        *lines,
        f"{account.in_doubt} in doubt; policy {policy}; at most {account.twice_at_most} may see it twice.",
        f"{account.again} were in doubt before and sent once more: they may have seen it twice.",
    ]
