"""What a machine can hold of CONVENTIONS: sizes, names, and who may write."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if (ROOT / name).is_file()
]
SOURCES = [path for path in TRACKED if path.suffix == ".py" and "migrations" not in path.parts]
CODE = [path for path in SOURCES if "tests" not in path.relative_to(ROOT).parts]
TEMPLATES = [path for path in TRACKED if path.suffix == ".html" and path.is_relative_to(ROOT / "templates")]
BANNED = {"utils", "helpers", "common", "misc", "data", "info"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_python_file_is_small_and_well_named(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400
    assert path.stem not in BANNED


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_is_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 120


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_function_is_short(path: Path) -> None:
    most = 25 if "views" in path.parts else 30
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            words = ast.get_docstring(node)
            body = node.body[1:] if words is not None else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert lines <= most, f"{node.name} has {lines} lines"
            assert not node.name.startswith(("do_", "process_", "handle_")) or node.name == "handle", node.name


@pytest.mark.parametrize("path", [path for path in CODE if "views" in path.parts], ids=name_of)
def test_view_neither_filters_nor_writes(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in {
                "filter",
                "exclude",
                "annotate",
                "save",
                "create",
                "delete",
                "update",
                "send_mail",
            }


@pytest.mark.parametrize("path", TRACKED, ids=name_of)
def test_file_names_no_registry_and_no_path_of_a_machine(path: Path) -> None:
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return  # a font or a picture
    hosts = ["pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org"]
    assert not any(host in text for host in hosts)
    assert not re.search(r"(?<![\w.~$}])/(work|root|farm|home)/\w", text)


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=name_of)
def test_lock_file_has_a_hash_for_every_package_and_no_address(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    packages = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert all("--hash=sha256:" in package for package in packages)


def test_no_template_styles_or_scripts_inline() -> None:
    """A block of JSON-LD is no script: no browser runs it, and no policy forbids it."""
    for path in TEMPLATES:
        assert not re.search(
            r"""\sstyle=|<style|\son[a-z]+=["']|<script(?! type="application/ld\+json">)(?![^>]*\ssrc=)""",
            path.read_text(),
        ), name_of(path)


def test_every_change_of_a_publishable_piece_goes_through_a_service() -> None:
    """Nothing outside services sets a status: it would leave the date, and later the receipt, behind."""
    for path in CODE:
        if path.stem != "services" and "publication" not in path.parts:
            # Single quotes are SQL's: there it compares.
            assert not re.search(r"\.status = (?!')|status=Publishable\.Status", path.read_text()), name_of(path)
