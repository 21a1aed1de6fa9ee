"""The verifier: it agrees with the running site and with a dump, and finds whatever was falsified on purpose."""

from __future__ import annotations

import ast
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings as SettingsWrapper
from pytest_django.live_server_helper import LiveServer

from comparisons.opendata import verifier
from comparisons.opendata.dump import write_dump
from comparisons.opendata.shapes import RECORDS
from comparisons.opendata.shipping import shipped, shipped_sha256
from comparisons.opendata.tasks import dump_data_task
from comparisons.standings import count_votes
from tests.factories import make_votes
from tests.forgeries import FALSIFIED, fill, put, read, seal, write
from tests.open_data import fill_open_data
from tests.pages import text_of
from tools.models import Tool

_made: list[Path] = []


@pytest.fixture
def dump(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A copy of one dump, which is made for the first test that asks."""
    if not _made:
        request.getfixturevalue("db")
        fill()
        folder = tmp_path_factory.mktemp("made") / "dump"
        write_dump(folder)
        _made.append(folder)
    return Path(shutil.copytree(_made[0], tmp_path / "dump"))


def run(*words: str) -> tuple[int, list[str]]:
    lines: list[str] = []
    return verifier.verify(verifier.asked(["--seed", "1", "--wait", "0", *words]), lines.append), lines


class TestDump:
    def test_a_dump_agrees(self, dump: Path) -> None:
        code, lines = run(str(dump), "--sample", "0")
        assert (code, lines[1:]) == (0, ["Everything agrees."])
        rules = "A reviewer's record|As of|Entry price|Fact in words|Files|Interval|Order|Panel|Price in words|Ranks|"
        for rule in (rules + "Rebuild|Receipts|Tables|Votes").split("|"):
            assert f"{rule} " in lines[0]

    def test_its_manifest_does_as_well_and_quiet_says_nothing(self, dump: Path) -> None:
        assert run(str(dump / "manifest.json"), "--quiet") == (0, [])

    def test_a_forger_who_changes_nothing_is_not_accused(self, dump: Path) -> None:
        for name in RECORDS:
            write(dump, name, read(dump, name))
        assert run(str(dump), "--quiet") == (0, [])

    @pytest.mark.parametrize("name", FALSIFIED)
    def test_what_is_falsified_is_found_and_named(self, dump: Path, name: str) -> None:
        collection, falsify, where, rule = FALSIFIED[name]
        records = read(dump, collection)
        falsify(records)
        write(dump, collection, records)
        code, lines = run(str(dump), "--quiet")
        assert code == 1
        assert [line for line in lines if where in line and line.endswith(f"({rule})")], lines

    def test_a_falsified_cell_is_found(self, dump: Path) -> None:
        path = dump / "tools.csv.gz"
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"2 of 4", b"3 of 4")))
        seal(dump)
        code, lines = run(str(dump), "--quiet")
        assert (code, lines) == (
            1,
            ["tools anvil panel.text: published '3 of 4', comes to '2 of 4' (Tables)"],
        )

    def test_lines_too_many_or_too_few_are_found(self, dump: Path) -> None:
        path = dump / "criteria.csv.gz"
        text = gzip.decompress(path.read_bytes())
        for changed in (text + text.split(b"\n")[1] + b"\n", text[: text.rindex(b"\n", 0, -1) + 1]):
            path.write_bytes(gzip.compress(changed))
            seal(dump)
            code, lines = run(str(dump), "--quiet")
            assert code == 1
            assert all("criteria" in line and "(Tables)" in line for line in lines)

    def test_a_file_that_is_not_what_the_manifest_says_is_found(self, dump: Path) -> None:
        (dump / "LICENCE.txt").write_text("All rights reserved.")
        code, lines = run(str(dump), "--quiet")
        assert code == 1
        assert {line.split(":")[0] for line in lines} == {"LICENCE.txt bytes", "LICENCE.txt sha256"}

    def test_a_count_that_is_wrong_is_found(self, dump: Path) -> None:
        manifest = json.loads((dump / "manifest.json").read_bytes())
        manifest["counts"]["tools"] += 1
        (dump / "manifest.json").write_text(json.dumps(manifest))
        assert run(str(dump), "--quiet") == (1, ["manifest.json counts tools: published 5, comes to 4 (Files)"])

    def test_words_of_another_language_are_left_out(self, dump: Path) -> None:
        records = read(dump, "tools")
        records[0]["plans"][0]["price"] = "17,25 € im Monat"
        write(dump, "tools", records)
        assert run(str(dump), "--quiet")[0] == 1
        manifest = json.loads((dump / "manifest.json").read_bytes())
        (dump / "manifest.json").write_text(json.dumps({**manifest, "language": "de"}))
        code, lines = run(str(dump))
        assert code == 0
        assert "Words were left out" in lines[-1]


class TestOlder:
    def test_receipts_that_were_there_must_be_there(self, dump: Path, tmp_path: Path) -> None:
        older = Path(shutil.copytree(dump, tmp_path / "older"))
        assert run(str(dump), "--against", str(older), "--quiet") == (0, [])
        records = read(dump, "receipts")
        piece = next(record for record in records if record["act"] == "withdrawn")["piece"]
        kept = [r for r in records if (r["kind"], r["piece"]) != ("verdict", piece)]
        write(dump, "receipts", kept)
        assert run(str(dump), "--quiet") == (0, [])  # by itself nothing tells that a withdrawn verdict ever was
        code, lines = run(str(dump), "--against", str(older), "--quiet")
        assert code == 1
        assert [line.partition(":")[2] for line in lines] == [
            " published 'missing', comes to 'as it was' (Append-only)"
        ] * 2

    def test_a_reason_that_was_changed_is_found(self, dump: Path, tmp_path: Path) -> None:
        older = Path(shutil.copytree(dump, tmp_path / "older"))
        records = read(dump, "receipts")
        records[5]["reason"] = "We never said that."
        write(dump, "receipts", records)
        code, lines = run(str(dump), "--against", str(older), "--quiet")
        assert (code, len(lines)) == (1, 1)
        assert "published 'changed'" in lines[0]


class TestUnreadable:
    """One plain sentence on what it is and what to do."""

    def refused(self, *words: str) -> str:
        code, (line,) = run(*words)
        assert code == 2
        assert line.startswith("Cannot read ")
        assert "Name a Drydock site, or a folder" in line
        return line

    def test_no_such_folder(self, tmp_path: Path) -> None:
        assert "No such file" in self.refused(str(tmp_path / "nowhere"))

    @pytest.mark.django_db
    def test_the_older_dump_is_named_when_it_is_the_one_that_is_missing(self, tmp_path: Path) -> None:
        fill()
        write_dump(tmp_path / "dump")
        line = self.refused(str(tmp_path / "dump"), "--against", str(tmp_path / "older"))
        assert line.startswith(f"Cannot read '{tmp_path / 'older' / 'manifest.json'}': No such file or directory.")

    def test_nobody_listens(self) -> None:
        assert "'http://127.0.0.1:1': Connection refused." in self.refused("http://127.0.0.1:1")

    @pytest.mark.parametrize(
        ("option", "typed", "words"),
        [
            ("--as-of", "2026-13-40", "'2026-13-40' is no day, write one like 2026-10-01"),
            ("--days", "-3", "'-3' is no number, write one from 0 on"),
            ("--sample", "some", "'some' is no number, write one from 0 on"),
        ],
    )
    def test_an_option_that_means_nothing(
        self, capsys: pytest.CaptureFixture[str], option: str, typed: str, words: str
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            verifier.asked([".", f"{option}={typed}"])
        assert ended.value.code == 2
        assert words in capsys.readouterr().err

    def test_no_dump(self, tmp_path: Path) -> None:
        for content in ("", "[]", "{}", '{"files": 1, "made_at": 2}', "\0"):
            (tmp_path / "manifest.json").write_text(content)
            self.refused(str(tmp_path))

    def test_nul(self) -> None:
        self.refused("a\0b")
        self.refused("http://a\0b/")

    def test_a_day_to_come(self, dump: Path) -> None:
        assert "nothing is known of 2990-01-01 yet" in self.refused(str(dump), "--as-of", "2990-01-01")

    @pytest.mark.parametrize("content", ["cut", "no gzip", "no json", "no records"])
    def test_a_broken_file(self, dump: Path, content: str) -> None:
        path = dump / "tools.json.gz"
        whole = path.read_bytes()
        broken = {
            "cut": whole[:-20],
            "no gzip": b"<html>",
            "no json": gzip.compress(b"[\n{\n]\n"),
            "no records": gzip.compress(b"[\n1\n]\n"),
        }
        path.write_bytes(broken[content])
        assert "tools.json.gz" in self.refused(str(dump))

    def test_a_missing_file(self, dump: Path) -> None:
        (dump / "reviews.csv.gz").unlink()
        assert "reviews.csv.gz" in self.refused(str(dump))

    @pytest.mark.parametrize(
        "answer", [(404, b"{}"), (200, b"<html>"), (200, b"{}"), (200, b"[]"), (500, b""), (200, b"\0")]
    )
    def test_not_a_site(self, answer: tuple[int, bytes]) -> None:
        with served(lambda _path: (*answer, {})) as (address, _):
            assert address in self.refused(address)

    def test_nobody_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with served(lambda _path: (200, b"{}", {})) as (address, _):
            pass
        monkeypatch.setattr("time.sleep", lambda _seconds: None)
        assert "refused" in self.refused(address)


@contextmanager
def served(answer: Callable[[str], tuple[int, bytes, dict[str, str]]]) -> Iterator[tuple[str, list[str]]]:
    """A site that answers as it is told, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            assert self.headers["User-Agent"].startswith("verify_publication/")
            status, content, headers = answer(self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_a_site_that_is_busy_is_asked_again_and_next_leads_to_no_other_host() -> None:
    busy = {"/api/v1/receipts/?limit=100"}

    def answer(path: str) -> tuple[int, bytes, dict[str, str]]:
        if path in busy:
            busy.remove(path)
            return 503, b"", {"Retry-After": "0"}
        if path == "/api/v1/":
            return 200, b'{"collections": {}, "language": "en"}', {}
        more = "https://elsewhere.example/api/v1/tools/?cursor=5" if path == "/api/v1/tools/?limit=100" else None
        packed = gzip.compress(json.dumps({"items": [], "next": more}).encode())
        return 200, packed, {"Content-Encoding": "gzip"}

    with served(answer) as (address, asked):
        assert run(address, "--quiet") == (0, [])
    assert asked.count("/api/v1/receipts/?limit=100") == 2
    assert "/api/v1/tools/?cursor=5" in asked


@pytest.mark.django_db(transaction=True)
class TestSite:
    def test_the_running_site_agrees_with_the_demo_and_votes(
        self, live_server: LiveServer, settings: SettingsWrapper
    ) -> None:
        call_command("load_publication", str(settings.BASE_DIR / "demo"), stdout=io.StringIO(), stderr=io.StringIO())
        for number, tool in enumerate(Tool.objects.order_by("pk")[:12]):
            make_votes(tool, 3 * number, 20 - number)
        count_votes()
        code, lines = run(live_server.url, "--sample", "0", "--days", "2")
        assert (code, lines[1:]) == (0, ["Everything agrees."])

    def test_days_gone_by_are_those_of_the_site(self, live_server: LiveServer) -> None:
        fill()
        days = [str(timezone.now().date() - timedelta(days=ago)) for ago in (0, 5, 10, 11, 40)]
        code, lines = run(live_server.url, "--sample", "0", *(word for day in days for word in ("--as-of", day)))
        assert (code, lines[1:]) == (0, ["Everything agrees."])

    def test_what_was_changed_behind_the_receipts_is_found(self, live_server: LiveServer) -> None:
        fill()
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE tools_plan DISABLE TRIGGER USER")
            cursor.execute("UPDATE tools_plan SET amount = 1 WHERE amount = 17.25")
            cursor.execute("ALTER TABLE tools_plan ENABLE TRIGGER USER")
        code, lines = run(live_server.url, "--quiet")
        assert code == 1
        assert "tools anvil plans 1 amount: published '1', comes to '17.25' (Rebuild)" in lines

    def test_the_command_reports_and_ends_with_the_code(self, live_server: LiveServer, tmp_path: Path) -> None:
        fill()
        out = io.StringIO()
        call_command("verify_publication", live_server.url, "--days", "1", stdout=out)
        assert out.getvalue().endswith("Everything agrees.\n")
        write_dump(tmp_path / "dump")
        records = read(tmp_path / "dump", "tools")
        put(0, "panel", "share", 49)(records)
        write(tmp_path / "dump", "tools", records)
        with pytest.raises(SystemExit) as ended:
            call_command("verify_publication", str(tmp_path / "dump"), "--quiet", stdout=out)
        assert ended.value.code == 1
        assert "tools anvil panel share: published 49, comes to 50 (Panel)" in out.getvalue()
        with pytest.raises(CommandError, match="Cannot read") as refused:
            call_command("verify_publication", str(tmp_path / "nowhere"))
        assert refused.value.returncode == 2


@pytest.mark.django_db
class TestNight:
    def test_a_dump_that_agrees_is_no_news(
        self, settings: SettingsWrapper, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.OPEN_DATA_ROOT = str(tmp_path / "open")
        fill_open_data()
        dump_data_task()
        assert caplog.records == []

    def test_one_that_does_not_is_logged(
        self, settings: SettingsWrapper, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.OPEN_DATA_ROOT = str(tmp_path / "open")
        fill_open_data()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE tools_plan DISABLE TRIGGER USER")
            cursor.execute("UPDATE tools_plan SET amount = 1 WHERE amount = 15")
            cursor.execute("ALTER TABLE tools_plan ENABLE TRIGGER USER")
        dump_data_task()
        (record,) = caplog.records
        assert record.levelname == "ERROR"
        assert "plans 1 amount" in record.getMessage()


class TestShipped:
    def test_it_is_one_file_for_old_pythons_too(self) -> None:
        tree = ast.parse(shipped(), feature_version=(3, 9))
        imported = {
            name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [x.name for x in node.names])
        }
        assert imported <= sys.stdlib_module_names
        assert b"comparisons.opendata" not in shipped()

    def test_it_runs_alone(self, dump: Path, tmp_path: Path) -> None:
        alone = tmp_path / "alone"
        alone.mkdir()
        (alone / "verify_publication.py").write_bytes(shipped())
        command = [sys.executable, "-I", "-S", "verify_publication.py", str(dump)]
        found = subprocess.run(command, cwd=alone, env={}, capture_output=True, text=True, check=False)
        assert (found.returncode, found.stderr) == (0, "")
        assert found.stdout.endswith("Everything agrees.\n")
        records = read(dump, "leaderboard")
        put(0, "rank", 2)(records)
        write(dump, "leaderboard", records)
        found = subprocess.run(command, cwd=alone, env={}, capture_output=True, text=True, check=False)
        assert found.returncode == 1
        found = subprocess.run(
            [*command[:-1], "nowhere"], cwd=alone, env={}, capture_output=True, text=True, check=False
        )
        assert (found.returncode, found.stderr) == (2, "")

    @pytest.mark.django_db
    def test_the_site_gives_it_out_and_says_its_fingerprint(self, client: Client) -> None:
        response = client.get("/data/verify_publication.py")
        assert response.content == shipped()
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert client.get("/data/verify_publication.py", headers={"If-None-Match": response["ETag"]}).status_code == 304
        assert hashlib.sha256(response.content).hexdigest() == shipped_sha256()
        page = client.get("/data/")
        assert shipped_sha256() in text_of(page)
        assert b'href="/data/verify_publication.py"' in page.content
