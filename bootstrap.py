"""Make or update .venv from a locked list of packages.

python bootstrap.py run             what `make run` needs: production and the embedded services
python bootstrap.py dev             that and the tools of a developer
python bootstrap.py prod            production alone
python bootstrap.py lock            write the lists anew from pyproject.toml; with --upgrade from newer releases
python bootstrap.py lock --check    only tell whether they match it

Standard library only, and nothing newer than Python 3.8 in its grammar: an interpreter too old for Drydock must
still be able to read this file and to say so.
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

try:
    import fcntl
except ImportError:
    sys.exit("Drydock runs on Linux and macOS: on Windows, use its Linux subsystem.")

ROOT = Path(__file__).resolve().parent
LISTS = ROOT / "requirements"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "drydock-stamp"
# Beneath an activated .venv lies the interpreter it was made from; .venv itself may be about to go.
BASE_PYTHON = getattr(sys, "_base_executable", None) or sys.executable
UV_COMPILE = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.12"]
UV_COMPILE += ["--generate-hashes", "--no-header", "--no-annotate"]
GROUPS = {"prod": "", "run": "--group embedded", "dev": "--group embedded --group dev"}
QUIETLY = ["--disable-pip-version-check", "--no-input"]
NO_NETWORK = re.compile(r"error sending request|dns error|Retrying \(Retry|[Tt]imed out")


class BootstrapError(Exception):
    """One plain sentence for whoever typed the command, and the output that explains it if the sentence does not."""

    def __init__(self, sentence: str, output: str = "") -> None:
        super().__init__(sentence)
        self.output = output


def install(wanted: str) -> None:
    """Bring .venv to what the list says; at once when it is there already."""
    place = f"{ROOT} {sys.implementation.name} {platform.python_version()}"
    stamp = STAMP.read_text().splitlines() if STAMP.exists() and PYTHON.exists() else []
    satisfying = {"run": ("run", "dev")}.get(wanted, (wanted,))
    if any(stamp == [place, name, _digest(name)] for name in satisfying):
        return
    if stamp[:1] != [place]:  # another interpreter, a checkout that was moved, or an installation cut short
        with _step(f"Making .venv with Python {platform.python_version()}"):
            _make_venv()
    STAMP.unlink(missing_ok=True)
    packages = re.findall(r"^[a-z].*==(?!.*win32)", (LISTS / f"{wanted}.txt").read_text(), re.MULTILINE)
    with _step(f"Installing {len(packages)} packages"):
        _synchronise(LISTS / f"{wanted}.txt")
    STAMP.write_text("\n".join([place, wanted, _digest(wanted)]))


def lock(*, check: bool, upgrade: bool) -> None:
    """Write the locked lists, or with `check` compare them with what would be written."""
    install("dev")
    uv = _locked_uv()
    with tempfile.TemporaryDirectory() as folder, _step("Checking the locked lists" if check else "Locking"):
        drafts = Path(folder, "requirements")
        shutil.copytree(LISTS, drafts)
        _compile(uv, drafts, ["--upgrade"] if upgrade else [])
        for draft in sorted(drafts.glob("*.txt")):
            if "://" in draft.read_text():
                raise BootstrapError(
                    f"{draft.name} would name an address: remove the index settings of uv from this machine."
                )
            if not check:
                shutil.copy(draft, LISTS)
            elif draft.read_text() != (LISTS / draft.name).read_text():
                raise BootstrapError(
                    f"requirements/{draft.name} does not match: run `make lock` and commit what it changes."
                )


def _compile(uv: str, folder: Path, upgrade: list[str]) -> None:
    """Each list is held to the versions of the one before, so that what is tested is what production runs."""
    pin = (folder / "uv.txt").read_text().split()[0]
    (folder / "uv.in").write_text(pin.partition("=")[0] if upgrade else pin)
    jobs: list[tuple[str, list[object]]] = [("uv", [folder / "uv.in"])]
    held: list[object] = []
    for name, groups in GROUPS.items():
        jobs.append((name, ["pyproject.toml", *groups.split(), *held]))
        held = ["-c", folder / f"{name}.txt"]
    for name, sources in jobs:
        command = [uv, *UV_COMPILE, *upgrade, *sources, "-o", folder / f"{name}.txt"]
        _must(command, f"The packages of requirements/{name}.txt could not be resolved")


def _make_venv() -> None:
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    uv = _uv_of_this_machine()
    if uv and _call([uv, "venv", "--no-python-downloads", "--python", BASE_PYTHON, VENV]).returncode == 0:
        return
    # Without pip, which takes as long to copy as everything else: the interpreter beneath has one as a rule.
    _must([BASE_PYTHON, "-m", "venv", "--without-pip", VENV], "The virtual environment .venv could not be made")


def _synchronise(packages: Path) -> None:
    """uv takes seconds, pip a minute; pip is for machines where uv cannot be had or finds no way out."""
    try:
        uv = _uv_of_this_machine() or _locked_uv()
        _must([uv, "pip", "sync", "--python", PYTHON, "--require-hashes", packages], "uv failed")
    except BootstrapError:
        print("with pip, a minute ... ", end="", flush=True)
        command = [*_pip(), "install", "--no-compile", "--require-hashes", "-r", packages]
        _must(command, f"The packages of requirements/{packages.name} could not be installed")


def _uv_of_this_machine() -> str | None:
    """uv from the PATH, if it works: a pyenv shim stands there for versions that lack it, too."""
    uv = shutil.which("uv")
    return uv if uv and _call([uv, "--version"]).returncode == 0 else None


def _locked_uv() -> str:
    """uv as requirements/uv.txt names it, inside .venv."""
    uv = VENV / "bin" / "uv"
    pinned = (LISTS / "uv.txt").read_text().split()[0].partition("==")[2]
    if not uv.exists() or pinned not in _call([uv, "--version"]).stdout.split():
        other = _uv_of_this_machine()
        installer = [other, "pip", "install", "--python", PYTHON] if other else [*_pip(), "install"]
        options = ["--only-binary", ":all:", "--require-hashes", "-r", LISTS / "uv.txt"]
        _must([*installer, *options], "uv could not be installed")
    return str(uv)


@lru_cache(maxsize=None)
def _pip() -> list[object]:
    """pip of the interpreter beneath .venv, else one put into .venv."""
    borrowed = [BASE_PYTHON, "-m", "pip", "--python", PYTHON]
    own = [PYTHON, "-m", "pip"]
    if _call([*borrowed, "--version"]).returncode == 0:
        return [*borrowed, *QUIETLY]
    if _call([*own, "--version"]).returncode:
        if not importlib.util.find_spec("ensurepip"):
            raise BootstrapError("This Python cannot install packages: `apt install python3-venv` and try again.")
        _must([PYTHON, "-m", "ensurepip"], "pip could not be installed")
    return [*own, *QUIETLY]


def _call(command: Sequence[object]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _must(command: Sequence[object], complaint: str) -> None:
    """Run a command that has to succeed, or raise the plainest sentence that its output allows."""
    called = _call(command)
    if called.returncode == 0:
        return
    if os.strerror(errno.ENOSPC) in called.stdout or shutil.disk_usage(ROOT).free < 20 * 1024**2:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if NO_NETWORK.search(called.stdout):
        raise BootstrapError("The package index cannot be reached: check the network, or HTTPS_PROXY, and try again.")
    raise BootstrapError(f"{complaint}: see the lines above.", called.stdout)


def _digest(name: str) -> str:
    return hashlib.sha256((LISTS / f"{name}.txt").read_bytes()).hexdigest()


@contextmanager
def _step(label: str) -> Iterator[None]:
    print(f"{label} ... ", end="", flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print()
        raise
    print(f"{time.monotonic() - begun:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make or update .venv from a locked list of packages.")
    parser.add_argument("task", choices=[*GROUPS, "lock"])
    parser.add_argument("--check", action="store_true", help="with lock: only tell whether the lists match")
    parser.add_argument("--upgrade", action="store_true", help="with lock: take newer releases")
    options = parser.parse_args()
    with Path(__file__).open() as own:
        fcntl.flock(own, fcntl.LOCK_EX)  # two at once would install over each other
        if options.task == "lock":
            lock(check=options.check, upgrade=options.upgrade)
        else:
            install(options.task)


if __name__ == "__main__":
    if not (3, 12) <= sys.version_info[:2] < (3, 15):
        sys.exit(
            f"Drydock needs Python 3.12, 3.13 or 3.14, and this is {platform.python_version()}: "
            "install one of them, or name it with `make PYTHON=/path/to/python3.13`."
        )
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except BootstrapError as problem:
        sys.stderr.write("".join(f"  {line}\n" for line in problem.output.splitlines()[-15:]))
        sys.exit(str(problem))
    except OSError as error:
        is_full = error.errno == errno.ENOSPC
        sys.exit(f"The disk is full: free 1 GB for {VENV} and try again." if is_full else str(error))
