"""Seconds and the most memory of the dump and the verifier, with tools made in SQL and a receipt for each thing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg

from bench.lists import grow
from comparisons.opendata.shipping import shipped
from config.env import BASE_DIR

SIZE = int(os.environ.get("SIZE", "20000"))
_KINDS = {
    "category": "tools_category",
    "criterion": "tools_criterion",
    "reviewer": "reviews_reviewer",
    "tool": "tools_tool",
    "price": "tools_plan",
    "fact": "tools_fact",
    "verdict": "reviews_review",
}


def run(environment: dict[str, str]) -> None:
    grow(environment["DATABASE_URL"], 0, SIZE)
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        for kind, table in _KINDS.items():
            connection.execute(f"SELECT comparisons_record('{kind}', ARRAY(SELECT id FROM {table}))".encode())  # noqa: S608
        connection.execute(b"ANALYZE")
    with tempfile.TemporaryDirectory() as folder:
        dump, file = Path(folder, "dump"), Path(folder, "verify_publication.py")
        file.write_bytes(shipped())
        written = _measure([sys.executable, "manage.py", "dump_data", str(dump)], environment)
        sizes = sum(path.stat().st_size for path in dump.iterdir()) / 2**20
        verified = _measure([sys.executable, "-I", "-S", str(file), str(dump)], {})
    print(f"{SIZE:,} tools, a dump of {sizes:.1f} MiB, packed")
    for name, (seconds, memory) in {"dump_data": written, "verify_publication.py": verified}.items():
        print(f"{name:<22} {seconds:>6.1f} s {memory:>7.1f} MiB at most")


def _measure(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds and MiB of one process, which must succeed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=BASE_DIR, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("That failed; what it said stands above.")
    scale = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return time.perf_counter() - started, usage.ru_maxrss * scale / 2**20
