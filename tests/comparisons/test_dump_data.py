"""The dump: the API's records as files, whole or not there, and how the site gives them out."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from comparisons.models import Board
from comparisons.opendata import dump as dumping
from comparisons.opendata.archive import STAMP
from comparisons.opendata.dump import DumpError, write_dump
from comparisons.opendata.tasks import dump_data_task
from config.celery import app
from editorial.models import Publishable
from tests.factories import make_category, make_reviewer, make_tool
from tests.open_data import MARKER, SCHEMAS, check_shape, fill_hidden, fill_open_data, read_all
from tests.pages import text_of
from tools.models import Tool

pytestmark = pytest.mark.django_db


@pytest.fixture
def anvil() -> Tool:
    return fill_open_data()


@pytest.fixture
def root(settings: Settings, tmp_path: Path) -> Path:
    settings.OPEN_DATA_ROOT = str(tmp_path / "open")
    return tmp_path / "open"


def taken(client: Client, address: str) -> tuple[Any, bytes]:
    """A file as the site gives it out, with its content."""
    response: Any = client.get(address)
    assert response.status_code == 200
    return response, b"".join(response.streaming_content)


def records(folder: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(gzip.decompress((folder / f"{name}.json.gz").read_bytes()))
    return found


def table(folder: Path, name: str) -> list[dict[str, str]]:
    text = gzip.decompress((folder / f"{name}.csv.gz").read_bytes()).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.usefixtures("anvil")
class TestRecords:
    @pytest.mark.parametrize("name", SCHEMAS)
    def test_the_dump_is_the_api_record_for_record(self, client: Client, tmp_path: Path, name: str) -> None:
        write_dump(tmp_path / "dump")
        found = records(tmp_path / "dump", name)
        assert found == list(read_all(client, name))
        for record in found:
            check_shape(SCHEMAS[name], record)

    def test_a_large_collection_is_read_in_parts(
        self, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dumping, "CHUNK", 2)
        write_dump(tmp_path / "dump")
        for name in SCHEMAS:
            assert records(tmp_path / "dump", name) == list(read_all(client, name))

    def test_a_record_is_a_line(self, tmp_path: Path) -> None:
        write_dump(tmp_path / "dump")
        text = gzip.decompress((tmp_path / "dump" / "tools.json.gz").read_bytes()).decode()
        first, *lines, last, end = text.split("\n")
        assert (first, last, end) == ("[", "]", "")
        assert [json.loads(line.rstrip(","))["slug"] for line in lines] == ["anvil", "bellows", "chisel", "drill"]

    def test_a_table_has_the_same_values(self, tmp_path: Path) -> None:
        write_dump(tmp_path / "dump")
        for name in SCHEMAS:
            for record, line in zip(records(tmp_path / "dump", name), table(tmp_path / "dump", name), strict=True):
                for column, text in line.items():
                    value: Any = record
                    for part in column.split("."):
                        value = value[part]
                    assert text == _cell(value), column

    def test_what_a_spreadsheet_would_run_is_kept_from_it(self, tmp_path: Path) -> None:
        names = ["=1+1", "+1", "-1", "@SUM(1)", "\tA", "'quoted'", "plain = fine"]
        for name in names:
            make_tool(name=name, tagline=f"{name}\nand “more”, and so on")
        write_dump(tmp_path / "dump")
        written = [line["name"] for line in table(tmp_path / "dump", "tools")][-len(names) :]
        assert written == [f"'{name}" for name in names[:-1]] + names[-1:]
        assert [record["name"] for record in records(tmp_path / "dump", "tools")][-len(names) :] == names


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "'") and value else value
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def test_what_nobody_may_see_is_in_no_file(anvil: Tool, tmp_path: Path) -> None:
    fill_hidden(anvil)
    write_dump(tmp_path / "dump")
    for path in (tmp_path / "dump").iterdir():
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert content
        assert MARKER.encode() not in content, path.name


@pytest.mark.usefixtures("anvil")
class TestFiles:
    def test_the_manifest_is_true(self, tmp_path: Path) -> None:
        begun = timezone.now()
        manifest = write_dump(tmp_path / "dump")
        assert manifest == json.loads((tmp_path / "dump" / "manifest.json").read_text())
        assert begun <= datetime.fromisoformat(manifest["made_at"]) <= timezone.now()
        names = {path.name for path in (tmp_path / "dump").iterdir()} - {"manifest.json"}
        assert {line["name"] for line in manifest["files"]} == names
        for line in manifest["files"]:
            content = (tmp_path / "dump" / line["name"]).read_bytes()
            assert (line["bytes"], line["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        for name, count in manifest["counts"].items():
            assert count == len(records(tmp_path / "dump", name)) == len(table(tmp_path / "dump", name))

    def test_the_licence_says_how_to_credit(self, tmp_path: Path, settings: Settings) -> None:
        settings.DATA_LICENCE, settings.DATA_LICENCE_URL = "ODbL 1.0", "https://licence.example.org/odbl"
        manifest = write_dump(tmp_path / "dump")
        text = (tmp_path / "dump" / "LICENCE.txt").read_text()
        assert manifest["licence"] == {"name": "ODbL 1.0", "url": "https://licence.example.org/odbl"}
        assert "https://licence.example.org/odbl" in text
        assert "Drydock (http://127.0.0.1:8000), data of" in text

    def test_the_same_records_give_the_same_bytes(self, tmp_path: Path) -> None:
        first, second = write_dump(tmp_path / "one"), write_dump(tmp_path / "two")
        packed = [{line["name"]: line["sha256"] for line in made["files"]} for made in (first, second)]
        for files in packed:
            files.pop("LICENCE.txt")  # says when
        assert packed[0] == packed[1]

    def test_a_folder_that_holds_something_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "letter.txt").write_text("Dear")
        with pytest.raises(CommandError, match="is not empty: name a folder that is new or empty"):
            call_command("dump_data", str(tmp_path / "mine"))
        assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]

    def test_a_place_where_no_folder_can_be_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "letter.txt"
        file.write_text("Dear")
        with pytest.raises(CommandError, match=r"letter\.txt is a file: name a folder that is new or empty"):
            call_command("dump_data", str(file))
        with pytest.raises(CommandError, match=r"letter\.txt/data cannot be written: File exists\."):
            call_command("dump_data", str(file / "data"))
        assert file.read_text() == "Dear"

    def test_the_command_fills_an_empty_folder_and_says_what_is_in_it(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("dump_data", str(tmp_path / "dump"))
        assert "4 tools" in capsys.readouterr().out
        assert (tmp_path / "dump" / "manifest.json").exists()

    def test_a_dump_that_fails_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(made_at: datetime) -> str:
            raise OSError("No space left on device")

        monkeypatch.setattr(dumping, "_licence", fail)
        with pytest.raises(CommandError, match="No space left"):
            call_command("dump_data", str(tmp_path / "dump"))
        assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db(transaction=True)
class TestOneMoment:
    def test_what_is_published_meanwhile_is_in_no_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make_tool(slug="before")
        write, interrupted = dumping._write_collection, list[str]()

        def writing(folder: Path, name: str, shape: Any) -> int:
            if name == "tools" and not interrupted:
                interrupted.append(name)
                elsewhere = threading.Thread(target=_publish)
                elsewhere.start()
                elsewhere.join()
            return write(folder, name, shape)

        monkeypatch.setattr(dumping, "_write_collection", writing)
        write_dump(tmp_path / "dump")
        assert interrupted
        assert Tool.objects.filter(slug="meanwhile").exists()
        for name in SCHEMAS:
            assert '"meanwhile"' not in json.dumps(records(tmp_path / "dump", name))

    def test_a_scheduled_piece_that_comes_up_meanwhile_begins_the_dump_anew(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write, tries = dumping._write_collection, list[str]()
        soon = timezone.now() + timedelta(seconds=3)

        def writing(folder: Path, name: str, shape: Any) -> int:
            tries.append(name)
            if tries == ["categories"]:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep_until(%s)", [soon])
            return write(folder, name, shape)

        monkeypatch.setattr(dumping, "_write_collection", writing)
        make_tool(slug="soon", status=Publishable.Status.SCHEDULED, published_at=soon)
        write_dump(tmp_path / "dump")
        assert tries.count("receipts") == 2
        assert [tool["slug"] for tool in records(tmp_path / "dump", "tools")] == ["soon"]
        assert "soon" in [receipt["about"].get("slug") for receipt in records(tmp_path / "dump", "receipts")]

    def test_ranks_that_are_stale_are_not_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make_tool()
        monkeypatch.setattr(dumping, "TRIES", 2)
        monkeypatch.setattr(dumping, "catch_up", lambda **_: Board.objects.update(ranks_are_stale=True))
        with pytest.raises(DumpError, match="kept changing"):
            write_dump(tmp_path / "dump")
        assert list(tmp_path.iterdir()) == []


def _publish() -> None:
    try:
        make_tool(slug="meanwhile", category=make_category(slug="meanwhile"))
        make_reviewer(slug="meanwhile")
    finally:
        connection.close()


def test_the_worker_knows_what_the_clock_asks_of_it() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


@pytest.mark.usefixtures("anvil")
class TestGivingOut:
    def test_the_page_says_that_there_is_none_yet(self, client: Client, root: Path) -> None:
        assert "No dump yet" in text_of(client.get("/data/"))
        assert client.get("/data/manifest.json").status_code == 404
        assert client.get("/data/tools.json.gz").status_code == 404
        assert not root.exists()

    def test_the_night_makes_one_and_the_site_gives_it_out(self, client: Client, root: Path) -> None:
        dump_data_task()
        (folder,) = root.iterdir()
        manifest = client.get("/data/manifest.json").json()
        assert manifest.pop("dump") == folder.name
        assert manifest == json.loads((folder / "manifest.json").read_text())
        response = client.get("/data/")
        # HTML knows no millionths of a second.
        made = datetime.fromisoformat(manifest["made_at"])
        assert f'datetime="{made.isoformat(timespec="seconds")}"' in response.content.decode()
        page = text_of(response)
        for line in manifest["files"]:
            assert line["sha256"] in page
            for address in (f"/data/{line['name']}", f"/data/{folder.name}/{line['name']}"):
                response, content = taken(client, address)
                assert hashlib.sha256(content).hexdigest() == line["sha256"]
                assert response["ETag"] == f'"{line["sha256"]}"'
                assert response["Content-Length"] == str(line["bytes"])
                assert "Content-Encoding" not in response
                assert response["X-Content-Type-Options"] == "nosniff"
                assert response["Access-Control-Allow-Origin"] == "*"
                assert response["Content-Type"] in ("application/gzip", "text/plain; charset=utf-8")
                assert not response.cookies
                known = client.get(address, headers={"if-none-match": response["ETag"]})
                assert (known.status_code, known.content) == (304, b"")
        assert "immutable" in taken(client, f"/data/{folder.name}/tools.json.gz")[0]["Cache-Control"]
        assert "immutable" not in taken(client, "/data/tools.json.gz")[0]["Cache-Control"]

    @pytest.mark.parametrize(
        "name",
        [
            "nothing.json.gz",
            "..",
            "%2e%2e",
            "../manifest.json",
            "..%2fsecret",
            ".",
            "tools.json",
            "%00",
            "manifest.json%00",
        ],
    )
    def test_nothing_else_is_given_out(self, client: Client, root: Path, name: str) -> None:
        dump_data_task()
        (root / "secret").write_text("secret")
        (folder,) = (path for path in root.iterdir() if path.is_dir())
        (folder / "secret").write_text("secret")
        for address in (f"/data/{name}", f"/data/{folder.name}/{name}", f"/data/{name}/secret"):
            assert client.get(address).status_code == 404
        assert client.get("/data/secret").status_code == 404
        assert client.get(f"/data/{folder.name}/secret").status_code == 404

    def test_a_week_of_dumps_is_kept(self, client: Client, root: Path) -> None:
        now = timezone.now().astimezone(UTC)
        stamps = [(now - timedelta(days=days, hours=-1)).strftime(STAMP) for days in (1, 7, 8, 30)]
        for stamp in stamps:
            write_dump(root / stamp)
        (root / "mine").mkdir()
        call_command("dump_data")
        kept = sorted(path.name for path in root.iterdir())
        assert kept[:2] == stamps[1::-1]
        assert (len(kept), kept[-1]) == (4, "mine")
        assert client.get("/data/manifest.json").json()["dump"] == kept[2]
        assert taken(client, f"/data/{stamps[1]}/tools.json.gz")[1]
        assert client.get(f"/data/{stamps[2]}/tools.json.gz").status_code == 404

    def test_what_a_killed_process_left_is_no_dump_and_is_cleared_away(self, client: Client, root: Path) -> None:
        (root / ".dump-half").mkdir(parents=True)
        (root / ".dump-half" / "tools.json.gz").write_bytes(b"half")
        assert client.get("/data/tools.json.gz").status_code == 404
        assert client.get("/data/.dump-half/tools.json.gz").status_code == 404
        call_command("dump_data")
        assert (root / ".dump-half").exists()  # it may be somebody's who is writing now
        _age(root / ".dump-half", timedelta(days=2))
        call_command("dump_data")
        assert not (root / ".dump-half").exists()


def _age(path: Path, age: timedelta) -> None:
    moment = (timezone.now() - age).timestamp()
    os.utime(path, (moment, moment))
