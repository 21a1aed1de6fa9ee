"""The dumps that the site has: a folder each, named by its moment, and complete as soon as it has its name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

MANIFEST = "manifest.json"
STAMP = "%Y-%m-%dT%H%M%S.%fZ"
_NAME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}[.][0-9]{6}Z")
_MEDIA_TYPES = {".gz": "application/gzip", ".txt": "text/plain; charset=utf-8", ".json": "application/json"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that may be given out, with the fingerprint of its bytes."""

    path: Path
    sha256: str

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self.path.suffix]


@dataclass(frozen=True, slots=True)
class Dump:
    """One dump, by what its manifest says."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def made_at(self) -> datetime:
        return datetime.fromisoformat(self.manifest["made_at"])

    @property
    def files(self) -> list[Mapping[str, Any]]:
        return list(self.manifest["files"])

    def file(self, name: str) -> StoredFile | None:
        """A file that the manifest lists; None for any other name."""
        return next(
            (StoredFile(self.folder / name, line["sha256"]) for line in self.files if line["name"] == name), None
        )


def names() -> list[str]:
    """The dumps there are, the newest first."""
    root = Path(settings.OPEN_DATA_ROOT)
    found = [path.name for path in root.iterdir() if _NAME.fullmatch(path.name)] if root.is_dir() else []
    return sorted(found, reverse=True)


def dump(name: str) -> Dump | None:
    """The dump of this name, None if there is none, or none any more."""
    folder = Path(settings.OPEN_DATA_ROOT, name)
    try:
        return Dump(folder, json.loads((folder / MANIFEST).read_bytes())) if _NAME.fullmatch(name) else None
    except OSError:
        return None


def newest() -> Dump | None:
    return next(filter(None, map(dump, names())), None)
