"""JSON Schemas (2020-12) of what crosses a border, from the types of faces and events.

msgspec writes schemas too, but says of an instant only that it is text, and a contract must tell them apart.
"""

import inspect
from typing import Any, Literal

import msgspec
from msgspec import inspect as types

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_PLAIN: dict[type[types.Type], Schema] = {
    types.NoneType: {"type": "null"},
    types.BoolType: {"type": "boolean"},
    types.DateType: {"type": "string", "format": "date"},
    types.DateTimeType: {"type": "string", "format": "date-time"},
    types.BytesType: {"type": "string", "contentEncoding": "base64"},
}
_LIMITS = {
    "ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum", "multiple_of": "multipleOf",
    "min_length": "minLength", "max_length": "maxLength", "pattern": "pattern",
}


class Unspeakable(TypeError):
    """A type that no face may use, so no schema says it."""


class Schemas:
    """Writes schemas that share their definitions; each struct is defined once, under its name."""

    def __init__(self, at: str = "#/$defs/") -> None:
        self.definitions: dict[str, Schema] = {}
        self._at = at
        self._classes: dict[str, Any] = {}

    def of(self, named: Any) -> Schema:
        """The schema of a type; structs are referred to, and defined in `definitions`.

        :raises Unspeakable: for what may not cross a border
        """
        return self._of(types.type_info(named))

    def _of(self, info: types.Type) -> Schema:
        match info:
            case types.StructType():
                return self._reference(info)
            case types.LiteralType():
                return {"enum": sorted(info.values, key=str)}
            case types.StrType() | types.IntType():
                kind: Literal["string", "integer"] = "string" if isinstance(info, types.StrType) else "integer"
                return {"type": kind, **_limits(info)}
            case types.VarTupleType():
                return {"type": "array", "items": self._of(info.item_type), **_lengths(info)}
            case types.TupleType():
                items = [self._of(item) for item in info.item_types]
                return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
            case types.UnionType():
                return {"anyOf": [self._of(member) for member in info.types]}
            case types.Metadata():
                return self._of(info.type)
        if type(info) not in _PLAIN:
            raise Unspeakable(f"{type(info).__name__} does not cross borders.")
        return dict(_PLAIN[type(info)])

    def _reference(self, info: types.StructType) -> Schema:
        name = info.cls.__name__
        if self._classes.setdefault(name, info.cls) is not info.cls:
            raise Unspeakable(f"Two values are called {name}: {info.cls.__module__}, {self._classes[name].__module__}.")
        if name not in self.definitions:
            self.definitions[name] = {}  # a value may contain itself
            self.definitions[name] = self._struct(info)
        return {"$ref": f"{self._at}{name}"}

    def _struct(self, info: types.StructType) -> Schema:
        said = info.cls.__dict__.get("__doc__")
        schema: Schema = {"description": inspect.cleandoc(said)} if said else {}
        schema |= {"type": "object", "properties": {field.encode_name: self._field(field) for field in info.fields}}
        required = [field.encode_name for field in info.fields if field.required]
        if required:
            schema["required"] = required
        if info.forbid_unknown_fields:
            schema["additionalProperties"] = False
        return schema

    def _field(self, field: types.Field) -> Schema:
        schema = self._of(field.type)
        if field.default in (msgspec.NODEFAULT, msgspec.UNSET):
            return schema
        return schema | {"default": msgspec.json.decode(msgspec.json.encode(field.default))}


def _limits(info: types.Type) -> Schema:
    found = {said: getattr(info, name, None) for name, said in _LIMITS.items()}
    return {said: limit for said, limit in found.items() if limit is not None}


def _lengths(info: types.VarTupleType) -> Schema:
    found = {"minItems": info.min_length, "maxItems": info.max_length}
    return {said: limit for said, limit in found.items() if limit is not None}
