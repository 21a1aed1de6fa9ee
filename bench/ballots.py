"""The voters and votes of the benchmark `votes`: readers made in SQL, and a stream of votes for each way of voting."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import count, cycle
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection

from accounts.models import User
from bench.pages import REFERENCE
from testbed.readers import sign_in
from testbed.traffic import SAME, Reader, ballot, request

TOOLS, ACCOUNTS, WITH_SESSION = 1000, 50_000, 1000

# Long-standing readers, so that no wave of the benchmark looks like a burst and is set aside. Each has voted already:
# over an empty table the database plans to read all of it, and every vote of the run would cost more than the last.
_PREPARE = """
INSERT INTO tools_tool (slug, name, maker, tagline, website, licence, description, status, published_at, updated_at,
                        category_id)
SELECT 'bench-' || n, 'Bench ' || n, 'M', 'T', 'https://tool.example.com/', '', '', 'published', now(), now(),
       (SELECT min(id) FROM tools_category) FROM generate_series(1, %(tools)s) n;
INSERT INTO accounts_user (email, password, name, is_staff, is_active, is_superuser, verified_at, joined_at)
SELECT 'reader' || n || '@example.org', '!', '', false, true, false, now(), now() - interval '90 days'
FROM generate_series(1, %(accounts)s) n;
INSERT INTO votes_voter (user_id, first_vote_at)
SELECT id, now() - interval '90 days' FROM accounts_user WHERE email LIKE 'reader%%';
INSERT INTO votes_vote (tool_id, voter_id, choice, crowd, state, revision, reason, cast_at, changed_at)
SELECT (SELECT min(id) FROM tools_tool WHERE slug LIKE 'bench-%%') + id %% %(tools)s, id, id %% 2 * 2 - 1, 'account',
       'counted', 1, 'cast', now() - interval '9 days', now() - interval '9 days' FROM votes_voter WHERE user_id > 0;
CREATE TABLE bare (LIKE votes_vote INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
"""
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Readers:
    """Accounts with a session, each at an address of its own."""

    signed_in: list[Reader]

    @classmethod
    def prepare(cls) -> Readers:
        """Write the tools and accounts of the run into its new database."""
        with connection.cursor() as cursor:
            for statement in _PREPARE.split(";")[:-1]:
                cursor.execute(statement, {"tools": TOOLS, "accounts": ACCOUNTS})
            cursor.execute("ANALYZE")
        users = User.objects.filter(email__startswith="reader").order_by("pk")[:WITH_SESSION]
        return cls([Reader(_address(), cookie) for cookie in sign_in(users)])

    def costs(self) -> dict[str, Iterator[bytes]]:
        """Requests without end, by what is measured: each changes a vote, on one of many tools."""
        return {
            "reference R": cycle([request(REFERENCE)]),
            "signed in, by form": self.by_account("spread"),
            "signed in, by script (answered with the new numbers)": self.by_account("spread", is_form=False),
            "passing by, known browser, by form": _by_browser(),
            "passing by, first vote of a browser, by form": by_new_browser("spread"),
        }

    def by_account(self, where: str, *, is_form: bool = True) -> Iterator[bytes]:
        """One account after the other; on a hot tool each changes its mind when its turn comes again."""
        for turn in count():
            for reader in self.signed_in:
                slug = _slug(where)
                yield form(slug, turn, reader) if is_form else ballot(slug, ("ship", "skip")[turn % 2], reader)


def by_new_browser(where: str) -> Iterator[bytes]:
    """A browser that never voted, from a network of its own, each time."""
    while True:
        yield form(_slug(where), 0, Reader(_address()))


def _by_browser() -> Iterator[bytes]:
    """Browsers that vote on one tool after the other; their first round is not measured."""
    readers = [Reader(_address(), f"{settings.VOTER_COOKIE_NAME}={number:022}") for number in range(160)]
    for turn in count():
        for reader in readers:
            yield form(f"bench-{turn % TOOLS + 1}", turn, reader)


def form(slug: str, turn: int, reader: Reader) -> bytes:
    """A vote as a page without script sends it."""
    body = urlencode({"choice": ("ship", "skip")[turn % 2], "next": f"/tools/{slug}/"}).encode()
    headers = {**SAME, "Content-Type": "application/x-www-form-urlencoded"}
    return request(f"/votes/{slug}/", reader=reader, method="POST", headers=headers, body=body)


def _slug(where: str) -> str:
    return "bench-1" if where == "hot" else f"bench-{random.randint(1, TOOLS)}"


def _address() -> str:
    return str(ip_address((20 << 24) + 256 * next(_numbers) + 7))
