"""Draft."""
from pathlib import Path
import pytest
from comparisons.opendata import verifier
from comparisons.opendata.dump import write_dump
from tests.open_data import fill_open_data
import argparse
pytestmark = pytest.mark.django_db
def test_x(tmp_path):
    fill_open_data()
    write_dump(Path("/tmp/vf/dump"))
    p = argparse.ArgumentParser(); verifier.arguments(p)
    assert verifier.verify(p.parse_args(["/tmp/vf/dump"])) == 0
