"""The record of a day, and that a stranger can recompute every displayed number from it."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.utils import timezone

from tests.factories import make_tool
from tests.votes.voters import SHIP, SKIP, account, browser, cast, make_tags
from votes.exports import read_export
from votes.models import Export, Standing, Tally, Vote
from votes.services import close_day, set_aside, standings
from votes.tasks import sweep_task


def tomorrow() -> datetime:
    return timezone.now() + timedelta(days=1)


def make_votes() -> None:
    """Three communities (two of them too close to tell apart), one below ten votes, passers-by, and votes set aside."""
    for slug, ships, skips in (("lathe", 12, 0), ("plane", 9, 3), ("rasp", 1, 11), ("awl", 2, 1)):
        tool = make_tool(slug=slug)
        for number in range(ships + skips):
            cast(account(), tool, SHIP if number < ships else SKIP)
    tags = make_tags()
    for _ in range(5):
        cast(browser(tags=tags), tool)
    bought = Q(tool=tool, crowd="account", choice=SHIP)
    set_aside(votes=bought, state=Vote.State.VOID, actor=None, reason="bought")


def saved(export: Export, folder: Path) -> Path:
    path = folder / "votes.zip"
    path.write_bytes(bytes(export.content))
    return path


def verify(path: Path) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_votes", str(path), stdout=out, stderr=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.django_db
class TestExport:
    def test_every_displayed_number_can_be_recomputed(self, tmp_path: Path) -> None:
        make_votes()
        export = close_day(tomorrow())
        assert export
        code, said = verify(saved(export, tmp_path))
        assert (code, said) == (
            0,
            "44 votes on 4 tools, 4 tools displayed: every displayed number agrees with the votes.\n",
        )
        _, displayed = read_export(io.BytesIO(bytes(export.content)))
        assert [(line.tool, *line.numbers) for line in displayed] == [
            ("awl", 0, 1, "", "", "", ""),
            ("lathe", 12, 0, "100", "75.8", "100.0", "1"),
            ("plane", 9, 3, "75", "46.8", "91.1", "1"),
            ("rasp", 1, 11, "8", "1.5", "35.4", "3"),
        ]

    def test_holds_nothing_that_stands_for_a_reader(self) -> None:
        make_votes()
        export = close_day(tomorrow())
        assert export
        with zipfile.ZipFile(io.BytesIO(bytes(export.content))) as archive:
            assert archive.namelist() == ["README.txt", "counts.csv", "displayed.csv"]
            text = archive.read("counts.csv").decode()
            assert f"{export.made_at:%Y-%m-%d at %H:%M:%S} UTC" in archive.read("README.txt").decode()
        today = timezone.now().date().isoformat()
        assert text.splitlines()[:3] == [
            "tool,day,crowd,state,choice,votes",
            f"awl,{today},account,counted,skip,1",
            f"awl,{today},account,void,ship,2",
        ]

    @pytest.mark.parametrize(
        ("table", "before", "after", "said"),
        [
            (
                "displayed.csv",
                "plane,9,3,75,",
                "plane,9,3,76,",
                "plane: percent is displayed as 76, the votes give 75.",
            ),
            ("displayed.csv", "lathe,12,0,100,75.8", "lathe,12,0,100,80.0", "lathe: low is displayed as 80.0"),
            ("displayed.csv", "35.4,3", "35.4,2", "rasp: rank is displayed as 2, the votes give 3."),
            ("displayed.csv", "awl,0,1,,,,\n", "", "awl is counted but not displayed."),
            ("counts.csv", "skip,11", "skip,10", "rasp: skip is displayed as 11, the votes give 10."),
            (
                "counts.csv",
                "rasp,",
                "rasp,2026-01-02,passing,void,ship,1\n" * 2 + "rasp,",
                "rasp: 2026-01-02, passing, void, ship is counted on 2 lines, not on one.",
            ),
        ],
    )
    def test_a_falsified_number_is_found(self, tmp_path: Path, table: str, before: str, after: str, said: str) -> None:
        make_votes()
        export = close_day(tomorrow())
        assert export
        path = saved(export, tmp_path)
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name).decode() for name in archive.namelist()}
        assert before in files[table]
        files[table] = files[table].replace(before, after, 1)
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        code, sentences = verify(path)
        assert (code, said in sentences) == (1, True)

    def test_a_tally_that_drifted_shows_in_the_export(self, tmp_path: Path) -> None:
        make_votes()
        Tally.objects.filter(tool__slug="lathe").update(ship=2)
        export = close_day(tomorrow())
        assert export
        code, sentences = verify(saved(export, tmp_path))
        assert (code, "lathe: ship is displayed as" in sentences) == (1, True)

    @pytest.mark.parametrize(
        ("files", "said"),
        [
            (None, "cannot be read as a zip file"),
            ({}, "counts.csv is missing."),
            ({"counts.csv": "a,b\n"}, "counts.csv must begin with the columns tool, day"),
            ({"counts.csv": "tool,day,crowd,state,choice,votes\nx\n"}, "counts.csv, line 2: 1 columns instead of 6."),
            (
                {"counts.csv": "tool,day,crowd,state,choice,votes\nx,2026-13-01,account,counted,ship,1\n"},
                "This export cannot be read",
            ),
            (
                {"counts.csv": "tool,day,crowd,state,choice,votes\nx,2026-11-01,account,counted,maybe,1\n"},
                "'maybe' is neither ship nor skip.",
            ),
            (
                {"counts.csv": "tool,day,crowd,state,choice,votes\nx,2026-11-01,account,counted,ship,-1\n"},
                "'-1' is no count.",
            ),
            (
                {"counts.csv": "tool,day,crowd,state,choice,votes\nx,2026-11-01,account,lost,ship,1\n"},
                "'lost' is no state: there are counted, pending, quarantined, void, withdrawn.",
            ),
            (
                {"counts.csv": "tool,day,crowd,state,choice,votes\nx,2026-11-01,robots,void,ship,1\n"},
                "'robots' is no crowd: there are account, passing.",
            ),
            (
                {"counts.csv": "tool,day,crowd,state,choice,votes\n\x1b[2J,2026-11-01,account,void,ship,1\n"},
                r"'\\x1b\[2J' is no tool's address.",
            ),
            (
                {
                    "counts.csv": "tool,day,crowd,state,choice,votes\nx,2026-11-01,account,void,ship,1\n",
                    "displayed.csv": "tool,ship,skip,percent,low,high,rank\nx,1,0,\x1b[2J,,,\n",
                },
                r"'\\x1b\[2J' is no figure.",
            ),
            (
                {
                    "counts.csv": "tool,day,crowd,state,choice,votes\n",
                    "displayed.csv": "tool,ship,skip,percent,low,high,rank\n",
                },
                "This export holds no vote: there is nothing to verify.",
            ),
        ],
    )
    def test_a_file_that_is_no_export_is_refused_in_one_sentence(
        self, tmp_path: Path, files: dict[str, str] | None, said: str
    ) -> None:
        path = tmp_path / "votes.zip"
        path.write_bytes(b"not a zip")
        if files is not None:
            with zipfile.ZipFile(path, "w") as archive:
                for name, text in files.items():
                    archive.writestr(name, text)
        with pytest.raises(CommandError, match=said):
            call_command("verify_votes", str(path))
        with pytest.raises(CommandError, match="cannot be opened"):
            call_command("verify_votes", str(tmp_path / "none.zip"))


@pytest.mark.django_db
class TestClosing:
    def test_happens_once_a_day_and_never_without_votes(self) -> None:
        assert close_day(tomorrow()) is None
        make_votes()
        assert close_day(tomorrow())
        assert close_day(tomorrow()) is None
        today = timezone.now().date()
        sweep_task()
        assert [export.day for export in Export.objects.all()] == [today], "nobody had voted by the day before"
        Vote.objects.update(cast_at=timezone.now() - timedelta(days=1))
        sweep_task()
        assert [export.day for export in Export.objects.all()] == [today, today - timedelta(days=1)]

    def test_old_exports_are_forgotten(self) -> None:
        make_votes()
        old = timezone.now() - timedelta(days=200)
        close_day(old)
        close_day(tomorrow())
        assert [export.day for export in Export.objects.all()] == [timezone.now().date()]

    def test_standings_are_kept_for_days_on_which_something_moved(self) -> None:
        tool = make_tool()
        for _ in range(3):
            cast(account(), tool)
        close_day(tomorrow())
        close_day(tomorrow() + timedelta(days=1))
        cast(account(), tool, SKIP)
        close_day(tomorrow() + timedelta(days=2))
        today = timezone.now().date()
        assert standings(tool.pk) == [(today, 3, 0), (today + timedelta(days=2), 3, 1)]
        assert Standing.objects.count() == 2

    def test_daily_counts_are_by_crowd_and_state(self) -> None:
        make_votes()
        export = close_day(tomorrow())
        assert export
        assert export.daily == [
            {
                "day": timezone.now().date().isoformat(),
                "account": 37,
                "passing": 3,
                "pending": 2,
                "quarantined": 0,
                "void": 2,
                "withdrawn": 0,
            }
        ]

    def test_the_command_for_a_site_without_a_worker(self) -> None:
        make_votes()
        Vote.objects.update(cast_at=timezone.now() - timedelta(days=1))
        out = StringIO()
        call_command("tend_votes", stdout=out)
        call_command("tend_votes", stdout=out)
        yesterday = timezone.now().date() - timedelta(days=1)
        assert out.getvalue() == f"Closed {yesterday}.\nDone; no day was to be closed.\n"
