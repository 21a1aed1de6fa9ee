from __future__ import annotations

from pathlib import Path

import pytest

from tests.publications import REVIEW, TOOL, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """One of each, all of it right."""
    return (
        Folder(tmp_path)
        .write("categories.yaml", "- slug: tools\n  name: Tools\n")
        .write("criteria.yaml", "- {slug: window, name: Context window, kind: number, unit: tokens}\n")
        .write(
            "reviewers.yaml",
            """\
            - slug: the-builder
              name: The Builder
              lens: Whether it holds
              motto: Show me.
              excites: [tests, logs]
              tires:
                - slides
              emblem: kilo
              written_by: software
              disclosure: Written by software.
            """,
        )
        .write("tools/lathe.md", TOOL)
        .write("tools/plane.md", TOOL.replace("Lathe", "Plane"))
        .write("reviews/lathe/the-builder.md", REVIEW)
        .write(
            "comparisons/lathe-vs-plane.md", "---\nchoose_first_if:\n  - you turn\nfeatured: true\n---\n\nBoth cut.\n"
        )
    )
