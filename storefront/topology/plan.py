"""Which process runs which modules, and where it is reached: read from a topology file.

```toml
events = "http"                      # how facts reach other processes: http, or celery for all of them

[processes.shop]
modules = ["cart", "catalog", "checkout", "inventory", "shipping"]
url = "http://127.0.0.1:8101"        # where the other processes and the gateway reach it
identity = true                      # operators sign in here, keys are kept here; else in the first process

[processes.payments]
modules = ["payments"]
url = "http://127.0.0.1:8102"
```
"""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec


class BadTopology(ValueError):
    """A topology file that nobody could start."""


class Process(NamedTuple):
    """One process, or as many alike as an operator wants behind one address."""

    name: str
    modules: tuple[str, ...]
    url: str
    """Without a slash at its end; empty where nobody else needs it."""
    identity: bool = False
    """Whether operators sign in here, and machine keys are kept here."""


class Topology(NamedTuple):
    """Every process of a shop, and how facts travel between them."""

    name: str
    events: Literal["http", "celery"]
    processes: tuple[Process, ...]

    def process(self, name: str = "") -> Process:
        """The process of that name; without one, the only one.

        :raises BadTopology: if there is none, or no name where there are several
        """
        found = [process for process in self.processes if process.name == name or not name]
        if len(found) != 1:
            names = ", ".join(process.name for process in self.processes)
            raise BadTopology(f"Topology {self.name} has the processes {names}: name one in STOREFRONT_PROCESS.")
        return found[0]

    def provider_of(self, module: str) -> Process | None:
        """The process that runs `module`."""
        return next((process for process in self.processes if module in process.modules), None)

    @property
    def home(self) -> Process:
        """The process that owns identity: the one that says so, else the first."""
        return next((process for process in self.processes if process.identity), self.processes[0])

    @property
    def modules(self) -> tuple[str, ...]:
        """All modules of the shop, in the order of their names."""
        return tuple(sorted(module for process in self.processes for module in process.modules))


class _ProcessFile(msgspec.Struct, forbid_unknown_fields=True):
    modules: list[str]
    url: str = ""
    identity: bool = False


class _File(msgspec.Struct, forbid_unknown_fields=True):
    processes: dict[str, _ProcessFile]
    events: Literal["http", "celery"] = "http"


def load(name: str, directory: Path) -> Topology:
    """Read a topology: `name` is that of a file in `directory`, or the path of one.

    :raises BadTopology: if there is no such file, it is malformed, or a module has two providers
    """
    path = Path(name) if name.endswith(".toml") else directory / f"{name}.toml"
    try:
        found = msgspec.convert(tomllib.loads(path.read_text()), _File)
    except FileNotFoundError as error:
        there = ", ".join(sorted(each.stem for each in directory.glob("*.toml")))
        raise BadTopology(f"There is no topology {name}; there are {there}, and paths of files.") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadTopology(f"{path}: {error}") from error
    processes = tuple(
        Process(process, tuple(sorted(each.modules)), each.url.rstrip("/"), each.identity)
        for process, each in found.processes.items()
    )
    _check(path, processes)
    return Topology(path.stem, found.events, processes)


def _check(path: Path, processes: tuple[Process, ...]) -> None:
    twice = [module for module, count in Counter(m for p in processes for m in p.modules).items() if count > 1]
    if twice:
        raise BadTopology(f"{path}: {', '.join(twice)} would have two providers.")
    homes = [process.name for process in processes if process.identity]
    if len(homes) > 1:
        raise BadTopology(f"{path}: {', '.join(homes)} cannot all own identity; one of them does.")
    unreachable = [process.name for process in processes if not process.url and len(processes) > 1]
    if unreachable or not processes:
        raise BadTopology(f"{path}: {', '.join(unreachable) or 'a shop'} needs a url that the others reach it by.")
