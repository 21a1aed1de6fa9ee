"""From files to plain values that remember their line. Nothing here knows what a tool is.

Every scalar stays the text that was typed: the model's field decides what it means, so `no`, `1.10` and `2026-11-17`
never turn into something else on the way. Anchors, aliases and tags are refused: no bomb and no object can hide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

LARGEST_FILE = 512 * 1024
DEEPEST = 8
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something an author has to mend; prints as file:line: what is wrong."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the line of its key: text, nothing, a list of nodes, or nodes by key."""

    line: int
    value: str | list[Node] | dict[str, Node] | None


@dataclass(slots=True)
class Document:
    """One file: its front matter by key, its body, and the problems found in it so far."""

    path: str
    front: dict[str, Node] = field(default_factory=dict)
    body: str = ""
    problems: list[Problem] = field(default_factory=list)

    def problem(self, line: int, text: str) -> None:
        self.problems.append(Problem(self.path, line, text))


def read_markdown(root: Path, path: Path) -> Document:
    """A Markdown file: front matter between two lines of ---, then the body."""
    document = Document(path.relative_to(root).as_posix())
    text = _read_text(path, document)
    if text is None:
        return document
    if not text.startswith("---\n"):
        document.problem(1, "the file must begin with front matter: a line of ---, keys, and another line of ---")
        return document
    front, closing, body = text[4:].partition("\n---\n") if not text.startswith("---\n---\n") else ("", "-", text[8:])
    if not closing:
        front, closing, body = text[4:].removesuffix("\n").partition("\n---")
        if not closing or body:
            document.problem(1, "the front matter is never closed: add a line of --- after it")
            return document
    node = _parse(front, document, first_line=2)
    if node is not None and isinstance(node.value, dict):
        document.front = node.value
    elif front.strip() and not document.problems:
        document.problem(2, "the front matter must be keys with values, for instance name: Code Llama 4")
    document.body = body.strip()
    return document


def read_list(root: Path, path: Path) -> tuple[Document, list[Node]]:
    """A YAML file that holds a list of mappings."""
    document = Document(path.relative_to(root).as_posix())
    text = _read_text(path, document)
    node = _parse(text, document, first_line=1) if text is not None else None
    if node is None or document.problems:
        return document, []
    if not isinstance(node.value, list) or not all(isinstance(item.value, dict) for item in node.value):
        document.problem(1, "the file must be a list of entries, each beginning with - slug: ...")
        return document, []
    return document, node.value


def _read_text(path: Path, document: Document) -> str | None:
    try:
        raw = path.read_bytes() if path.stat().st_size <= LARGEST_FILE else None
    except OSError as error:
        document.problem(1, f"the file cannot be read: {error.strerror}")
        return None
    if raw is None:
        document.problem(1, f"the file is larger than {LARGEST_FILE // 1024} KiB")
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        document.problem(raw.count(b"\n", 0, error.start) + 1, "this is not UTF-8: save the file as UTF-8")
        return None
    if "\0" in text:
        document.problem(text.count("\n", 0, text.index("\0")) + 1, "there is a NUL character here: remove it")
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parse(text: str, document: Document, first_line: int) -> Node | None:
    """The one YAML document of a text; problems are noted and give None."""
    try:
        refusals = list(_refusals(text))
        root = None if refusals else yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        reason = getattr(error, "problem", None) or "it cannot be read"
        document.problem((mark.line if mark else 0) + first_line, f"this is not valid YAML: {reason}")
        return None
    for line, reason in refusals:
        document.problem(line + first_line, reason)
    return _node(root, document, first_line, line=first_line) if root is not None and not refusals else None


def _refusals(text: str) -> Iterator[tuple[int, str]]:
    """What YAML allows and a publication does not, found on the bare event stream, before anything is built."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                yield line, "there is a second YAML document here: one file holds one"
                return
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            yield line, "YAML anchors and aliases (& and *) are not allowed: write the value out"
            return
        if tag := getattr(event, "tag", None):
            yield line, f"YAML tags such as {tag} are not allowed: write the plain value"
            return
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            yield line, f"values are nested deeper than {DEEPEST} levels"
            return


def _node(item: yaml.Node, document: Document, first_line: int, line: int) -> Node:
    if isinstance(item, yaml.SequenceNode):
        return Node(line, [_node(each, document, first_line, each.start_mark.line + first_line) for each in item.value])
    if isinstance(item, yaml.MappingNode):
        mapping: dict[str, Node] = {}
        for key, value in item.value:
            key_line = key.start_mark.line + first_line
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name in mapping:
                document.problem(key_line, f"{name} is given twice")
            mapping[name] = _node(value, document, first_line, key_line)
        return Node(line, mapping)
    if "\0" in item.value:
        document.problem(line, "there is a NUL character here: remove it")
    return Node(line, None if item.tag == _NULL else str(item.value).strip())
