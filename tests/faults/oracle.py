"""What must hold of a send whatever was broken, by comparing what the sink accepted with what the database says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Self

from newsletter.models import Attempt, Delivery, Issue
from newsletter.sending.accounting import count_rows
from newsletter.sending.message_ids import read_message_id
from tests.sink import Mail


@dataclass
class Verdict:
    recipients: int
    faults: int
    lost: list[str]
    wrong: list[str]
    duplicates: int
    most_copies: int
    doubts: int
    problems: list[str] = field(default_factory=list)

    def insist(self, is_so: bool, sentence: str) -> Self:  # noqa: FBT001
        """What this fault promises beyond what every send does."""
        if not is_so:
            self.problems.append(sentence)
        return self

    def insist_on_once(self) -> Self:
        return self.insist(not self.duplicates, "somebody got it twice").insist(not self.doubts, "somebody was doubted")

    def __str__(self) -> str:
        return (
            f"{self.recipients} recipients, {self.faults} faults, {len(self.lost)} lost, {self.duplicates} duplicates, "
            f"{self.most_copies} copies at most, {self.doubts} in doubt, {len(self.wrong)} wrong"
            + "".join(f"\n    {problem}" for problem in self.problems)
        )


def judge(issue: Issue, mails: list[Mail], faults: int = 0) -> Verdict:
    """Every promise of the engine, held against the sink's log."""
    rows = {row.pk: row for row in Delivery.objects.filter(issue=issue)}
    issue.refresh_from_db()
    copies: Counter[int] = Counter()
    wrong = []
    for mail in mails:
        known = read_message_id(mail.message_id)
        row = rows.get(known[0]) if known and known[1] == issue.message_tail else None
        if row is None or row.address != mail.recipient:
            wrong.append(mail.recipient)
        else:
            copies[row.pk] += 1
    attempts = list(Attempt.objects.filter(delivery__issue=issue).values_list("delivery_id", "token", "outcome"))
    doubts = {(pk, token) for pk, token, outcome in attempts if outcome == "in_doubt"}
    explained = Counter(
        pk for pk, _ in {(pk, token) for pk, token, what in attempts if what in {"accepted", "in_doubt"}}
    )
    answered_for = {"held", "rejected", "expired", "skipped"}
    lost = [row.address or "" for pk, row in rows.items() if not copies[pk] and row.state not in answered_for]
    verdict = Verdict(
        recipients=len(rows),
        faults=faults,
        lost=lost,
        wrong=wrong,
        duplicates=sum(count - 1 for count in copies.values()),
        most_copies=max(copies.values(), default=0),
        doubts=len(doubts),
    )
    verdict.problems += _problems(issue, rows, copies, explained, verdict)
    return verdict


def _problems(
    issue: Issue, rows: dict[int, Delivery], copies: Counter[int], explained: Counter[int], verdict: Verdict
) -> list[str]:
    account = count_rows(issue)
    untrue = [pk for pk, row in rows.items() if row.state == "accepted" and not copies[pk]]
    unexplained = [pk for pk, count in copies.items() if count > explained[pk]]
    unsettled = [pk for pk, row in rows.items() if row.final_at is None and row.state != "held"]
    return [
        sentence
        for is_so, sentence in (
            (verdict.lost, f"lost: {verdict.lost[:5]}"),
            (verdict.wrong, f"wrong recipients: {verdict.wrong[:5]}"),
            (verdict.most_copies > 2, "somebody got more than two copies"),
            (verdict.duplicates > verdict.doubts, "more duplicates than doubts"),
            (untrue, f"accepted rows that the sink never saw: {untrue[:5]}"),
            (unexplained, f"copies that no attempt explains: {unexplained[:5]}"),
            (unsettled, f"rows that are neither settled nor held: {unsettled[:5]}"),
            (not account.adds_up, f"the account does not add up: {account.total} of {account.expected}"),
            (not account.tallies_agree, "the tallies are not what the rows say"),
        )
        if is_so
    ]
