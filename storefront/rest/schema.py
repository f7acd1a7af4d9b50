"""Writes the OpenAPI operations of documented views, and their shapes as components."""

import inspect
import re
from collections.abc import Iterator
from typing import Any, cast

import msgspec
import uritemplate
from drf_spectacular.drainage import warn
from drf_spectacular.openapi import AutoSchema

from storefront.interface import NotFound, Refusal
from storefront.rest import components
from storefront.rest.documentation import Documentation
from storefront.rest.pagination import Page
from storefront.rest.problem import Problem
from storefront.rest.view import ModuleView

Json = dict[str, Any]

REF = "#/components/schemas/{name}"
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "change", "DELETE": "delete"}
_MEANINGS = {
    201: "Made.", 202: "Accepted, under way.", 204: "Done; nothing to show.", 301: "It is at `Location` now.",
}
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+*-]+")


class Awaited(dict[str, Any]):
    """Stands where a type's schema will be, until all types are known and have got their names."""

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape


class ModuleSchema(AutoSchema):
    """The operation of one documented method of a view."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> Json | None:
        """Source: OpenAPI 3.1, Operation Object. An undocumented method is a warning."""
        self.path, self.path_regex, self.path_prefix, self.method = path, path_regex, path_prefix, method.upper()
        function = getattr(self.view, method.lower())
        told: Documentation | None = getattr(function, "__documentation__", None)
        if told is None:
            warn(f"{type(self.view).__name__}.{method.lower()} is not documented.")
            return None
        scope = cast("ModuleView", self.view).scope_for(method.lower())
        operation: Json = {
            "operationId": self._name(told),
            **_described(function, told),
            "tags": self.get_tags(),
            "parameters": self._parameters(told),
            "responses": self._responses(told, scope),
            "security": [{"machineKey": [scope]}] if scope else [{}],
        }
        if told.request is not None:
            operation["requestBody"] = {"required": _is_needed(told.request), "content": _content(told.request)}
        return operation

    def _name(self, told: Documentation) -> str:
        words = [word.replace("-", "_") for word in self._tokenize_path()]
        variables = uritemplate.variables(self.path)
        if self.method == "GET":
            is_list = getattr(told.answers.get(200), "__origin__", None) is Page or not variables
            return "_".join([*words, "list" if is_list else "retrieve"])
        if self.method == "POST" and 201 not in told.answers:
            return "_".join(words)  # the path ends with what is done: orders_cancel
        return "_".join([*words, _VERBS[self.method]])

    def _parameters(self, told: Documentation) -> list[Json]:
        found: list[Json] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in uritemplate.variables(self.path)
        ]
        found += _query_parameters(told.query) if told.query else []
        found += [
            {"name": name, "in": "header", "schema": {"type": "string"}, "description": text}
            for name, text in told.headers.items()
        ]
        shared = ["RequestId"]
        if self.method == "GET":
            shared.append("IfNoneMatch")
        else:
            shared.append("IdempotencyKeyRequired" if told.key_required else "IdempotencyKey")
        if told.version:
            shared.append("IfMatchRequired" if told.version == "required" else "IfMatch")
        return found + [{"$ref": f"#/components/parameters/{name}"} for name in shared]

    def _responses(self, told: Documentation, scope: str | None) -> Json:
        responses: Json = {}
        for status, shape in told.answers.items():
            responses[str(status)] = {"description": _meaning(status)}
            if shape is not None:
                responses[str(status)]["content"] = _content(shape)
        if self.method == "GET":
            responses.setdefault("304", {"description": "What you have is still the present version."})
        for status in sorted(self._problems(told, scope) - {int(s) for s in responses}):
            refusals = [refusal for refusal in told.refuses if refusal.status == status and refusal is not NotFound]
            responses[str(status)] = _problem(status, refusals)
        return responses

    def _problems(self, told: Documentation, scope: str | None) -> set[int]:
        found = {400, 401, 406, 429, 503} | {refusal.status for refusal in told.refuses}
        if uritemplate.variables(self.path):
            found.add(404)
        if self.method != "GET" or told.query:
            found.add(422)
        if told.request is not None:
            found |= {411, 413, 415, 422}
        if told.version:
            found |= {412, 428} if told.version == "required" else {412}
        return found | {403} if scope else found


def _described(function: Any, told: Documentation) -> Json:
    text = inspect.cleandoc(function.__doc__ or "").partition("\n:raises")[0].strip()
    summary = told.summary or text.partition("\n")[0].rstrip(".")
    return {name: found for name, found in (("summary", summary), ("description", text)) if found}


def _content(shape: Any) -> Json:
    if isinstance(shape, str) and _MEDIA_TYPE.fullmatch(shape):
        return {shape: {"schema": {}}}
    return {"application/json": {"schema": Awaited(shape)}}


def _is_needed(shape: Any) -> bool:
    """An empty body reads as `{}`, which is enough where no field is required."""
    fields = getattr(shape, "__struct_fields__", None)
    return fields is None or any(field.required for field in msgspec.structs.fields(shape))


def _problem(status: int, refusals: list[type[Refusal]]) -> Json:
    meaning = components.MEANINGS.get(status)
    if not refusals:
        return {"$ref": f"#/components/responses/{meaning[0]}"} if meaning else components.problem_response("Refused.")
    lines = [f"- `{refusal.code}`: {inspect.cleandoc(refusal.__doc__ or '')}{_facts(refusal)}" for refusal in refusals]
    intro = meaning[1] if meaning else "Refused."
    return components.problem_response("\n".join([intro, "", *lines]))


def _facts(refusal: type[Refusal]) -> str:
    names = refusal.Facts.__struct_fields__
    return f" Facts: {', '.join(f'`{name}`' for name in names)}." if names else ""


def _query_parameters(shape: type[msgspec.Struct]) -> list[Json]:
    schema = msgspec.json.schema(shape, ref_template="{name}")
    parts: Json = schema["$defs"]
    own = parts[schema["$ref"]]
    return [_query_parameter(name, _inlined(part, parts), own) for name, part in own["properties"].items()]


def _query_parameter(name: str, part: Json, own: Json) -> Json:
    parameter: Json = {"name": name, "in": "query", "schema": _without_null(part)}
    if part.get("description"):
        parameter["description"] = part["description"]
    return parameter | ({"required": True} if name in own.get("required", ()) else {})


def _without_null(part: Json) -> Json:
    """A parameter that is absent is absent: no text means null."""
    kept = {name: value for name, value in part.items() if name not in ("anyOf", "default", "description")}
    if part.get("default") is not None:
        kept["default"] = part["default"]
    kinds: list[Json] = [kind for kind in part.get("anyOf", ()) if kind.get("type") != "null"]
    if len(kinds) == 1:
        return kept | kinds[0]
    return kept | ({"anyOf": kinds} if kinds else {})


def _inlined(part: Any, parts: Json) -> Any:
    if isinstance(part, dict):
        if "$ref" in part:
            return _inlined(parts[part["$ref"]], parts)
        return {name: _inlined(inner, parts) for name, inner in part.items()}
    return [_inlined(inner, parts) for inner in part] if isinstance(part, list) else part


def _meaning(status: int) -> str:
    return _MEANINGS.get(status, "As asked.")


def insert_components(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """drf-spectacular's hook: name all shapes at once, so that equal names of two modules stay apart."""
    awaited = list(_awaited(result["paths"]))
    shapes = list(dict.fromkeys([Problem, *(found.shape for found in awaited)]))
    schemas, named = msgspec.json.schema_components(shapes, ref_template=REF)
    by_shape = dict(zip(shapes, schemas, strict=True))
    for found in awaited:
        found.update(by_shape[found.shape])
    named["Problem"]["additionalProperties"] = True
    own = result.setdefault("components", {})
    own.setdefault("schemas", {}).update(named)
    own["parameters"] = own.get("parameters", {}) | components.PARAMETERS
    own["responses"] = own.get("responses", {}) | components.RESPONSES
    own["securitySchemes"] = own.get("securitySchemes", {}) | components.SECURITY
    return result


def _awaited(node: Any) -> Iterator[Awaited]:
    if isinstance(node, Awaited):
        yield node
    elif isinstance(node, (dict, list)):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from _awaited(inner)


