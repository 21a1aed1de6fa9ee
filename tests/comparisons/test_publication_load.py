"""manage.py load_publication, through the command."""

# ruff: noqa: E501  (a table of problems reads better with one to a line)

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from textwrap import dedent

import pytest
from django.conf import settings
from django.core.management import call_command

from comparisons.models import Comparison
from reviews.models import Review, Reviewer
from tests.factories import (
    make_category,
    make_comparison,
    make_criterion,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
)
from tests.publications import REVIEW, TOOL, Folder, counts
from tools.models import Category, Fact, FormerSlug, Plan, Tool

pytestmark = pytest.mark.django_db


class TestGoodFolder:
    def test_everything_arrives_and_is_published(self, folder: Folder) -> None:
        printed = folder.load()
        assert "tools: 2 created" in printed
        tool = Tool.objects.published().select_related("category").get(slug="lathe")
        assert (tool.name, tool.category.slug, tool.launched_on) == ("Lathe", "tools", date(2026, 1, 31))
        assert tool.description == "It **turns**."
        plans = Plan.objects.filter(tool=tool).order_by("position").values_list("name", "amount", "currency", "period")
        assert list(plans) == [("Free", None, "", "free"), ("Pro", Decimal("12.5"), "EUR", "month")]
        assert Fact.objects.get(tool=tool).value == "256000"
        review = Review.objects.published().get()
        assert (review.verdict, review.headline, review.body) == ("ship", "It turns.", "Twice.")
        assert review.published_at == datetime(2026, 11, 5, 9, tzinfo=UTC)
        assert Reviewer.objects.get().excites == "tests\nlogs"
        comparison = Comparison.objects.published().get()
        assert (comparison.choose_first_if, comparison.summary, comparison.is_featured) == (
            "you turn",
            "Both cut.",
            True,
        )

    def test_a_file_with_a_new_name_renames_its_tool_and_the_old_address_leads_on(self, folder: Folder) -> None:
        folder.load()
        tool = Tool.objects.get(slug="lathe")
        file = folder.root / "tools" / "lathe.md"
        (folder.root / "tools" / "turner.md").write_text(file.read_text().replace("---", "---\nformerly: [lathe]", 1))
        file.unlink()
        (folder.root / "reviews" / "lathe").rename(folder.root / "reviews" / "turner")
        for pair in (folder.root / "comparisons").iterdir():
            pair.unlink()
        assert "tools: 1 updated" in folder.load()
        assert Tool.objects.get(slug="turner").pk == tool.pk
        assert FormerSlug.objects.get(slug="lathe").tool_id == tool.pk
        assert "tools: 2 unchanged" in folder.load()
        call_command("dump_publication", str(folder.root), stdout=StringIO())
        assert "formerly:\n  - lathe\n" in (folder.root / "tools" / "turner.md").read_text()

    def test_an_address_that_was_left_is_nobody_elses(self, folder: Folder) -> None:
        folder.load()
        Tool.objects.filter(slug="lathe").update(slug="turner")
        assert folder.problems() == ["tools/lathe.md:1: lathe is called turner now: name the file turner.md"]
        Tool.objects.filter(slug="turner").update(slug="lathe")
        other = next(path for path in (folder.root / "tools").iterdir() if path.stem != "lathe")
        other.write_text(other.read_text().replace("---", "---\nformerly: [lathe]", 1))
        assert folder.problems() == [f"tools/{other.name}:2: formerly: lathe is the address of another tool"]
        other.write_text(other.read_text().replace("[lathe]", "Lathe", 1))
        assert folder.problems() == [f"tools/{other.name}:2: formerly must be a list of slugs that the tool had before"]

    def test_loading_again_changes_nothing(self, folder: Folder) -> None:
        folder.load()
        before = list(Tool.objects.order_by("slug").values())
        printed = folder.load()
        assert "tools: 2 unchanged" in printed
        assert "created" not in printed
        assert "updated" not in printed
        assert list(Tool.objects.order_by("slug").values()) == before

    def test_a_changed_file_updates_its_row_and_keeps_its_date(self, folder: Folder) -> None:
        folder.load()
        first = Tool.objects.get(slug="lathe").published_at
        printed = folder.write("tools/lathe.md", TOOL.replace("Turns things", "Turns more")).load()
        assert "tools: 1 updated, 1 unchanged" in printed or "tools: 1 unchanged, 1 updated" in printed
        tool = Tool.objects.get(slug="lathe")
        assert (tool.tagline, tool.published_at) == ("Turns more.", first)

    def test_nothing_is_deleted_and_what_stays_is_said(self, folder: Folder) -> None:
        folder.load()
        make_plan(Tool.objects.get(slug="lathe"), name="Old")
        (folder.root / "tools/plane.md").unlink()
        (folder.root / "comparisons/lathe-vs-plane.md").unlink()
        printed = folder.load()
        assert "tools/lathe.md: the plan Old is not in the file and was kept" in printed
        assert Tool.objects.count() == 2

    def test_a_folder_may_hold_only_some_files_and_point_at_stored_rows(self, tmp_path: Path) -> None:
        make_category(slug="tools")
        make_criterion(slug="window", kind="number")
        make_reviewer(slug="the-builder")
        make_tool(slug="plane")
        part = Folder(tmp_path).write("tools/lathe.md", TOOL).write("reviews/plane/the-builder.md", REVIEW)
        part.write("comparisons/lathe-vs-plane.md", "---\nfeatured: false\n---\n").load()
        assert Review.objects.get().tool.slug == "plane"
        assert Comparison.objects.get().first_tool.slug == "lathe"

    def test_draft_is_not_published_and_a_date_to_come_is_scheduled(self, folder: Folder) -> None:
        folder.write("tools/lathe.md", TOOL.replace("licence: MIT", "status: draft"))
        folder.write("tools/plane.md", TOOL.replace("licence: MIT", "published_at: 2099-01-01"))
        folder.load()
        assert not Tool.objects.published().exists()
        assert dict(Tool.objects.values_list("slug", "status")) == {"lathe": "draft", "plane": "scheduled"}

    def test_dry_run_writes_nothing(self, folder: Folder) -> None:
        before = counts()
        assert "Dry run, nothing written. categories: 1 created" in folder.load("--dry-run")
        assert counts() == before

    def test_scalars_stay_what_was_typed(self, folder: Folder) -> None:
        folder.write("tools/lathe.md", TOOL.replace("name: Lathe", "name: no").replace("licence: MIT", "licence: 1.10"))
        folder.load()
        tool = Tool.objects.get(slug="lathe")
        assert (tool.name, tool.licence) == ("no", "1.10")

    def test_windows_line_ends_and_byte_order_mark_are_read(self, folder: Folder) -> None:
        folder.write("tools/lathe.md", b"\xef\xbb\xbf" + dedent(TOOL).replace("\n", "\r\n").encode()).load()
        assert Tool.objects.get(slug="lathe").description == "It **turns**."

    def test_a_date_to_come_is_no_change_the_second_time(self, folder: Folder) -> None:
        folder.write("tools/plane.md", TOOL.replace("licence: MIT", "published_at: 2099-01-01"))
        folder.load()
        assert "tools: 2 unchanged" in folder.load()

    def test_a_changed_price_is_a_changed_tool(self, folder: Folder) -> None:
        folder.load()
        before = Tool.objects.get(slug="lathe").updated_at
        printed = folder.write("tools/lathe.md", TOOL.replace("12.50", "13.50")).load()
        assert "tools: 1 updated, 1 unchanged" in printed
        assert Tool.objects.get(slug="lathe").updated_at > before

    def test_a_list_of_some_adds_its_new_entries_at_the_end(self, folder: Folder, tmp_path: Path) -> None:
        folder.load()
        text = (
            (folder.root / "reviewers.yaml")
            .read_text()
            .replace("the-builder", "the-guest")
            .replace("The Builder", "The Guest")
        )
        (folder.root / "reviewers.yaml").write_text(text)
        folder.load()
        assert list(Reviewer.objects.order_by("position").values_list("slug", flat=True)) == [
            "the-builder",
            "the-guest",
        ]

    def test_a_withdrawn_review_is_taken_up_again(self, folder: Folder) -> None:
        folder.load()
        Review.objects.update(status="withdrawn")
        folder.load()
        assert Review.objects.published().count() == 1

    def test_the_demo_loads_and_has_what_it_promises(self) -> None:
        Folder(Path(settings.BASE_DIR) / "demo").load()
        assert Tool.objects.published().count() >= 12
        assert Category.objects.count() == 4
        assert set(Plan.objects.values_list("period", flat=True)) == {"free", "once", "month", "year", "usage"}
        published = Tool.objects.published()
        assert published.filter(plans=None).exists()
        assert published.filter(reviews=None).exists()


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("tools/lathe.md", "maker: Turners", "makr: Turners", "tools/lathe.md:3: unknown key makr: did you mean maker?"),
        ("tools/lathe.md", "maker: Turners", "", "tools/lathe.md:1: maker is missing"),
        ("tools/lathe.md", "category: tools", "category: tool", "tools/lathe.md:5: unknown category tool: did you mean tools?"),
        ("tools/lathe.md", "2026-01-31", "2026-02-31", "tools/lathe.md:8: launched_on: "),
        ("tools/lathe.md", "2026-01-31", "soon", "tools/lathe.md:8: launched_on: "),
        ("tools/lathe.md", "amount: 12.50", "amount: cheap", "tools/lathe.md:16: amount: "),
        ("tools/lathe.md", "amount: 12.50", "amount: -1", "tools/lathe.md:16: amount: A price is above nothing"),
        ("tools/lathe.md", "amount: 12.50", "amount: NaN", "tools/lathe.md:16: amount: "),
        ("tools/lathe.md", "amount: 12.50", "amount:", "tools/lathe.md:16: amount: Give the price"),
        ("tools/lathe.md", "currency: EUR", "currency: Euro", "tools/lathe.md:17: currency: "),
        ("tools/lathe.md", "currency: EUR", "", "tools/lathe.md:15: currency: Give the currency"),
        ("tools/lathe.md", "period: month", "period: week", "tools/lathe.md:18: period: “week” is not one of free, once"),
        ("tools/lathe.md", "period: free", "period: free\n        amount: 3", "tools/lathe.md:12: amount: A free plan has no"),
        ("tools/lathe.md", "name: Pro", "name: Free", "tools/lathe.md:15: two plans are called Free"),
        ("tools/lathe.md", "      window:", "      windows:", "tools/lathe.md:23: unknown criterion windows: did you mean window?"),
        ("tools/lathe.md", "value: 256000", "value: many", "tools/lathe.md:24: value: Context window is a number"),
        ("tools/lathe.md", "https://lathe.example.com/\n    licence", "lathe\n    licence", "tools/lathe.md:6: website: "),
        ("tools/lathe.md", "website: https", "website: javascript", "tools/lathe.md:6: website: "),
        ("tools/lathe.md", "licence: MIT", "licence: [MIT, BSD]", "tools/lathe.md:7: licence must be a single value"),
        ("tools/lathe.md", "licence: MIT", "status: live", "tools/lathe.md:7: status: “live” is not one of published"),
        ("tools/lathe.md", "licence: MIT", "maker: Others", "tools/lathe.md:7: maker is given twice"),
        ("tools/lathe.md", "licence: MIT", "licence: &a MIT", "tools/lathe.md:7: YAML anchors and aliases"),
        ("tools/lathe.md", "licence: MIT", "licence: *a", "tools/lathe.md:7: YAML anchors and aliases"),
        ("tools/lathe.md", "licence: MIT", "licence: !!python/object:os.system MIT", "tools/lathe.md:7: YAML tags such as"),
        ("tools/lathe.md", "licence: MIT", "licence: " + "[" * 60 + "]" * 60, "tools/lathe.md:7: values are nested deeper"),
        ("tools/lathe.md", "licence: MIT", "licence: 'MIT", "tools/lathe.md:"),
        ("tools/lathe.md", "licence: MIT", "licence: " + "x" * 200, "tools/lathe.md:7: licence: "),
        ("tools/lathe.md", "    ---\n\n    It **turns**.\n", "", "tools/lathe.md:1: the front matter is never closed"),
        ("tools/lathe.md", "    ---\n    name: Lathe", "    name: Lathe", "tools/lathe.md:1: the file must begin with front matter"),
        ("reviews/lathe/the-builder.md", "verdict: ship", "verdict: maybe", "reviews/lathe/the-builder.md:2: verdict: “maybe” is not one of ship, skip"),
        ("reviews/lathe/the-builder.md", "2026-11-05T09:00:00Z", "yesterday", "reviews/lathe/the-builder.md:4: published_at: "),
        ("comparisons/lathe-vs-plane.md", "featured: true", "featured: perhaps", "comparisons/lathe-vs-plane.md:4: featured is “perhaps”: write true or false"),
        ("comparisons/lathe-vs-plane.md", "- you turn", "- one thing: speed", "comparisons/lathe-vs-plane.md:3: choose_first_if is a list of texts"),
        ("reviews/lathe/the-builder.md", "2026-11-05T09:00:00Z", "0001-01-01T00:00:00+14:00", "reviews/lathe/the-builder.md:4: published_at: the year"),
        ("tools/lathe.md", "licence: MIT", 'licence: "M\\0T"', "tools/lathe.md:7: there is a NUL character"),
        ("tools/lathe.md", "value: 256000", "value: 1e-400", "tools/lathe.md:24: value: Context window is a number of at most"),
        ("tools/lathe.md", "checked_on: 2026-11-03", "checked_on: 9998-12-31", "tools/lathe.md:26: checked_on: Nothing can have been"),
        ("tools/lathe.md", "checked_on: 2026-11-03", "checked_on: ~", "tools/lathe.md:23: checked_on is missing"),
        ("tools/lathe.md", "amount: 12.50", 'amount: ""', "tools/lathe.md:16: amount: Give the price"),
        ("tools/lathe.md", "https://lathe.example.com/\n    licence", "ftp://lathe.example.com/\n    licence", "tools/lathe.md:6: website: "),
        ("categories.yaml", "- slug: tools", "- slug: Tools", "categories.yaml:1: slug: "),
        ("categories.yaml", "- slug: tools\n      name: Tools\n", "slug: tools\n", "categories.yaml:1: the file must be a list"),
        ("criteria.yaml", "kind: number", "kind: colour", "criteria.yaml:1: kind: “colour” is not one of"),
        ("reviewers.yaml", "emblem: kilo", "emblem: pirate", "reviewers.yaml:8: emblem: “pirate” is not one of"),
    ],
)  # fmt: skip
def test_problem_is_named_with_file_and_line(folder: Folder, name: str, old: str, new: str, problem: str) -> None:
    path = folder.root / name
    text, wanted, instead = path.read_text(), dedent(" " * 4 + old), new
    if old not in TOOL + REVIEW:
        wanted, instead = old.replace("    ", ""), new.replace("    ", "")
    else:
        wanted, instead = (
            old.replace("\n    ", "\n").removeprefix("    "),
            new.replace("\n    ", "\n").removeprefix("    "),
        )
    assert wanted in text
    path.write_text(text.replace(wanted, instead, 1))
    problems = folder.problems()
    assert any(found.startswith(problem) for found in problems), problems


class TestBadFolder:
    def test_all_problems_are_listed_at_once_in_order(self, folder: Folder) -> None:
        folder.write("tools/lathe.md", TOOL.replace("maker", "makr").replace("category: tools", "category: x"))
        folder.write("reviews/lathe/the-builder.md", REVIEW.replace("ship", "float"))
        folder.write("reviews/lathe/nobody.md", REVIEW)
        folder.write("reviews/ghost/the-builder.md", REVIEW)
        assert [problem.split(": ")[0] for problem in folder.problems()] == [
            *("reviews/ghost/the-builder.md:1", "reviews/lathe/nobody.md:1", "reviews/lathe/the-builder.md:2"),
            *("tools/lathe.md:1", "tools/lathe.md:3", "tools/lathe.md:5"),
        ]

    def test_a_good_file_beside_a_bad_one_is_not_written(self, folder: Folder) -> None:
        folder.write("tools/zebra.md", TOOL.replace("category: tools", "category: x"))
        assert len(folder.problems()) == 1

    def test_not_utf8_is_named_with_its_line(self, folder: Folder) -> None:
        folder.write("tools/lathe.md", dedent(TOOL).replace("Turners", "T\xfcrners").encode("latin-1"))
        assert folder.problems() == ["tools/lathe.md:3: this is not UTF-8: save the file as UTF-8"]

    def test_nul_is_named_with_its_line(self, folder: Folder) -> None:
        folder.write("reviews/lathe/the-builder.md", dedent(REVIEW).replace("Twice", "Tw\0ice").encode())
        assert folder.problems() == ["reviews/lathe/the-builder.md:7: there is a NUL character here: remove it"]

    def test_a_huge_file_is_refused(self, folder: Folder) -> None:
        folder.write("tools/lathe.md", dedent(TOOL) + "x" * 600_000)
        assert folder.problems()[0] == "tools/lathe.md:1: the file is larger than 512 KiB"

    def test_a_billion_laughs_is_refused_at_once(self, folder: Folder) -> None:
        rows = ["a0: &a0 [lol, lol, lol]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
        folder.write("tools/bomb.md", "---\n" + "\n".join(rows) + "\n---\n")
        assert folder.problems() == [
            "tools/bomb.md:2: YAML anchors and aliases (& and *) are not allowed: write the value out"
        ]

    def test_two_files_for_one_slug(self, folder: Folder) -> None:
        folder.write("tools/LATHE.md", TOOL).write("reviews/lathe/the-builder.markdown", REVIEW)
        problems = folder.problems()
        assert any("two files for one slug: " in problem for problem in problems if problem.startswith("tools/"))
        assert any("two files for one slug: " in problem for problem in problems if problem.startswith("reviews/"))

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("tools/La the.md", "name the file with small letters"),
            ("tools/lathe.txt", "only plain files that end in .md"),
            ("tool/x.md", "nothing in a publication has this name"),
            ("notes.md", "nothing in a publication has this name"),
            ("reviews/x.md", "a review lies in a folder named after its tool"),
            ("comparisons/plane-vs-lathe.md", "must be in alphabetical order: name the file lathe-vs-plane.md"),
            ("comparisons/lathe.md", "must be two known tools"),
            ("comparisons/lathe-vs-ghost.md", "must be two known tools"),
        ],
    )
    def test_a_file_with_a_wrong_name_is_named(self, folder: Folder, name: str, said: str) -> None:
        folder.write(name, "---\nfeatured: false\n---\n")
        problems = folder.problems()
        assert any(said in problem for problem in problems), problems

    def test_a_link_out_of_the_folder_is_not_followed(self, folder: Folder) -> None:
        (folder.root / "tools/shadow.md").symlink_to("/etc/passwd")
        assert folder.problems() == ["tools/shadow.md:1: only plain files that end in .md belong here"]

    def test_hidden_files_and_readme_are_left_alone(self, folder: Folder) -> None:
        folder.write("README.md", "For people.").write(".git/config", "x").write("tools/.swp", "x").load()

    def test_a_folder_that_is_a_link_is_not_followed(self, folder: Folder, tmp_path: Path) -> None:
        (folder.root / "pages").symlink_to("/etc")
        assert folder.problems() == ["pages:1: nothing in a publication has this name: see docs/publication.md"]

    def test_a_criterion_with_facts_keeps_its_kind(self, folder: Folder) -> None:
        folder.load()
        folder.write("criteria.yaml", "- {slug: window, name: Context window, kind: text}\n")
        assert "criteria.yaml:1: window has facts already and keeps its kind: use a new criterion" in folder.problems()

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        assert Folder(tmp_path / "nowhere").problems() == [f"{tmp_path}/nowhere:1: there is no such folder"]

    def test_a_name_that_belongs_to_another_slug(self, folder: Folder) -> None:
        make_category(slug="gear", name="Tools")
        assert folder.problems() == ["categories.yaml:1: the name Tools already belongs to gear"]

    def test_two_entries_of_one_slug(self, folder: Folder) -> None:
        folder.write("categories.yaml", "- slug: tools\n  name: Tools\n- slug: tools\n  name: More\n")
        assert folder.problems() == ["categories.yaml:3: two entries have the slug tools"]


def test_loading_over_what_editors_made_updates_by_slug(folder: Folder) -> None:
    tool = make_tool(slug="lathe", name="Old name")
    reviewer = make_reviewer(slug="the-builder", name="The Builder")
    make_review(tool, reviewer, "skip")
    make_comparison(tool, make_tool(slug="plane"))
    folder.load("--reason", "It was repaired.")
    assert Tool.objects.get(slug="lathe").name == "Lathe"
    assert Review.objects.get().verdict == "ship"
    assert Comparison.objects.get().summary == "Both cut."
