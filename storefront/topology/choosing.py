"""Which process a command line speaks for, known before Django reads its settings.

A command that starts one process of a shop has its modules, and no others; one that starts them all has all modules.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from storefront.topology.plan import BadTopology, load

USUAL = "all-split"


def chosen(arguments: Sequence[str], environment: Mapping[str, str], topologies: Path) -> dict[str, str]:
    """The environment that the command of these arguments needs; empty where it has no opinion.

    topologies: the folder of topology files.

    :raises SystemExit: no process runs the module, or there is no such topology
    """
    command, *rest = [*arguments[1:], ""]
    if command == "dev":
        return {"STOREFRONT_TOPOLOGY": "monolith", "STOREFRONT_PROCESS": ""}
    if command != "runmodule" or not rest or rest[0].startswith("-") or not rest[0]:
        return {}
    name = _said(rest, "--topology") or environment.get("STOREFRONT_TOPOLOGY") or USUAL
    try:
        process = load(name, topologies).provider_of(rest[0])
    except BadTopology as error:
        raise SystemExit(str(error)) from error
    if process is None:
        raise SystemExit(f"No process of topology {name} runs {rest[0]}.")
    return {"STOREFRONT_TOPOLOGY": name, "STOREFRONT_PROCESS": process.name}


def _said(arguments: Sequence[str], option: str) -> str:
    for argument, following in pairwise(arguments):
        if argument == option:
            return following
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return ""
