"""The OpenAPI document, read as its attackers read it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

Json = dict[str, Any]

PREFIX = "/api/v1"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, eq=False)
class Operation:
    """One method of one path, as the document tells it."""

    method: str
    path: str
    statuses: frozenset[int]
    scope: str | None
    parameters: tuple[Json, ...] = ()
    body: Json | None = None
    answers: dict[int, Json] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Such as `POST /carts/{cart_id}/lines`."""
        return f"{self.method} {self.path}"

    @property
    def is_safe(self) -> bool:
        """Whether it only reads."""
        return self.method == "GET"

    def parameters_in(self, place: str) -> dict[str, Json]:
        """The parameters of `path`, `query` or `header`, by name."""
        return {found["name"]: found for found in self.parameters if found["in"] == place}

    def accepts(self, body: object) -> bool:
        """Whether the document calls this body right."""
        return bool(validator_of(self, "body").is_valid(body))


@cache
def document() -> Json:
    """The document, with patterns that mean here what they mean in ECMAScript, where `$` is the very end."""
    generator: Any = SchemaGenerator
    text = json.dumps(generator().get_schema(public=True))
    return dict(json.loads(re.sub(r'("pattern": "(?:[^"\\]|\\.)*)\$"', r'\1\\\\Z"', text)))


@cache
def operations() -> dict[str, Operation]:
    """Every operation by its name."""
    return {found.name: found for found in _operations()}


def scopes() -> set[str]:
    """Every scope that some operation asks for, and what no security clause tells."""
    return {operation.scope for operation in operations().values() if operation.scope} | {"orders:read"}


@cache
def validator_of(operation: Operation, what: str | int) -> Any:
    """Judges the body of the request, or of an answer with this status; shapes of answers are closed."""
    schema = operation.body if what == "body" else operation.answers[int(what)]
    components = document()["components"]
    return Draft202012Validator({**(schema or {}), "components": components if what == "body" else closed(components)})


def closed(schema: Any) -> Any:
    """The same schema, in which an object has no properties but those told."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found


def resolved(schema: Json) -> Json:
    """The schema that a reference leads to."""
    while "$ref" in schema:
        found: Any = document()
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def _operations() -> Iterator[Operation]:
    for path, methods in document()["paths"].items():
        for method in METHODS:
            if method in methods:
                yield _operation(method, path.removeprefix(PREFIX), methods[method])


def _operation(method: str, path: str, told: Json) -> Operation:
    asked = [names for clause in told["security"] for names in clause.values()]
    answers = {int(status): resolved(answer) for status, answer in told["responses"].items()}
    return Operation(
        method=method.upper(), path=path, scope=asked[0][0] if asked else None, statuses=frozenset(answers),
        parameters=tuple(resolved(parameter) for parameter in told["parameters"]),
        body=_json_of(told.get("requestBody", {})) or None,
        answers={status: schema for status, answer in answers.items() if (schema := _json_of(answer))},
    )


def _json_of(content: Json) -> Json | None:
    found = content.get("content", {})
    media = found.get("application/json") or found.get("application/problem+json")
    return media["schema"] if media else None
