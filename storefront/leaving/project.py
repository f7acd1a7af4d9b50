"""The project of one module: everything is copied as it is, or cut by `tailoring`, or written from a template."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from storefront.leaving import tailoring
from storefront.leaving.luggage import CannotLeave, config_files, faces_for
from storefront.leaving.requirements import imported_packages, locked, without
from storefront.rendering import render_tree
from storefront.topology import plan

FACE = ("__init__.py", "interface.py", "events.py")
COPIED = ("manage.py", "conftest.py", ".gitignore", "deploy/Dockerfile", "deploy/Dockerfile.dockerignore")
PINS = ("requirements.txt", "requirements-dev.txt")
LOCK = "requirements.lock"
REPLACED = ("config", "modules", "storefront")
TEMPLATES = Path(__file__).parent / "templates"
_LITTER = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache")


class Leaving(NamedTuple):
    """Who leaves, from where, to where, and what goes along."""

    module: str
    root: Path
    into: Path
    faces: tuple[str, ...]
    config: tuple[Path, ...]
    others: tuple[str, ...]
    """The modules of the shop that stay."""

    @property
    def default(self) -> str:
        """The topology of the new project if the environment names none."""
        return f"{self.module}-out"

    @property
    def topology(self) -> Path:
        """Its file, once written."""
        return self.into / "config" / "topologies" / f"{self.default}.toml"

    @property
    def process(self) -> plan.Process:
        """The process of the module in it."""
        found = plan.load(str(self.topology), self.topology.parent).provider_of(self.module)
        assert found is not None, self.topology
        return found

    @property
    def port(self) -> int:
        """The port by which the others know it."""
        return urlsplit(self.process.url).port or 8000

    @property
    def has_image(self) -> bool:
        """Whether there is a file to build an image by."""
        return (self.into / "deploy" / "Dockerfile").exists()


def prepared(module: str, *, root: Path, into: Path) -> Leaving:
    """Look at everything before anything is written.

    :raises CannotLeave: if there is no such module, or something ties it to what would stay
    """
    there = sorted(path.parent.name for path in (root / "modules").glob("*/apps.py"))
    if module not in there:
        raise CannotLeave(f"There is no module {module!r} to leave; there are {', '.join(there)}.")
    into = into.resolve()
    if root.is_relative_to(into) or any(into.is_relative_to(root / folder) for folder in REPLACED):
        raise CannotLeave(f"{into} is where this project lives; name a folder of its own.")
    faces = tuple(sorted(faces_for(root / "modules", module)))
    others = tuple(name for name in there if name != module)
    return Leaving(module, root, into, faces, tuple(config_files(root)), others)


def write(leaving: Leaving, facts: Mapping[str, Any]) -> list[str]:
    """Write the project over what an earlier extraction left there; returns a line on each part of it.

    facts: what the README tells of the module.
    """
    for folder in REPLACED:
        shutil.rmtree(leaving.into / folder, ignore_errors=True)
    told = [*_copy_code(leaving), *_copy_config(leaving)]
    for name in COPIED:
        _copy(leaving.root / name, leaving.into / name)
    _tailor(leaving)
    render_tree(TEMPLATES, leaving.into, {"leaving": leaving, **facts})
    return told


def _copy_code(leaving: Leaving) -> Iterator[str]:
    root, into, module = leaving.root, leaving.into, leaving.module
    shutil.copytree(root / "storefront", into / "storefront", ignore=_LITTER)
    yield "storefront/: the platform, as it is"
    shutil.copytree(root / "modules" / module, into / "modules" / module, ignore=_LITTER)
    _copy(root / "modules" / "__init__.py", into / "modules" / "__init__.py")
    yield f"modules/{module}/: the module with its tests, as it is"
    for face in leaving.faces:
        for name in FACE:
            _copy(root / "modules" / face / name, into / "modules" / face / name)
    if leaving.faces:
        yield f"modules/{{{','.join(leaving.faces)}}}/: their faces only"


def _copy_config(leaving: Leaving) -> Iterator[str]:
    root, into = leaving.root, leaving.into
    for path in leaving.config:
        _copy(path, into / path.relative_to(root))
    _copy(root / "config" / "wiring.toml", into / "config" / "wiring.toml")
    topologies = leaving.topology.parent
    topologies.mkdir()
    leaving.topology.write_text(tailoring.topology_out(leaving.module, leaving.others))
    for path in tailoring.topologies_of(leaving.module, root / "config" / "topologies"):
        _copy(path, topologies / path.name)
    names = ", ".join(sorted(path.stem for path in topologies.iterdir()))
    yield f"config/: {len(leaving.config)} files as they are, and the topologies {names}"


def _copy(path: Path, target: Path) -> None:
    if path.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def _tailor(leaving: Leaving) -> None:
    root, into = leaving.root, leaving.into
    ini = (root / "importlinter.ini").read_text()
    (into / "importlinter.ini").write_text(tailoring.borders(ini, [leaving.module, *leaving.faces]))
    tools = tailoring.tools(
        (root / "pyproject.toml").read_text(), name=f"{leaving.module}-service",
        description=f"The module {leaving.module} of Storefront, as a service of its own.", folders=REPLACED,
    )
    (into / "pyproject.toml").write_text(tools)
    unneeded = imported_packages(root, _code(root)) - imported_packages(into, _code(into))
    for name in PINS:
        (into / name).write_text(without((root / name).read_text(), unneeded))
    if (root / LOCK).exists():
        (into / LOCK).write_text(locked((root / LOCK).read_text(), (into / PINS[0]).read_text()))


def _code(root: Path) -> list[Path]:
    return [path for folder in (*REPLACED, "benchmarks", "tests") for path in (root / folder).rglob("*.py")]
