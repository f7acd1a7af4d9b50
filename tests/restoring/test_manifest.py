"""A backup that is damaged, unfinished or of another format is known as such before anything is restored."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storefront.backup.manifest import FORMAT, Manifest, Part, Unfit, check_files, described, read, write


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """One of a single file."""
    (tmp_path / "cart.sqlite3").write_bytes(b"carts")
    part = Part(
        alias="cart", vendor="sqlite", migrations=(), files=(described(tmp_path / "cart.sqlite3", tmp_path),)
    )
    write(tmp_path, Manifest(format=FORMAT, release="", taken_at=datetime(2026, 2, 28, tzinfo=UTC), parts=(part,)))
    return tmp_path


def _flip(folder: Path) -> None:
    (folder / "cart.sqlite3").write_bytes(b"casts")


def _cut(folder: Path) -> None:
    (folder / "cart.sqlite3").write_bytes(b"cart")


def _edit(old: str, new: str) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        path = folder / "manifest.json"
        path.write_text(path.read_text().replace(old, new))

    return edit


@pytest.mark.proves("R28")
class TestManifest:
    def test_tells_a_sound_backup(self, backup: Path) -> None:
        check_files(backup, read(backup))

    @pytest.mark.parametrize(
        ("harm", "sentence"),
        [
            (_flip, "cart.sqlite3 is damaged"),
            (_cut, "cart.sqlite3 is damaged"),
            (lambda folder: (folder / "cart.sqlite3").unlink(), "cart.sqlite3 is missing"),
            (lambda folder: (folder / "manifest.json").unlink(), "was not finished"),
            (lambda folder: (folder / "manifest.json").write_text("{"), "cannot be read"),
            (_edit(f'"format": {FORMAT}', '"format": 99'), "is of format 99"),
            (_edit("cart.sqlite3", "../../etc/passwd"), "lies outside the backup"),
        ],
    )
    def test_refuses_another(self, backup: Path, harm: Callable[[Path], object], sentence: str) -> None:
        harm(backup)

        with pytest.raises(Unfit, match=sentence):
            check_files(backup, read(backup))

    def test_names_what_is_in_it_to_who_asks_for_something_else(self, backup: Path) -> None:
        with pytest.raises(Unfit, match="nothing of payments; it has cart"):
            read(backup).part("payments")
