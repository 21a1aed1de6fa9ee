"""Subscribers by the million, in SQL: active ones with wishes of their own."""

from __future__ import annotations

import psycopg

_SUBSCRIBERS = """
INSERT INTO newsletter_subscriber
    (address, address_key, address_hmac, state, key, confirmed_at, asked_at, only_followed)
SELECT address, address, sha256(address::bytea), 'active', substring(sha256(address::bytea) FROM 1 FOR 16),
       now() - n %% 400 * interval '1 day', now(), n %% 100 = 0
FROM generate_series(1, %s) AS n CROSS JOIN LATERAL (SELECT 'mate' || n || '@example.org' AS address) AS a
"""
# Who follows anything follows up to eight tools, two classes and two reviewers.
_FOLLOW = """
WITH keys AS (SELECT array_agg(id) AS all_of_them FROM {table})
INSERT INTO newsletter_subscriber_{name} (subscriber_id, {key}_id)
SELECT DISTINCT s.id, all_of_them[1 + (s.id * 31 + place * 17) % cardinality(all_of_them)]
FROM newsletter_subscriber s CROSS JOIN keys CROSS JOIN generate_series(1, {most}) AS place
WHERE s.id % {every} = 0 AND place <= s.id / {every} * 7 % ({most} + 1)
"""
_FOLLOWED = (
    ("tools", "tool", "tools_tool", 8),
    ("categories", "category", "tools_category", 2),
    ("reviewers", "reviewer", "reviews_reviewer", 2),
)


def fill(database: str, count: int, every: int = 1) -> None:
    """So many subscribers in all, every so many of whom follow something; those there were are gone."""
    with psycopg.connect(database, autocommit=True) as session:
        session.execute("TRUNCATE newsletter_subscriber CASCADE")
        session.execute(_SUBSCRIBERS, [count])
        for name, key, table, most in _FOLLOWED:
            session.execute(_FOLLOW.format(name=name, key=key, table=table, most=most, every=every).encode())
        session.execute("VACUUM ANALYZE")
