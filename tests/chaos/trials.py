"""Runs a trial in a process of its own, as `make chaos` does, and reads its report."""

import subprocess
import sys
from pathlib import Path

import msgspec

from drill.chaos.report import Report
from drill.premises import ROOT

LONGEST_SECONDS = 400
"""On a machine that has other things to do."""


def trial(folder: Path, *, topology: str, seed: str, checkouts: int, options: tuple[str, ...] = ()) -> Report:
    """What it found; fails, with the report, if that is not good."""
    command = [
        sys.executable, "-m", "drill.chaos", "--topology", topology, "--seed", seed, "--checkouts", str(checkouts),
        "--report", str(folder / "report"), *options,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)
    assert done.returncode == 0, f"Seed {seed}, {topology}:\n{done.stdout}\n{done.stderr}"
    return msgspec.json.decode((folder / "report.json").read_bytes(), type=Report)
