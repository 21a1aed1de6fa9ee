"""The stage of a run: its servers, tools and readers, and everything they wrote into their logs."""

from __future__ import annotations

import random
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import IO

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from attacks.findings import Finding
from testbed.readers import sign_in
from testbed.server import WebServer, procfile, web_server
from testbed.traffic import Reader
from tests.factories import make_category, make_tool
from tools.models import Tool

# As on a server behind one proxy, but for plain http on this machine. The driver is that proxy.
AS_A_SERVER = {
    "TRUSTED_PROXY_HOPS": "1",
    "VOTE_ACCOUNT_AGE_HOURS": "72",
    "GRANIAN_LOG_ACCESS_ENABLED": "1",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}


@dataclass
class Stage:
    """What attacks act on. `fast` makes them small, `seed` makes two runs alike."""

    environment: dict[str, str]
    fast: bool = False
    seed: int = 0
    without_broker: bool = False
    log: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    results: dict[str, list[Finding]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self._servers: dict[tuple[tuple[str, str], ...], WebServer] = {}
        self._open = ExitStack()

    def __enter__(self) -> Stage:
        self.category = make_category()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def size(self, full: int, small: int) -> int:
        return small if self.fast else full

    @property
    def port(self) -> int:
        return self.server().port

    def server(self, **variables: str) -> WebServer:
        """The web line of the Procfile with these variables, started when it is first asked for."""
        variables = {name: value for name, value in variables.items() if AS_A_SERVER.get(name) != value}
        # Two processes answer on the stage itself; one is enough for a server with another setting.
        concurrency = {"WEB_CONCURRENCY": "1" if variables else "2"}
        variables = {**(GONE if self.without_broker else {}), **variables}
        key = tuple(sorted(variables.items()))
        if key not in self._servers:
            environment = {**self.environment, **AS_A_SERVER, **concurrency, **variables}
            self._servers[key] = self._open.enter_context(web_server(environment, procfile("web"), self.log))
        return self._servers[key]

    def server_without_broker(self) -> WebServer:
        return self.server(**GONE)

    def tool(self) -> Tool:
        """A published tool of its own for each attack, so that none meets another's votes."""
        return make_tool(category=self.category, slug=f"target-{next(self.numbers)}")

    def network(self) -> str:
        """An IPv4 /24 that nobody used before in this run."""
        number = next(self.numbers)
        return f"10.{number // 250}.{number % 250}"

    def address(self) -> str:
        """An address in a network of its own."""
        return f"{self.network()}.7"

    def accounts(self, how_many: int, *, age: timedelta = timedelta(days=30)) -> list[User]:
        """Proven accounts."""
        now = timezone.now()
        return User.objects.bulk_create(
            User(email=f"reader{next(self.numbers)}@example.org", password="!", verified_at=now, joined_at=now - age)
            for _ in range(how_many)
        )

    def new_browser(self, address: str = "") -> Reader:
        """A browser that has voted before: it has a cookie."""
        return Reader(address or self.address(), f"{settings.VOTER_COOKIE_NAME}={secrets.token_urlsafe(16)}")

    def signed_in(self, user: User, address: str = "") -> Reader:
        """An account's browser, with a session made as signing in makes it."""
        return Reader(address or self.address(), *sign_in([user]))

    def stay_within_a_day(self) -> None:
        """Limits begin anew at midnight UTC: an attack that would run over it waits for the new day."""
        now = datetime.now(UTC)
        left = (now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) - now).total_seconds()
        if left < self.size(300, 30):
            time.sleep(left + 1)

    def logs(self) -> str:
        """Everything the web servers have printed."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace")


GONE = {"REDIS_URL": "redis://127.0.0.1:1/0"}  # where nobody listens
