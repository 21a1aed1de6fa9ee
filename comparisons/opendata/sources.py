"""Where the verifier reads public data from: a dump or the API. `at` is what is being read.

`shipping.py` puts this into the one file that strangers run.
"""

from __future__ import annotations

import gzip
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from comparisons.opendata.rules import Record, sortable

ALWAYS = "9999"  # later than any moment


class Folder:
    """A dump. Each collection is one JSON array with a record a line, and is read line by line."""

    def __init__(self, path: Path) -> None:
        self.folder = path.parent if path.name == "manifest.json" else path
        self.manifest = json.loads((self.folder / "manifest.json").read_bytes())
        self.made_at, self.language = sortable(self.manifest["made_at"]), self.manifest.get("language", "en")
        self.at = str(self.folder)

    def lines(self, name: str) -> Iterator[str]:
        self.at = str(self.folder / name)
        with gzip.open(self.at, "rt", encoding="utf-8", newline="") as file:
            yield from file

    def records(self, name: str) -> Iterator[Record]:
        texts = (line.rstrip(",\r\n") for line in self.lines(f"{name}.json.gz"))
        return (dict(json.loads(text)) for text in texts if text not in ("[", "]", "[]", ""))

    def content(self, name: str) -> bytes:
        self.at = str(self.folder / Path(name).name)
        return Path(self.at).read_bytes()


class Site:
    """The API, asked for one thing at a time, and again when it is busy."""

    made_at = ALWAYS

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        index = self.get("/api/v1/") or {}
        if "collections" not in index:
            raise ValueError("there is no open data of a Drydock site")
        self.language = index.get("language", "en")

    def get(self, path: str) -> Record | None:
        """What is at a path, None if nothing is."""
        self.at = self.address + path
        headers = {"User-Agent": "verify_publication/1", "Accept": "application/json", "Accept-Encoding": "gzip"}
        for attempt in range(6):
            try:
                with urllib.request.urlopen(urllib.request.Request(self.at, headers=headers), timeout=60) as answer:
                    packed, content = answer.headers.get("Content-Encoding") == "gzip", answer.read()
                    return dict(json.loads(gzip.decompress(content) if packed else content))
            except (OSError, http.client.HTTPException) as problem:
                code, pause = getattr(problem, "code", 0), ""
                if isinstance(problem, urllib.error.HTTPError):
                    pause = problem.headers.get("Retry-After", "")
                    problem.close()
                if code == 404:
                    return None
                if code not in (0, 429, 503) or attempt == (5 if code else 2):
                    raise
            time.sleep(min(120, int(pause)) if pause.isdigit() else 1 + attempt)
        return None

    def records(self, name: str) -> Iterator[Record]:
        path = f"/api/v1/{name}/?limit=100"
        while path:
            page = self.get(path) or {"items": [], "next": None}  # what it was to go on from has left the list
            yield from page["items"]
            following = urlsplit(page["next"] or "")
            path = f"{following.path}?{following.query}" if following.query else ""  # never to another host
