"""A small HTTP client that sends many requests at once to this machine, and nowhere else.

It plays the trusted proxy too: every request carries the address of its reader in X-Forwarded-For, and every address
that was ever used is remembered, so that the logs can be searched for them.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

SECONDS_TO_ANSWER = 60
SAME = {"Sec-Fetch-Site": "same-origin"}
used_addresses: set[str] = set()


@dataclass(frozen=True, slots=True)
class Answer:
    """A status of 0 means that none came."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0

    @property
    def cookies(self) -> dict[str, str]:
        """What the browser is told to keep."""
        lines = self.headers.get("set-cookie", "").splitlines()
        return dict(line.split(";")[0].split("=", 1) for line in lines)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with an address and perhaps a cookie."""

    address: str = ""
    cookie: str = ""


Headers = dict[str, str] | Sequence[tuple[str, str]]


def request(
    path: str, *, reader: Reader = Reader(), method: str = "GET", headers: Headers = (), body: bytes = b""
) -> bytes:
    """The bytes of a request; headers are sent as they are spelled, in their order, twice if given twice."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers.items() if isinstance(headers, dict) else headers)]
    if reader.address:
        used_addresses.add(reader.address)
        lines.append(f"X-Forwarded-For: {reader.address}")
    if reader.cookie:
        lines.append(f"Cookie: {reader.cookie}")
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def ballot(slug: str, choice: Any, reader: Reader, headers: Headers | None = None) -> bytes:
    """A vote as the script of a page sends it."""
    given = SAME if headers is None else headers
    more = list(given.items() if isinstance(given, dict) else given)
    body = choice if isinstance(choice, bytes) else json.dumps({"choice": choice}).encode()
    kind = () if any(name.lower() == "content-type" for name, _ in more) else (("Content-Type", "application/json"),)
    return request(f"/votes/{slug}/", reader=reader, method="POST", headers=[*kind, *more], body=body)


def ask(port: int, sent: bytes) -> Answer:
    """One request on a connection of its own."""
    return volleys(port, [[sent]])[0]


def volleys(port: int, groups: Sequence[Sequence[bytes]]) -> list[Answer]:
    """Each group at one moment, a connection for each request; the next group when every answer is there."""

    async def all_of_it() -> list[Answer]:
        found: list[Answer] = []
        lines = [Line(port) for _ in range(max(map(len, groups)))]
        for requests in groups:
            found += await asyncio.gather(*(line.send(sent) for line, sent in zip(lines, requests, strict=False)))
        for line in lines:
            line.close()
        return found

    return asyncio.run(all_of_it())


def flood(port: int, requests: Iterable[bytes], connections: int = 8) -> Counter[int]:
    """Requests one after the other on each of some connections, as fast as they are answered; statuses, counted."""
    return Counter(answer.status for answer in answers(port, requests, connections))


def answers(port: int, requests: Iterable[bytes], connections: int = 8) -> list[Answer]:
    """Like `flood`, with every answer."""
    waiting, found = iter(requests), list[Answer]()

    async def work() -> None:
        line = Line(port)
        for sent in waiting:
            found.append(await line.send(sent))
        line.close()

    async def all_of_it() -> None:
        await asyncio.gather(*(work() for _ in range(connections)))

    asyncio.run(all_of_it())
    return found


class Line:
    """A connection that stays open as long as the server likes."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, sent: bytes) -> Answer:
        """The answer; a connection that the server had closed meanwhile is opened anew, once."""
        begun = time.perf_counter()
        is_reused = self.streams is not None
        try:
            status, headers, body = await asyncio.wait_for(self._exchange(sent), SECONDS_TO_ANSWER)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            is_stale = is_reused and not isinstance(error, TimeoutError)
            return await self.send(sent) if is_stale else Answer(0)
        return Answer(status, headers, body, time.perf_counter() - begun)

    def close(self) -> None:
        if self.streams:
            self.streams[1].close()
            self.streams = None

    async def _exchange(self, sent: bytes) -> tuple[int, dict[str, str], bytes]:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        writer.write(sent)
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for name, _, value in (line.partition(":") for line in lines if line):
            before = headers.get(name.lower())
            headers[name.lower()] = value.strip() if before is None else f"{before}\n{value.strip()}"
        length = 0 if sent.startswith(b"HEAD ") else int(headers.get("content-length", 0))
        body = await reader.readexactly(length)
        if headers.get("connection") == "close":
            self.close()
        return int(first.split()[1]), headers, body


def addresses_of(network: str, count: int) -> Iterator[str]:
    """The first `count` hosts of an IPv4 /24 ("10.1.2") or of an IPv6 /48 ("fd00:1:2", a /64 each), again and again."""
    for number in range(count):
        if ":" in network:
            yield f"{network}:{number % 65536:x}::1"
        else:
            yield f"{network}.{number % 254 + 1}"
