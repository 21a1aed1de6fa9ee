"""manage.py dump_publication, and that loading and dumping give back the same bytes."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from comparisons.models import Comparison
from editorial.models import Page
from reviews.models import Review, Reviewer
from tests.factories import make_criterion, make_fact, make_page, make_plan, make_review, make_reviewer, make_tool
from tools.models import Category, Criterion, Fact, Plan, Tool

pytestmark = pytest.mark.django_db


def dump(root: Path) -> dict[str, bytes]:
    call_command("dump_publication", str(root), stdout=StringIO())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def load(root: Path) -> None:
    call_command("load_publication", str(root), stdout=StringIO(), stderr=StringIO())


def empty_database() -> None:
    for model in (Comparison, Review, Reviewer, Fact, Plan, Tool, Category, Criterion, Page):
        model.objects.all().delete()


def test_load_dump_load_dump_gives_the_same_bytes(tmp_path: Path) -> None:
    load(Path(settings.BASE_DIR) / "demo")
    first = dump(tmp_path / "first")
    empty_database()
    load(tmp_path / "first")
    second = dump(tmp_path / "second")
    assert second == first
    assert len(first) >= 70


def test_every_kind_of_row_survives_the_journey(tmp_path: Path) -> None:
    tool = make_tool(name="no", maker='it\'s: "so"', licence="1.10", description="a\r\nb\n\n# c", status="withdrawn")
    make_plan(tool, amount="0.0004", period="usage", unit="1M tokens", note="- not a list")
    make_fact(tool, make_criterion(kind="number", unit="tokens"), value="1.5")
    make_fact(tool, make_criterion(kind="yes_no"), value="yes", note="null")
    reviewer = make_reviewer(is_active=False, excites="a\nb: c", motto="“So?”")
    make_review(tool, reviewer, status="withdrawn", headline="Old")
    make_review(tool, reviewer, status="in_review", published_at=None, headline="New")
    make_page(body="---\n\ntext with --- in it\n\n---\nend")
    first = dump(tmp_path / "first")
    empty_database()
    load(tmp_path / "first")
    assert dump(tmp_path / "second") == first
    assert Tool.objects.get().status == "withdrawn"
    assert f"reviews/{tool.slug}/{reviewer.slug}.md" in first
    assert b"headline: New" in first[f"reviews/{tool.slug}/{reviewer.slug}.md"]


words = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs", "Cc")), max_size=40)


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=words.map(str.strip).filter(bool), body=words, note=words)
def test_any_words_survive_the_journey(tmp_path: Path, name: str, body: str, note: str) -> None:
    empty_database()
    tool = make_tool(name=name, description=body)
    make_plan(tool, note=note.strip())
    first = dump(tmp_path / "first")
    load(tmp_path / "first")
    assert dump(tmp_path / "second") == first
    for path in (tmp_path / "first", tmp_path / "second"):
        for file in path.rglob("*.md"):
            file.unlink()


def test_how_long_facts_hold_survives_the_journey(tmp_path: Path) -> None:
    make_criterion(slug="licence", good_for_days=365, position=0)
    make_criterion(slug="window", position=1)
    first = dump(tmp_path / "first")
    assert first["criteria.yaml"].count(b"good_for_days: 365") == first["criteria.yaml"].count(b"good_for_days") == 1
    Criterion.objects.update(good_for_days=7)
    load(tmp_path / "first")
    assert dict(Criterion.objects.values_list("slug", "good_for_days")) == {"licence": 365, "window": None}
    assert dump(tmp_path / "second") == first


def test_files_that_are_not_ours_are_left_and_named(tmp_path: Path) -> None:
    make_tool(slug="lathe")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/gone.md").write_text("x")
    out = StringIO()
    call_command("dump_publication", str(tmp_path), stdout=out)
    assert "tools/gone.md is not part of the publication and was left as it is" in out.getvalue()
    assert (tmp_path / "tools/gone.md").read_text() == "x"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("dump_publication", str(tmp_path / "file"), stdout=StringIO())
