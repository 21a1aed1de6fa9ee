"""After the attacks: whether any log holds an address that was used in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attacks.findings import Finding, exactly, said
from attacks.stage import Stage
from config.embedded import servers
from config.env import STATE_DIR
from testbed.traffic import used_addresses

_WORD = re.compile(r"[0-9a-fA-F.:]{3,}")


def search_logs(stage: Stage) -> Iterator[Finding]:
    """The web servers' logs, with every request in them, and the embedded database's when that one is used."""
    web = stage.logs()
    yield said("lines of the web servers; addresses used", f"{web.count(chr(10)):,}; {len(used_addresses):,}")
    yield exactly("of these addresses in the web servers' logs", len(addresses_in(web, used_addresses)), 0)
    # The server names its own address once, at its start; no line about a request does.
    direct = sum("127.0.0.1" in line for line in web.splitlines() if "HTTP/1" in line)
    yield exactly("lines about requests with the connection's address", direct, 0)
    database = _database_log()
    if database.exists():
        text = database.read_text(errors="replace")
        yield exactly("of these addresses in the database's log", len(addresses_in(text, used_addresses)), 0)


def addresses_in(text: str, addresses: set[str]) -> set[str]:
    """Which of the addresses stand in a text."""
    return addresses & {word.strip(".:") for word in _WORD.findall(text)} if text else set()


def _database_log() -> Path:
    return servers(STATE_DIR, test=True)[0].log
