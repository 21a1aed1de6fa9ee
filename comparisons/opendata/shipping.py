"""The verifier as one file that needs nothing of ours, made of the modules that it is kept in."""

from __future__ import annotations

import ast
import hashlib
from functools import lru_cache
from pathlib import Path

_PARTS = ("rules", "sources", "asking", "verifier")  # in the order in which a stranger reads them


@lru_cache(maxsize=1)
def shipped() -> bytes:
    """The file: the words of the verifier, what all parts import, and their contents one after the other."""
    imports, bodies, words = set[str](), [], ""
    for part in _PARTS:
        source = Path(__file__).with_name(f"{part}.py").read_text(encoding="utf-8")
        tree = ast.parse(source)
        found = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        words = ast.get_docstring(tree, clean=False) or ""
        imports |= {ast.unparse(node) for node in found if "comparisons" not in ast.unparse(node)}
        bodies.append("\n".join(source.splitlines()[found[-1].end_lineno :]).strip())
    first = "from __future__ import annotations"
    lines = sorted(imports - {first}, key=lambda line: (line.startswith("from"), line))
    head = ["#!/usr/bin/env python3", f'"""{words}"""', "", first, "", *lines]
    return "\n\n\n".join(("\n".join(head), *bodies, "")).rstrip().encode() + b"\n"


def shipped_sha256() -> str:
    return hashlib.sha256(shipped()).hexdigest()
