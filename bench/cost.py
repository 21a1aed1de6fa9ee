"""What the kernel says a run has cost so far."""

from __future__ import annotations

import psutil
import psycopg

OURSELVES = "bench"


def cpu_seconds(server: int, database: str) -> float:
    """User and system time of the web processes and of the database's processes that serve others than ourselves."""
    with psycopg.connect(database, application_name=OURSELVES) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND application_name <> %s",
            [OURSELVES],
        ).fetchall()
        web = psutil.Process(server)
        times = [process.cpu_times() for process in (web, *web.children(recursive=True))]
        times += [psutil.Process(pid).cpu_times() for (pid,) in found]
    return float(sum(used.user + used.system for used in times))
