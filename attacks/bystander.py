"""Other readers during an attack: a process of its own, so that the attacker's work does not slow its clock."""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from testbed.traffic import Line, ballot, request

if TYPE_CHECKING:
    from attacks.stage import Stage
    from tools.models import Tool

READERS = 100
PAUSE_SECONDS = 0.02


class Others:
    """They read a tool's page and vote on it, in turn; figures are the seconds that each answer took."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def measure(self, requests: int) -> list[float]:
        self._pipe.send(requests)
        return list(self._pipe.recv())

    def begin(self) -> None:
        self._pipe.send(None)

    def end(self) -> list[float]:
        self._pipe.send("end")
        return list(self._pipe.recv())


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


@contextmanager
def watching(stage: Stage, tool: Tool) -> Iterator[Others]:
    """Other readers at the stage's server."""
    page = request(f"/tools/{tool.slug}/", reader=stage.new_browser())
    votes = [ballot(tool.slug, choice, stage.new_browser()) for choice in ("ship", "skip") * (READERS // 2)]
    requests = [sent for vote in votes for sent in (page, vote)]
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_read_and_vote, args=(stage.port, requests, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Others(ours)
    finally:
        ours.close()
        process.join(10)
        process.kill()


def _read_and_vote(port: int, requests: list[bytes], pipe: Connection) -> None:
    try:
        asyncio.run(_obey(Line(port), cycle(requests), pipe))
    except (EOFError, KeyboardInterrupt):
        return


async def _obey(line: Line, requests: Iterator[bytes], pipe: Connection) -> None:
    while True:
        wanted: int | None = pipe.recv()
        seconds: list[float] = []
        while len(seconds) < wanted if wanted else not pipe.poll():
            answer = await line.send(next(requests))
            # No answer is the slowest of all.
            seconds.append(answer.seconds if answer.status in (200, 202) else float("inf"))
            await asyncio.sleep(PAUSE_SECONDS)
        if not wanted:
            pipe.recv()
        pipe.send(seconds)
