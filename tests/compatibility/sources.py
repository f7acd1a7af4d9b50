"""The code of another release: taken from git, or today's with changes planted."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

from storefront.contracts.release import Release
from tests.compatibility.planting import ROOT

PARTS = ("config", "modules", "storefront", "manage.py", "pyproject.toml")

Changes = dict[str, tuple[tuple[str, str], ...]]

ADDITIONS: Changes = {
    "modules/payments/interface.py": (
        ("    def capture(self, *, key: Key, payment_id: str, amount: Money) ->",
         '    def capture(self, *, key: Key, payment_id: str, amount: Money, note: str = "") ->'),
        ("    ledger: tuple[LedgerLine, ...] = ()\n",
         '    ledger: tuple[LedgerLine, ...] = ()\n    bank: str = "ours"\n'),
    ),
    "modules/payments/services.py": (
        ("    *, payment_id: str, amount: Money, now: datetime, key: str\n",
         "    *, payment_id: str, amount: Money, note: str, now: datetime, key: str\n"),
    ),
    "modules/payments/events.py": (
        ("    captured_total: Money", '    note: str = "as asked"\n    captured_total: Money'),
    ),
}
"""What a next release may add: an argument, a field of an answer, and one of an event."""

BREAK: Changes = {
    "modules/payments/interface.py": (("    def capture(self,", "    def take(self,"),),
    "modules/payments/services.py": (("def capture(\n", "def take(\n"),),
}
"""What no release may do without a new version of the face: an operation is gone."""


def missing(release: Release) -> str:
    """Why the sources of a release cannot be had here; nothing if they can."""
    if not release.commit:
        return f"tests/compatibility/golden/{release.name}/RELEASE names no commit."
    found = subprocess.run(
        ["git", "cat-file", "-e", f"{release.commit}^{{commit}}"], cwd=ROOT, capture_output=True, check=False
    ) if shutil.which("git") else None
    if found is None or found.returncode != 0:
        return f"git does not have commit {release.commit} of release {release.name}: a full clone does."
    return ""


def released(release: Release, folder: Path) -> Path:
    """The sources of a release, in a folder of their own."""
    archive = subprocess.run(
        ["git", "archive", release.commit, *PARTS], cwd=ROOT, capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")
    return folder


def changed(folder: Path, *, by: Changes) -> Path:
    """Today's sources with changes, as the next release may have them."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "tests", "images"))
        else:
            shutil.copy(ROOT / part, folder / part)
    for name, changes in by.items():
        text = (folder / name).read_text()
        for old, new in changes:
            assert old in text, f"{name} has no {old!r}."
            text = text.replace(old, new, 1)
        (folder / name).write_text(text)
    return folder
