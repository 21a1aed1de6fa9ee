"""Schemathesis tries the API against its own document, with every check on, over a real socket.

A modest number of examples for each operation; `CONTRACT_EXAMPLES=300 make test ARGS="-k contract"` for more.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from pytest_django.live_server_helper import LiveServer

from comparisons.opendata.schema import openapi
from tests.open_data import fill_hidden, fill_open_data

EXAMPLES = os.environ.get("CONTRACT_EXAMPLES") or "3"


@pytest.mark.django_db(transaction=True)
def test_the_api_keeps_its_contract(live_server: LiveServer, tmp_path: Path) -> None:
    fill_hidden(fill_open_data())
    document = tmp_path / "openapi.json"  # of the address that it is read from, it would try nothing
    with urlopen(f"{live_server.url}/api/v1/openapi.json") as answer:  # noqa: S310
        document.write_bytes(answer.read())
    tried = subprocess.run(
        [
            *(Path(sys.executable).with_name("schemathesis"), "run", document, "--url", live_server.url),
            *("--checks", "all", "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", EXAMPLES),
            *("--generation-database", "none", "--continue-on-failure", "--workers", "2", "--no-color"),
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    operations = sum(len(methods) for methods in openapi()["paths"].values())
    assert tried.returncode == 0, tried.stdout
    for said in (f"Tested: {operations}\n", "No issues found"):
        assert said in tried.stdout, tried.stdout
