"""What production is made of: the pins, the lock that holds their hashes, and the bill of materials.

`python -m tests.deploy.supply` completes a bill from its standard input; `make sbom` runs it among
the packages themselves.
"""

import json
import re
import sys
from collections.abc import Mapping
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "requirements.txt"
LOCK = ROOT / "requirements.lock"
BILL = ROOT / "deploy" / "sbom.cdx.json"

Bill = dict[str, Any]

_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9.+!]+)")
_HASH = re.compile(r"--hash=sha256:(?P<hash>[0-9a-f]{64})")


def pins(text: str) -> dict[str, str]:
    """Of a requirements file: each name, as the index normalizes it, and its version.

    :raises ValueError: a line that is no pin
    """
    found: dict[str, str] = {}
    for line in _told(text):
        pin = _PIN.fullmatch(line)
        if pin is None:
            raise ValueError(f"{line!r} names no version of one package; write NAME==VERSION.")
        found[normal(pin["name"])] = pin["version"]
    return found


def hashes(lock: str) -> dict[str, frozenset[str]]:
    """Of a lock: each `name==version` and the SHA-256 of every file that may be installed for it.

    :raises ValueError: a requirement without one, with another kind of it, or a line that is something else
    """
    found: dict[str, frozenset[str]] = {}
    for line in _told(lock.replace("\\\n", " ")):
        pinned, *others = line.split()
        wrong = [word for word in others if not _HASH.fullmatch(word)]
        if _PIN.fullmatch(pinned) is None or wrong or not others:
            raise ValueError(f"{pinned!r} is no pin with SHA-256 hashes: {wrong or 'it has none'}. Run make lock.")
        found[pinned] = frozenset(word.rpartition(":")[2] for word in others)
    return found


def direct(text: str) -> tuple[str, ...]:
    """The packages that the shop itself asks for: the first part of its requirements."""
    return tuple(pins(text.rpartition("\n\n")[0]))


def completed(bill: Bill, *, licences: Mapping[str, str]) -> Bill:
    """The bill with licences in the packages' own words where their metadata has no SPDX name.

    licences: those words, by normal name.
    """
    for component in bill["components"]:
        said = licences.get(normal(component["name"]))
        if said and not component.get("licenses"):
            component["licenses"] = [{"license": {"acknowledgement": "declared", "name": said}}]
    return bill


def joined(bill: Bill, needed: tuple[str, ...]) -> Bill:
    """The bill with the shop at the root of its graph."""
    ids = {normal(component["name"]): component["bom-ref"] for component in bill["components"]}
    root = bill["metadata"]["component"]["bom-ref"]
    others = [each for each in bill["dependencies"] if each["ref"] != root]
    bill["dependencies"] = [{"ref": root, "dependsOn": sorted(ids[name] for name in needed)}, *others]
    return bill


def normal(name: str) -> str:
    """As the index compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _told(text: str) -> list[str]:
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def _licences(bill: Bill) -> dict[str, str]:
    """What the packages of this Python say of their licences."""
    names = [normal(component["name"]) for component in bill["components"]]
    return {name: str(metadata(name).json.get("license", "")) for name in names}


if __name__ == "__main__":
    read = json.load(sys.stdin)
    whole = completed(read, licences=_licences(read))
    json.dump(joined(whole, direct(PINS.read_text())), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
