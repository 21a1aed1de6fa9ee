"""The Nu HTML checker, installed on demand; without Java or npm the run ends with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from gates.node import MODULES, install, missing


@pytest.fixture(scope="session")
def checker() -> Path:
    if lacking := missing("java", "npm"):
        pytest.exit(lacking, returncode=1)
    install()
    return MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
