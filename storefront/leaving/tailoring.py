"""Files of the whole project, cut to the modules and folders that leave: borders, tools, topologies."""

import re
from collections.abc import Collection
from pathlib import Path

from storefront.topology import plan

_MODULE = re.compile(r"^    modules\.([a-z_]+)(?:\.\S*)?(?: -> modules\.([a-z_]+)\S*)?$")
_LIST = re.compile(r"^(packages|testpaths|known-first-party) = \[.*\]$", re.MULTILINE)


def borders(text: str, modules: Collection[str]) -> str:
    """`importlinter.ini` less the modules that are not there, and less the contracts that then speak of nobody."""
    kept = []
    for section in re.split(r"^(?=\[)", text, flags=re.MULTILINE):
        lines = [line for line in section.splitlines() if _speaks_of(line) <= {*modules}]
        if "source_modules =" not in lines or lines[lines.index("source_modules =") + 1].startswith(" "):
            kept.append("\n".join(lines).rstrip())
    return "\n\n".join(kept) + "\n"


def _speaks_of(line: str) -> set[str]:
    found = _MODULE.match(line)
    return {name for name in found.groups() if name} if found else set()


def tools(text: str, *, name: str, description: str, folders: Collection[str]) -> str:
    """`pyproject.toml` under another name, its lists cut to these folders; tested is the module, not the platform."""
    text = re.sub(r'^name = ".*"$', f'name = "{name}"', text, count=1, flags=re.MULTILINE)
    text = re.sub(r'^description = ".*"$', f'description = "{description}"', text, count=1, flags=re.MULTILINE)

    def cut(found: re.Match[str]) -> str:
        wanted = ["modules"] if found[1] == "testpaths" else sorted(folders)
        return f"{found[1]} = [{_quoted(wanted)}]"

    return _LIST.sub(cut, text)


def topologies_of(module: str, directory: Path) -> list[Path]:
    """The topology files in which the module has a process to itself."""
    found = []
    for path in sorted(directory.glob("*.toml")):
        provider = plan.load(str(path), directory).provider_of(module)
        if provider and provider.modules == (module,):
            found.append(path)
    return found


def topology_out(module: str, others: Collection[str]) -> str:
    """A topology file in which the module has left and the rest of the shop is one process."""
    return f"""\
# {module.capitalize()} has left the shop's process.
events = "http"

[processes.shop]
modules = [{_quoted(sorted(others))}]
url = "http://127.0.0.1:8101"

[processes.{module}]
modules = ["{module}"]
url = "http://127.0.0.1:8102"
"""


def _quoted(names: Collection[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
