"""What a backup is made of, written last: a folder without it is no backup."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from importlib import metadata
from pathlib import Path

import msgspec

NAME = "manifest.json"
FORMAT = 1
CHUNK = 1024 * 1024


class Unfit(Exception):
    """The backup, or the place that it is to go to, is not what it must be; says what to do."""


class File(msgspec.Struct, frozen=True):
    """One file of a backup. table: whose rows are in it, on PostgreSQL; counted_to: the last number given to a row."""

    name: str
    size: int
    sha256: str
    table: str = ""
    columns: tuple[str, ...] = ()
    rows: int = 0
    counted_to: int = 0


class Part(msgspec.Struct, frozen=True):
    """The database of one module, or `default`. migrations: those applied, as `app.name`."""

    alias: str
    vendor: str
    migrations: tuple[str, ...]
    files: tuple[File, ...]


class Manifest(msgspec.Struct, frozen=True):
    """A whole backup. taken_at: the instant at which all parts were as they are here."""

    format: int
    release: str
    taken_at: datetime
    parts: tuple[Part, ...]
    media: tuple[File, ...] = ()

    def part(self, alias: str) -> Part:
        """The database of a module.

        :raises Unfit: it is not in this backup
        """
        for part in self.parts:
            if part.alias == alias:
                return part
        kept = ", ".join(part.alias for part in self.parts)
        raise Unfit(f"This backup has nothing of {alias}; it has {kept}.")

    def files(self) -> Iterator[File]:
        """All of them."""
        for part in self.parts:
            yield from part.files
        yield from self.media


def release() -> str:
    """Of this program, as far as it knows."""
    try:
        return metadata.version("storefront")
    except metadata.PackageNotFoundError:
        return ""


def described(path: Path, folder: Path) -> File:
    """A file of a backup as the manifest tells of it."""
    return File(name=path.relative_to(folder).as_posix(), size=path.stat().st_size, sha256=digest(path))


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def write(folder: Path, manifest: Manifest) -> None:
    """Make the folder a backup."""
    path = folder / f".{NAME}"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    path.rename(folder / NAME)


def read(folder: Path) -> Manifest:
    """The manifest of a backup.

    :raises Unfit: there is none, or it cannot be read here
    """
    path = folder / NAME
    if not path.is_file():
        raise Unfit(f"{folder} has no {NAME}: it is no backup, or one that was not finished.")
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except msgspec.MsgspecError as error:
        raise Unfit(f"{path} cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise Unfit(f"{path} is of format {manifest.format}; this release reads {FORMAT}.")
    return manifest


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare every file with what the manifest says of it.

    :raises Unfit: one is missing or damaged
    """
    for file in manifest.files():
        path = folder / file.name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise Unfit(f"{file.name} lies outside the backup.")
        if not path.is_file():
            raise Unfit(f"{file.name} is missing.")
        if path.stat().st_size != file.size or digest(path) != file.sha256:
            raise Unfit(f"{file.name} is damaged: it is not what was written.")
