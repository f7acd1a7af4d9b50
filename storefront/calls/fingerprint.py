"""A face in a few letters: two processes with the same fingerprint have the same promise of it."""

import hashlib
from typing import Any

import msgspec

from storefront.interface import Interface, Operation

_FINGERPRINTS: dict[type[Interface], str] = {}


def fingerprint_of(face: type[Interface]) -> str:
    """Its version, and a hash over the requests, answers and refusals of all operations: `1-90f2...`.

    What docstrings say does not count.
    """
    if face not in _FINGERPRINTS:
        described = msgspec.json.encode(description_of(face), order="deterministic")
        _FINGERPRINTS[face] = f"{face.version}-{hashlib.sha256(described).hexdigest()[:16]}"
    return _FINGERPRINTS[face]


def same_version(one: str, other: str) -> bool:
    """Whether two fingerprints are of the same version of a face."""
    return one.partition("-")[0] == other.partition("-")[0]


def description_of(face: type[Interface]) -> dict[str, Any]:
    """Operation -> its kind, and the JSON Schemas of its request, its answer, and its refusals by code."""
    return {name: _operation(operation) for name, operation in face.operations.items()}


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "kind": operation.kind,
        "request": schema_of(operation.request_type),
        "answer": schema_of(operation.answer_type),
        "refuses": {refusal.code: schema_of(refusal.Facts) for refusal in operation.refuses},
    }


def schema_of(named: Any) -> Any:
    """The JSON Schema of a type, without prose."""
    return _without_prose(msgspec.json.schema(named))


def _without_prose(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            name: _without_prose(part) for name, part in schema.items()
            if name not in ("title", "description") or not isinstance(part, str)  # fields may be called so, too
        }
    return [_without_prose(part) for part in schema] if isinstance(schema, list) else schema
