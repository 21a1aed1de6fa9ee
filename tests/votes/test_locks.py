"""The numbers of advisory locks: one place in Python, and the same numbers in the database."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from config.env import BASE_DIR
from votes import locks

NUMBERS = {name: number for name, number in vars(locks).items() if name.isupper()}


@pytest.mark.django_db
def test_the_functions_of_the_database_use_the_named_numbers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE prosrc ~ 'advisory_xact_lock' AND prolang <> 12")
        used = {
            name: set(map(int, re.findall(r"advisory_xact_lock(?:_shared)?\((\d+)", source))) for name, source in cursor
        }
    assert used["votes_cast"] == {locks.READER, locks.TOOL}
    assert used["comparisons_catch_up"] == {locks.MANY}
    assert set().union(*used.values()) <= set(NUMBERS.values())


def test_no_other_line_of_python_spells_a_number() -> None:
    apps = ("accounts", "comparisons", "editorial", "reviews", "tools", "votes")
    sources = [path for app in apps for path in (BASE_DIR / app).rglob("*.py") if "migrations" not in path.parts]
    bare = re.compile("|".join(rf"\b{number}\b" for number in NUMBERS.values()))
    assert len(set(NUMBERS.values())) == len(NUMBERS) == 4
    assert [path.name for path in sources if bare.search(path.read_text())] == ["locks.py"]
