"""The contracts of a release as they are kept: a folder with two files per module.

`<module>.json` says what was promised, `<module>.jsonl` holds golden messages, one a line. `RELEASE` names the commit,
and `intended.toml` the breaks that somebody wanted, each with its reason.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from storefront.contracts.sample import Message
from storefront.contracts.snapshot import Contract


class Release(NamedTuple):
    """A release and the folder that keeps what it promised."""

    folder: Path

    @property
    def name(self) -> str:
        """Its version, such as `0.1.0`."""
        return self.folder.name

    @property
    def modules(self) -> list[str]:
        """The modules that it had, by name."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    @property
    def commit(self) -> str:
        """The commit of its sources; empty while none is named."""
        path = self.folder / "RELEASE"
        return path.read_text().strip() if path.exists() else ""

    def contract(self, module: str) -> Contract:
        """What the module promised."""
        found: Contract = msgspec.json.decode((self.folder / f"{module}.json").read_bytes())
        return found

    def messages(self, module: str) -> list[Message]:
        """What the module's callers and listeners saw."""
        return msgspec.json.Decoder(Message).decode_lines((self.folder / f"{module}.jsonl").read_bytes())

    def intended(self) -> dict[str, str]:
        """The breaks that are wanted, as they are told, and why."""
        path = self.folder / "intended.toml"
        return tomllib.loads(path.read_text()) if path.exists() else {}

    def keep(self, module: str, contract: Contract, messages: Iterable[Message]) -> None:
        """Write down what a module promises."""
        self.folder.mkdir(parents=True, exist_ok=True)
        promised = msgspec.json.format(msgspec.json.encode(contract), indent=1)
        (self.folder / f"{module}.json").write_bytes(promised + b"\n")
        (self.folder / f"{module}.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(messages))


def releases(directory: Path) -> list[Release]:
    """Every release that is kept in `directory`, oldest first."""
    folders = [path for path in directory.iterdir() if path.is_dir()] if directory.exists() else []
    return [Release(folder) for folder in sorted(folders, key=lambda folder: _ordinal(folder.name))]


def _ordinal(name: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in name.split("."))
