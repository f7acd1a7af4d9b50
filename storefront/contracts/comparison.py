"""What of an earlier release's contract the code of today breaks, told in sentences.

Processes of two neighbouring releases run beside each other while a shop is upgraded. So what callers of the earlier
one send must be understood, and what is answered, refused and announced must be readable in both directions: today's
by the earlier one, and what the earlier one wrote (stored events, answers kept under keys, states of sagas) today.
"""

from collections.abc import Iterator
from typing import Any

from storefront.calls.provider import PROVIDERS
from storefront.contracts.release import Release
from storefront.contracts.schema_change import Given, Taken, differences
from storefront.contracts.snapshot import Contract, contract_of
from storefront.events.event import UPCASTERS


def breaks(module: str, old: Contract, new: Contract | None, *, upcasts: frozenset[tuple[str, int]]) -> list[str]:
    """Every break of `module`'s earlier contract, one sentence each.

    new: None if the module is gone. upcasts: the (type, version) of events that are upcast to the next version.
    """
    if new is None:
        return [f"{module}: the module is gone; what calls it or hears it is left alone."]
    return [
        *_of_face(module, old, new),
        *(sentence for name, event in old["events"].items() for sentence in _of_event(name, event, old, new, upcasts)),
        *(sentence for name, saga in old["sagas"].items() for sentence in _of_saga(module, name, saga, old, new)),
    ]


def _of_face(module: str, old: Contract, new: Contract) -> Iterator[str]:
    before, after = old["face"], new["face"]
    if before is None:
        return
    if after is None:
        yield f"{module}: the face is gone."
    elif after["version"] < before["version"]:
        yield f"{module}: the face went back from version {before['version']} to {after['version']}."
    elif after["version"] == before["version"]:
        for name, operation in before["operations"].items():
            yield from _of_operation(f"{module}.{name}", operation, after["operations"].get(name), old, new)
        yield from _of_refusals(module, old, new)


def _of_operation(name: str, before: Any, after: Any, old: Contract, new: Contract) -> Iterator[str]:
    if after is None:
        yield f"{name}: the operation is gone."
        return
    if after["kind"] != before["kind"]:
        yield f"{name}: was a {before['kind']} and is a {after['kind']}."
    if after["timeout"] < before["timeout"]:
        yield f"{name}: callers wait {before['timeout']:g} s, and get {after['timeout']:g} s."
    for code in sorted(set(before["refuses"]) - set(after["refuses"])):
        yield f"{name}: no longer refuses with {code}."
    yield from differences(f"{name} request", before["request"], after["request"], Taken(old, new))
    yield from differences(f"{name} answer", before["answer"], after["answer"], Given(old, new))


def _of_refusals(module: str, old: Contract, new: Contract) -> Iterator[str]:
    for code, before in old["refusals"].items():
        after = new["refusals"].get(code)
        if after is None:
            continue  # told of the operations that refused with it
        name = f"{module} refusal {code}"
        if after["status"] != before["status"]:
            yield f"{name}: the status was {before['status']} and is {after['status']}."
        yield from differences(f"{name} facts", before["facts"], after["facts"], Given(old, new))


def _of_event(
    name: str, before: Any, old: Contract, new: Contract, upcasts: frozenset[tuple[str, int]]
) -> Iterator[str]:
    after = new["events"].get(name)
    if after is None:
        yield f"{name}: the event is gone."
        return
    if after["subject"] != before["subject"]:
        yield f"{name}: the subject was {before['subject']} and is {after['subject']}; facts would overtake each other."
    if after["version"] < before["version"]:
        yield f"{name}: went back from version {before['version']} to {after['version']}."
    elif after["version"] > before["version"]:
        for version in range(before["version"], after["version"]):
            if (name, version) not in upcasts:
                yield f"{name}: nothing makes version {version + 1} of version {version}; declare an @upcast."
    else:
        yield from differences(f"{name} payload", before["payload"], after["payload"], Given(old, new))


def _of_saga(module: str, name: str, before: Any, old: Contract, new: Contract) -> Iterator[str]:
    after = new["sagas"].get(name)
    where = f"{module} saga {name}"
    if after is None:
        yield f"{where}: is gone; what began in it could not end."
        return
    if after["steps"] != before["steps"]:
        yield f"{where}: its steps changed; leave this version and add another."
    yield from differences(f"{where} state", before["state"], after["state"], Given(old, new))


def broken(release: Release) -> list[str]:
    """What today's modules break of a release's contracts and nobody intended, and intentions that do not happen."""
    upcasts, found = frozenset(UPCASTERS), []
    for module in release.modules:
        today = contract_of(module) if module in PROVIDERS else None
        found += breaks(module, release.contract(module), today, upcasts=upcasts)
    intended = release.intended()
    return [
        *(sentence for sentence in found if sentence not in intended),
        *(f"{sentence} It is intended, but not so; take it out of intended.toml."
          for sentence in intended if sentence not in found),
    ]
