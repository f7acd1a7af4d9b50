"""Every document that is written from the code, and whether those on disk are still what the code says."""

import re
import tomllib
from pathlib import Path

import msgspec
import yaml

from storefront.contracts.schema import DIALECT
from storefront.contracts.snapshot import contract_of
from storefront.documentation import asyncapi
from storefront.documentation.diagram import module_map
from storefront.documentation.page import index, mermaid, page
from storefront.topology import modules_here
from storefront.topology.wiring import wiring

FOLDER = "docs/modules"
MAP = re.compile(r"(?<=<!-- map of the modules -->\n).*?(?=<!-- end of the map -->)", re.DOTALL)


def documents(root: Path) -> dict[Path, str]:
    """Path -> text, of every document, those that only contain a part of ours included."""
    modules, wired, folder = modules_here(), wiring(), root / FOLDER
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    found = {
        folder / "README.md": index(modules, wired),
        folder / "asyncapi.yaml": _yaml(asyncapi.document(modules, wired, version=version)),
        **{folder / f"{module}.md": page(module, wired) for module in modules},
        **{folder / f"schemas/{module}.json": _schemas(module) for module in modules},
    }
    readme = root / "README.md"
    if readme.exists() and MAP.search(text := readme.read_text()):
        picture = mermaid(module_map(modules, wired))
        found[readme] = MAP.sub(lambda _: f"{picture}\n", text)
    return found


def outdated(root: Path) -> list[Path]:
    """The documents that are not what the code says, and those of modules that are no more."""
    return sorted(_differing(root, documents(root)))


def write(root: Path) -> list[Path]:
    """Make the documents what the code says. Returns those that changed."""
    wanted = documents(root)
    changed = sorted(_differing(root, wanted))
    for path in changed:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path])
        else:
            path.unlink()
    return changed


def _differing(root: Path, wanted: dict[Path, str]) -> list[Path]:
    there = {path for path in (root / FOLDER).rglob("*") if path.is_file()}
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    return [*changed, *(there - wanted.keys())]


def _schemas(module: str) -> str:
    said = {"$schema": DIALECT, "title": f"Values, requests, facts and events of {module}"}
    schema = said | {"$defs": contract_of(module)["$defs"]}
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


def _yaml(document: object) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
