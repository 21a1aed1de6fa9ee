"""A publication's folder under way, loaded through the command."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from textwrap import dedent

import pytest
from django.core.management import call_command

from comparisons.models import Comparison
from reviews.models import Review, Reviewer
from tools.models import Category, Fact, Plan, Tool

TOOL = """\
    ---
    name: Lathe
    maker: Turners
    tagline: Turns things.
    category: tools
    website: https://lathe.example.com/
    licence: MIT
    launched_on: 2026-01-31
    plans:
      - name: Free
        period: free
        note: One spindle
        source: https://lathe.example.com/pricing
        checked_on: 2026-11-02
      - name: Pro
        amount: 12.50
        currency: EUR
        period: month
        unit: seat
        source: https://lathe.example.com/pricing
        checked_on: 2026-11-02
    facts:
      window:
        value: 256000
        source: https://lathe.example.com/
        checked_on: 2026-11-03
    ---

    It **turns**.
    """
REVIEW = """\
    ---
    verdict: ship
    headline: It turns.
    published_at: 2026-11-05T09:00:00Z
    ---

    Twice.
    """


class Folder:
    """A publication's folder under way."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str | bytes) -> Folder:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dedent(text).encode() if isinstance(text, str) else text)
        return self

    def load(self, *options: str) -> str:
        out = StringIO()
        call_command("load_publication", str(self.root), *options, stdout=out, stderr=out)
        return out.getvalue()

    def problems(self) -> list[str]:
        """What a refused load prints, without the closing line; and proof that nothing was written."""
        before = counts()
        out = StringIO()
        with pytest.raises(SystemExit) as stopped:
            call_command("load_publication", str(self.root), stdout=out, stderr=out)
        assert stopped.value.code == 1
        assert counts() == before
        *problems, closing = out.getvalue().splitlines()
        assert closing == f"{len(problems)} problem{'s' if len(problems) != 1 else ''}: nothing was written."
        return problems


def counts() -> list[int]:
    return [model.objects.count() for model in (Category, Tool, Plan, Fact, Reviewer, Review, Comparison)]
