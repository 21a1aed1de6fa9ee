"""What lies in a publication's folder: which files there are, which belong, and which do not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from comparisons.publication.source import Problem
from editorial.models import SLUG_PATTERN

LISTS = ("categories.yaml", "criteria.yaml", "reviewers.yaml")
FOLDERS = ("pages", "tools", "reviews", "comparisons")
WELCOME = {"README.md", "LICENSE", "LICENSE.txt", "LICENSE.md"}  # read by people, not by us


@dataclass(frozen=True, slots=True)
class Entry:
    """A Markdown file: its slug is its name; `folder` is the tool a review belongs to."""

    path: Path
    slug: str
    folder: str = ""


class Folder:
    """A publication's folder. What is wrong with names is in `problems` once a walk is over."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.problems: list[Problem] = []
        if not root.is_dir():
            self.problems.append(Problem(str(root), 1, "there is no such folder"))
            return
        for item in _visible(self.root):
            is_file, is_folder = item.is_file(follow_symlinks=False), item.is_dir(follow_symlinks=False)
            if not (is_file and item.name in (*LISTS, *WELCOME)) and not (is_folder and item.name in FOLDERS):
                self._problem(item, "nothing in a publication has this name: see docs/publication.md")

    def file_count(self) -> int:
        return sum(1 for kind in FOLDERS for _ in self.root.glob(f"{kind}/**/*.md"))

    def has_tool(self, slug: str) -> bool:
        return (self.root / "tools" / f"{slug}.md").is_file()

    def pages(self) -> Iterator[Entry]:
        return self._entries(self.root / "pages")

    def tools(self) -> Iterator[Entry]:
        return self._entries(self.root / "tools")

    def comparisons(self) -> Iterator[Entry]:
        return self._entries(self.root / "comparisons")

    def reviews(self) -> Iterator[Entry]:
        """reviews/<tool>/<reviewer>.md"""
        for item in _visible(self.root / "reviews"):
            if item.is_dir(follow_symlinks=False):
                yield from self._entries(Path(item.path), folder=item.name)
            else:
                self._problem(item, "a review lies in a folder named after its tool: reviews/<tool>/<reviewer>.md")

    def _entries(self, place: Path, folder: str = "") -> Iterator[Entry]:
        taken: dict[str, str] = {}
        for item in _visible(place):
            stem, ending = os.path.splitext(item.name)
            slug = stem.lower()
            if not item.is_file(follow_symlinks=False) or ending.lower() not in (".md", ".markdown"):
                self._problem(item, "only plain files that end in .md belong here")
            elif slug in taken:
                self._problem(item, f"two files for one slug: {taken[slug]} is {slug} already")
            elif not re.fullmatch(SLUG_PATTERN, stem) or ending != ".md":
                self._problem(item, "name the file with small letters, digits and single hyphens, ending in .md")
            else:
                yield Entry(Path(item.path), slug, folder)
            taken.setdefault(slug, item.name)

    def _problem(self, item: os.DirEntry[str], text: str) -> None:
        self.problems.append(Problem(Path(item.path).relative_to(self.root).as_posix(), 1, text))


def _visible(folder: Path) -> list[os.DirEntry[str]]:
    """The entries of a folder by name, without hidden ones; none if there is no such folder."""
    if not folder.is_dir() or folder.is_symlink():
        return []
    with os.scandir(folder) as entries:
        return sorted((item for item in entries if not item.name.startswith(".")), key=lambda item: item.name)
