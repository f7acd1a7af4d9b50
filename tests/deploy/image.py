"""The image without an engine: its files copied as the Dockerfile says, and its commands run on them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.deploy.compose import DEPLOY

ROOT = DEPLOY.parent
TEXT = (DEPLOY / "Dockerfile").read_text()
IGNORED = [line.removeprefix("**/") for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
           if line.startswith("**/")]


class Image:
    """A folder that holds what the image would: `source` is its working directory, `files` what is in `DATA_DIR`."""

    def __init__(self, folder: Path) -> None:
        self.source, self.files = folder / "srv", folder / "data"
        self.made: set[str] = set()
        """What the build left in `files`; programs that were started since have added theirs."""

    def environment(self, **told: str) -> dict[str, str]:
        """What a container starts with: nothing of ours but the programs, and what is `told`."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {"PATH": path, "HOME": "/nonexistent", "PYTHONUNBUFFERED": "1", "DATA_DIR": str(self.files), **told}


def built(folder: Path) -> Image:
    """Do what the first stage does after the packages are there."""
    image = Image(folder)
    image.source.mkdir()
    stage = TEXT.split("\nFROM ")[1].partition("\nWORKDIR ")[2]
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", stage, re.MULTILINE):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, image.source / target, ignore=shutil.ignore_patterns(*IGNORED))
        else:
            shutil.copy2(ROOT / source, image.source / target)
    for command in re.findall(r"^RUN ((?:.*\\\n)*.*)$", stage, re.MULTILINE):
        subprocess.run(["sh", "-c", command], cwd=image.source, env=image.environment(), check=True)
    image.made = {path.name for path in image.files.iterdir()}
    return image
