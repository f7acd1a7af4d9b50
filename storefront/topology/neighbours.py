"""Whether the faces that other processes provide fit those that this one calls.

Two neighbouring releases run beside each other during an upgrade, and either may be the newer. So two faces fit if one
of them is an additive change of the other. They are compared when this process starts, as far as its neighbours
answer; and once whenever a call meets a fingerprint that was not met before. A difference alone breaks no call.
"""

import logging
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from storefront.calls import identity
from storefront.calls.callee import callee_of
from storefront.calls.connection import Lost, NotSent
from storefront.calls.fingerprint import fingerprint_of
from storefront.interface import Interface
from storefront.topology import process_here, topology
from storefront.topology.plan import Process

log = logging.getLogger(__name__)

PATH = "/_modules"
SECONDS = 1.0
"""For a neighbour to describe itself."""


class _Module(msgspec.Struct):
    fingerprint: str = ""
    contract: dict[str, Any] = {}


class _Description(msgspec.Struct):
    modules: dict[str, _Module]


_met: dict[str, dict[str, Any]] = {}
"""Module -> the fingerprint that its provider was last met with, and the differences that break somebody."""


def called_elsewhere() -> dict[Process, list[type[Interface]]]:
    """The faces that this process has connected to, by the other process that provides them."""
    from storefront.calls.stub import connected

    found: dict[Process, list[type[Interface]]] = {}
    for face in connected():
        provider = topology().provider_of(face.module)
        if provider and provider.name != process_here().name:
            found.setdefault(provider, []).append(face)
    return found


def misfits() -> list[str]:
    """Why this process could not call those of its neighbours that answer; a sentence each. Asks all at once."""
    called = called_elsewhere()
    if not called:
        return []
    with ThreadPoolExecutor(max_workers=len(called)) as pool:
        return [sentence for found in pool.map(_compared, *zip(*called.items(), strict=True)) for sentence in found]


def noticed(process: Process, face: type[Interface], fingerprint: str) -> None:
    """A call met a face with this fingerprint, which is not ours: compare the two, beside the call, if it is new."""
    before = _met.get(face.module, {}).get("fingerprint")
    if before == fingerprint:
        return
    _met[face.module] = {"fingerprint": fingerprint, "differences": []}
    threading.Thread(target=_compared, args=(process, [face]), name="storefront-compare", daemon=True).start()


def known() -> dict[str, dict[str, Any]]:
    """What was learnt of faces that differ from ours."""
    return dict(_met)


def _compared(process: Process, faces: Iterable[type[Interface]]) -> list[str]:
    described = _described(process)
    if described is None:
        return []
    return [sentence for face in faces for sentence in _differences(process, face, described.modules.get(face.module))]


def _described(process: Process) -> _Description | None:
    connections = callee_of(process).connections
    try:
        reply = connections.exchange(
            "GET", PATH, b"", identity.sign("GET", PATH, b""), until=time.monotonic() + SECONDS
        )
        return msgspec.json.decode(reply.body, type=_Description) if reply.status == 200 else None
    except (NotSent, Lost, msgspec.DecodeError):
        return None  # it is compared when it is called


def _differences(process: Process, face: type[Interface], theirs: _Module | None) -> list[str]:
    if theirs is None or not theirs.contract:
        return [f"{process.name} does not provide {face.module}."]
    if theirs.fingerprint == fingerprint_of(face):
        _met.pop(face.module, None)
        return []
    found = differences(face, theirs.contract)
    _met[face.module] = {"fingerprint": theirs.fingerprint, "differences": found}
    if found:
        log.error("A neighbour's face does not fit ours.", extra={"neighbour": process.name, "differences": found})
    else:
        log.info("A neighbour's face is of another release.", extra={"neighbour": process.name, "face": face.module})
    return found


def differences(face: type[Interface], offered: dict[str, Any]) -> list[str]:
    """What breaks if we call `offered` by our `face`; nothing if one is an additive change of the other."""
    from storefront.contracts.comparison import breaks
    from storefront.contracts.snapshot import contract

    ours = contract(face, ())
    if ours["face"]["version"] != offered["face"]["version"]:
        versions = f"version {offered['face']['version']}, and we call version {ours['face']['version']}"
        return [f"{face.module}: the face has {versions}."]
    as_newer = breaks(face.module, ours, offered, upcasts=frozenset())
    as_older = breaks(face.module, offered, ours, upcasts=frozenset())
    return as_newer if as_older else []
