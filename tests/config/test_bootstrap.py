"""bootstrap.py and the Makefile in front of it, on small checkouts that ask for one package made here."""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from config.env import BASE_DIR
from tests.config.conftest import SmallDisk

BASE_PYTHON = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
MAKE = shutil.which("make") or "make"
NO_PYTHON = "No Python 3.12, 3.13 or 3.14 was found: install one"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "a checkout"
    (folder / "requirements").mkdir(parents=True)
    shutil.copy(BASE_DIR / "bootstrap.py", folder)
    (folder / "requirements" / "uv.txt").write_text(f"uv==0 --hash=sha256:{'0' * 64}\n")  # there is none: pip it is
    for name in ("prod", "run", "dev"):
        require(folder, name, "1.0")
    return folder


def require(checkout: Path, name: str, version: str) -> None:
    """Write a list that asks for a version of the package `tiny`, and make that."""
    wheel = checkout.parent / f"tiny-{version}-py3-none-any.whl"
    if not wheel.exists():
        about = f"tiny-{version}.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("tiny.py", f"print({version!r})\n")
            archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
            archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{about}/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (checkout / "requirements" / f"{name}.txt").write_text(f"tiny=={version} --hash=sha256:{digest}\n")


def start(checkout: Path, *arguments: str, python: Path = BASE_PYTHON, **variables: str) -> subprocess.Popen[str]:
    """Start bootstrap.py with no other program in reach, no network, and the packages made here."""
    return subprocess.Popen(
        [python, "bootstrap.py", *arguments],
        cwd=checkout,
        env={"PATH": "/nowhere", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout.parent)} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def bootstrap(checkout: Path, *arguments: str, python: Path = BASE_PYTHON, **variables: str) -> tuple[int, str, str]:
    process = start(checkout, *arguments, python=python, **variables)
    printed, complaint = process.communicate()
    return process.returncode, printed, complaint


def installed(checkout: Path) -> str:
    program = checkout / ".venv" / "bin" / "python"
    return subprocess.run([program, "-m", "tiny"], capture_output=True, text=True, check=True).stdout.strip()


def test_packages_are_installed_once_and_again_when_the_list_changes(checkout: Path) -> None:
    code, printed, complaint = bootstrap(checkout, "run")
    assert (code, complaint, installed(checkout)) == (0, "", "1.0")
    assert "Making .venv" in printed
    assert "Installing 1 packages" in printed
    assert bootstrap(checkout, "run") == (0, "", "")

    require(checkout, "dev", "2.0")
    code, printed, complaint = bootstrap(checkout, "dev")
    assert (code, complaint, installed(checkout)) == (0, "", "2.0")
    assert "Making .venv" not in printed
    assert bootstrap(checkout, "run") == (0, "", ""), "what a developer has is enough to run"
    assert installed(checkout) == "2.0"

    (checkout / ".venv" / "left-over").touch()
    moved = checkout.rename(checkout.with_name("moved"))
    assert "Making .venv" in bootstrap(moved, "dev")[1], "its programs name the folder they were made for"
    assert not (moved / ".venv" / "left-over").exists()


def test_two_at_once_install_once(checkout: Path) -> None:
    both = [start(checkout, "run") for _ in range(2)]
    printed = sorted(process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert printed[0] == ""
    assert installed(checkout) == "1.0"


def test_an_interrupted_installation_is_done_again(checkout: Path) -> None:
    process = start(checkout, "run")
    assert process.stdout
    process.stdout.readline()  # .venv is there, the packages are not
    process.send_signal(signal.SIGINT)
    assert process.communicate()[1] == ""
    assert process.returncode == 130
    assert bootstrap(checkout, "run")[0] == 0
    assert installed(checkout) == "1.0"


def test_a_package_that_is_not_the_locked_one_is_refused(checkout: Path) -> None:
    (checkout / "requirements" / "run.txt").write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    code, _, complaint = bootstrap(checkout, "run")
    assert code == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in complaint
    assert complaint.endswith("The packages of requirements/run.txt could not be installed: see the lines above.\n")


def test_a_machine_without_network_is_told_so(checkout: Path) -> None:
    code, _, complaint = bootstrap(
        checkout,
        "run",
        PIP_NO_INDEX="0",
        PIP_FIND_LINKS="",
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_CONFIG_FILE=os.devnull,
        PIP_RETRIES="1",
    )
    assert complaint == "The package index cannot be reached: check the network, or HTTPS_PROXY, and try again.\n"
    assert code == 1


def test_a_python_that_cannot_install_is_told_so(checkout: Path, tmp_path: Path) -> None:
    """As Debian ships it: everything but pip and ensurepip."""
    version = f"python{sysconfig.get_python_version()}"
    library = tmp_path / "lib" / version
    library.mkdir(parents=True)
    for part in Path(sysconfig.get_path("stdlib")).iterdir():
        if part.name not in {"ensurepip", "site-packages", "dist-packages"}:
            (library / part.name).symlink_to(part)
    python = tmp_path / "bin" / version
    python.parent.mkdir()
    shutil.copy(BASE_PYTHON, python)

    shared = str(BASE_PYTHON.parent.parent / "lib")
    code, _, complaint = bootstrap(checkout, "run", python=python, LD_LIBRARY_PATH=shared)
    assert complaint == "This Python cannot install packages: `apt install python3-venv` and try again.\n"
    assert code == 1


def test_a_full_disk_is_said_plainly(small_disk: SmallDisk, checkout: Path) -> None:
    fill = f"cd \"$STATE_DIR\" && cp -r '{checkout}/.' . && cat /dev/zero >filler 2>/dev/null"
    said = small_disk.run(f"{fill}; '{BASE_PYTHON}' bootstrap.py run >/dev/null", megabytes=1)
    assert said.stderr == f"The disk is full: free 1 GB for {said.state}/.venv and try again.\n"
    assert said.returncode == 1


def test_a_python_that_is_too_old_can_still_read_the_file() -> None:
    ast.parse((BASE_DIR / "bootstrap.py").read_text(), feature_version=(3, 8))


def test_a_python_that_is_too_old_is_told_so() -> None:
    pythons = (shutil.which(name) for name in ("python3.11", "python3.10", "python3.9", "python3.8", "python3"))
    command = ["bootstrap.py", "run"]
    for python in filter(None, pythons):
        is_old = "import sys; sys.exit(not (3, 8) <= sys.version_info[:2] < (3, 12))"
        if subprocess.run([python, "-c", is_old], capture_output=True, check=False).returncode == 0:
            done = subprocess.run([python, *command], cwd=BASE_DIR, capture_output=True, text=True, check=False)
            assert done.stderr.startswith("Drydock needs Python 3.12, 3.13 or 3.14, and this is 3.")
            assert (done.returncode, done.stderr.count("\n")) == (1, 1)
            return
    pytest.skip("this machine has no old Python to try")


@pytest.mark.parametrize("target", ["run", "test", "check", "lock"])
def test_make_without_python_says_what_to_install(target: str) -> None:
    done = subprocess.run(
        [MAKE, target], cwd=BASE_DIR, env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False
    )
    assert done.stderr.startswith(NO_PYTHON)
    assert "Traceback" not in done.stderr
    assert done.returncode != 0


def test_make_alone_lists_what_it_can_do() -> None:
    environment = {"PATH": os.environ["PATH"]}  # without what a `make test` around this one hands down
    done = subprocess.run([MAKE], cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    listed = [line.split()[1] for line in done.stdout.splitlines()]
    judging = {"test", "check", "e2e", "matrix", "html", "lighthouse", "weight", "bench", "attacks", "faults"}
    assert {"run", "stop", "lock", "format", "messages", "screenshots", "clean-state", *judging} == set(listed)


def test_locked_lists_name_no_address() -> None:
    lists = list((BASE_DIR / "requirements").glob("*.txt"))
    assert {path.stem for path in lists} == {"prod", "run", "dev", "uv"}
    assert [path.name for path in lists if "://" in path.read_text()] == []
