"""A disk that a test can fill: a small file system of its own in memory. To mount one takes the rights of root."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BLOCK = 65536


class Disk:
    """A mounted file system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Until not a byte more fits."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in (BLOCK, 1):
                try:
                    while file.write(b"\0" * size):
                        continue
                except OSError:
                    continue

    def free(self) -> None:
        """What filled it goes."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def bounded(folder: Path, *, megabytes: int) -> Iterator[Disk]:
    """In this folder, which is empty.

    :raises subprocess.CalledProcessError: we may not mount anything
    """
    subprocess.run(  # noqa: S603
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder)],  # noqa: S607
        check=True, capture_output=True,
    )
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)  # noqa: S603, S607
