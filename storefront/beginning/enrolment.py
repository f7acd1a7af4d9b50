"""A new module's place in the topology files."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from storefront.topology import plan


def enrolled(path: Path, module: str) -> str:
    """The text of a topology file with the module in it.

    Where every process runs one module, it has one too, on the next port; else it joins the process of most modules.
    """
    topology = plan.load(str(path), path.parent)
    biggest = max(topology.processes, key=lambda process: len(process.modules))
    if len(biggest.modules) == 1 and len(topology.processes) > 1:
        return _with_process(path.read_text(), topology, module)
    return _with_module(path.read_text(), biggest, module)


def _with_process(text: str, topology: plan.Topology, module: str) -> str:
    last = max((urlsplit(process.url) for process in topology.processes), key=lambda url: url.port or 0)
    url = f"{last.scheme}://{last.hostname}:{(last.port or 8000) + 1}"
    return f'{text.rstrip()}\n\n[processes.{module}]\nmodules = ["{module}"]\nurl = "{url}"\n'


def _with_module(text: str, process: plan.Process, module: str) -> str:
    names = ", ".join(f'"{name}"' for name in sorted([*process.modules, module]))
    listed = re.compile(rf"(^\[processes\.{re.escape(process.name)}\][^\[]*^modules\s*=\s*)\[[^\]]*\]", re.MULTILINE)
    found, count = listed.subn(rf"\1[{names}]", text)
    assert count == 1, process.name
    return found
