"""The programs of package.json in this folder, installed when they are first wanted."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
_KITS = {"npm": ("Node.js 18.20 or newer with npm", "npm"), "java": ("Java 17 or newer", "default-jre-headless")}


def missing(*programs: str) -> str:
    """One sentence about the first program this machine lacks; empty when all are there."""
    for program in programs:
        if not shutil.which(program):
            kit, package = _KITS[program]
            return f"This needs {kit}, and there is no {program} here: install it (Debian: apt install {package})."
    return ""


def install() -> None:
    """Bring node_modules to what package-lock.json says; at once when it is there already."""
    wanted, stamp = (HERE / "package-lock.json").read_bytes(), MODULES / "drydock-stamp"
    if stamp.exists() and stamp.read_bytes() == wanted:
        return
    print("Installing what gates/package-lock.json names ...", flush=True)
    # Without scripts: nothing of a package runs here before it is asked to.
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    done = subprocess.run(command, cwd=HERE, check=False)
    if done.returncode:
        raise SystemExit("npm could not install the packages of gates/package-lock.json; its message stands above.")
    stamp.write_bytes(wanted)
