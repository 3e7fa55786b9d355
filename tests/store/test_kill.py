"""A writer killed at any commit point loses nothing, doubles nothing, and can go on."""

import os
import subprocess
import sys

import pytest

from tests import ROOT


@pytest.mark.parametrize(
    ("scenario", "least"),
    [("add", 20), ("update", 12), ("sync", 12), ("remove", 8), ("rebuild", 12), ("new-model", 20)],
)
def test_a_kill_at_every_commit_point(scenario, least, tmp_path):
    run = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "store" / "kill_driver.py"), scenario, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout.split()[-1]) >= least, "the driver no longer reaches the commit points"
