"""Gives a test run its servers: those the environment names, else embedded ones of its own.

A pytest plugin (`-p tests.services`), because the settings are read before any conftest.py.
"""

from __future__ import annotations

import atexit
import contextlib
import os

import pytest
from hypothesis import settings

from config.embedded import EmbeddedError, running
from config.env import STATE_DIR

_servers = contextlib.ExitStack()
atexit.register(_servers.close)  # not a hook of pytest: another plugin's failure must not leave servers behind

# A busy machine must not fail a test: no example has a time limit.
settings.register_profile("drydock", deadline=None)
settings.load_profile("drydock")

os.environ.setdefault("LOCAL", "1")
os.environ.setdefault("SECRET_KEY", "only-for-tests")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        return  # named by hand, or inherited by a parallel worker from the run that started it
    try:
        services = _servers.enter_context(running(STATE_DIR, test=True))
    except EmbeddedError as error:
        raise pytest.UsageError(str(error)) from error
    os.environ.setdefault("DATABASE_URL", services.database_url)
    os.environ.setdefault("REDIS_URL", services.redis_url)
