"""Paths and queries that no link leads to."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any
from urllib.parse import quote

from tests.hostile import values
from tests.hostile.attack import Attack, Attacks, spoilable
from tests.hostile.document import PREFIX, Json, Operation, resolved
from tests.hostile.sound import SOUND

SEGMENTS = (
    "", ".", "..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%2F", "%5c", "%00", "x%00", "%0a", "%0d%0aX-Injected:%20yes",
    "%ff%fe",
    "%c0%ae", "%ed%a0%80", "%25", "%", "%zz", "%u0041", "0", "-1", "1e400", "9" * 400, "null", "undefined", "NaN",
    "true", "*",
    "[]", "{}", "{id}", "'%20OR%20'1'='1", "';--", "%22", "%f0%9f%92%a9", "%e2%80%ae", ";x=1", "a" * 20_000, "%20",
    "crt_" + "0" * 36, "crt_01ARZ3NDEKTSV4RRFFQ69G5FAV", "ord_", "__proto__", "admin", "me", "%d9%a1",
)
THINGS = (
    "cart_id", "line_id", "other_line", "checkout_id", "order_id", "payment_id", "shipment_id", "name", "machine",
    "sku",
)
TAILS = ("/", "//", "/..", "/%00", "%20", "%0a", ".json", ";", "/extra", "~", "%2f")

UNKNOWN = (
    "admin=1", "__proto__=1", "%00=1", "%ff=1", "a" * 9_000 + "=1", "_method=DELETE", "limit[]=1", "limit%00=1",
)
CURSORS = (
    "", "x", "=", "====", "%00", "%ff", "AAAA", "-1", "0", "null", "e30", "W10", "a" * 1_001, "a" * 900, "../..",
    "%F0%9F%92%A9",
)
FORGED_CURSORS: tuple[Any, ...] = (
    [], {}, None, 1, ["-serial", False, [2**70]], ["-serial", False, [-(2**63)]], ["-serial", False, ["x"]],
    ["-serial", False, []], ["-serial", False, [1, 2]], ["serial", False, [1]], ["-serial", 1, [1]],
    ["-serial", False, [1.5]],
    ["-serial", False, [None]], ["item_id,location_id", False, ["nul\0", "x"]], ["item_id,location_id", False, [1, 2]],
    ["price,product_id", False, [10**30, "x"]], ["-published_at,product_id", False, ["not a time", "x"]],
    ["id; DROP TABLE x", False, [1]], [[[[[]]]]],
)
STRINGS = ("%00", "x%00y", "%ff%fe", "%ed%a0%80", "x" * 20_000, "%0a", "")
NUMBERS = (
    "", "%20", "ten", "-1", "1.5", "0x10", "NaN", "Infinity", "9" * 19, "9" * 400, "9" * 5_000, "1%00", "%d9%a1",
    "1_0", "+", "1,2", "[1]", "null", "true",
    "%2b-1",
)
BOOLEANS = ("", "maybe", "2", "-1", "yes%00", "null", "[]", "TRUE%20", "%ff", "tru")
TIMES = (
    "", "yesterday", "2020-13-01T00:00:00Z", "2020-02-30T00:00:00Z", "2020-01-01T25:00:00Z", "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z", "2020-01-01", "2020-01-01T00:00:00", "null", "NaN", "2020-01-01T00:00:00Z%00",
    "2020-01-01T00:00:00%2b99:99", "1e400",
)
EDGES = (
    "0001-01-01T00:00:00%2b14:00", "9999-12-31T23:59:59-14:00", "2020-01-01T00:00:00%2b22:07",
    "2020-01-01T00:00:00-23:59", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
    "0", "1e3", "%27%20OR%201=1--", "%22", "*", "%22*%22%20NEAR(", "AND%20OR%20NOT", "-", "mug%20-%22", "((((", "col:x",
    "%25_%25", "%5c", "%e2%80%ae", "a%20" * 60, "a:b:c", ":", "%F0%9F%92%A9:x", "%3a%3a", "../..", "{}",
)
"""Right in form, or nearly, and meant to hurt."""


def paths(operation: Operation) -> Attacks:
    """Each path parameter with rubbish and with ids of other things; paths that end otherwise."""
    request = spoilable(operation)
    path, mark, query = request.target.partition("?")
    for what, spoilt in _paths(operation, path):
        yield Attack("paths", operation, what, replace(request, target=f"{spoilt}{mark}{query}"))


def queries(operation: Operation) -> Attacks:
    """Each query parameter with what it is not; parameters given twice, or unknown."""
    request = spoilable(operation)
    path, _, sound = request.target.partition("?")
    for what, query, wrong in chain(_spoilt(operation, sound), _unknown(operation, sound)):
        yield Attack("queries", operation, what, replace(request, target=f"{path}?{query}"), must_refuse=wrong)


def _paths(operation: Operation, path: str) -> Iterator[tuple[str, str]]:
    for name in operation.parameters_in("path"):
        own = SOUND[operation.name].path.get(name, name)
        others = [f"{{{thing}}}" for thing in THINGS if thing not in (own, name)]
        for segment in (*SEGMENTS, *others, f"{{{own}}}{{{own}}}", f"{{{own}}}%00"):
            yield f"{name} is {segment[:60]!r}", path.replace(f"{{{own}}}", segment)
    for tail in TAILS:
        yield f"with {tail!r} at the end", path + tail
    yield "with two slashes in front", path.replace(PREFIX, f"{PREFIX}/")


def _spoilt(operation: Operation, sound: str) -> Iterator[tuple[str, str, bool]]:
    for name, parameter in operation.parameters_in("query").items():
        kept = "&".join(part for part in sound.split("&") if part and part.partition("=")[0] != name)
        for text, wrong in _texts(name, parameter["schema"]):
            yield f"{name} is {text[:60]!r}", f"{kept}&{name}={text}", wrong
        if parameter["schema"].get("type") != "array":
            yield f"{name} given twice", f"{sound}&{name}=1&{name}=2", True


def _unknown(operation: Operation, sound: str) -> Iterator[tuple[str, str, bool]]:
    """Where an operation has parameters, others are refused; reads without any ignore them."""
    if operation.is_safe:
        has_some = bool(operation.parameters_in("query"))
        yield "with 2,000 parameters", "&".join(f"p{number}=1" for number in range(2_000)), has_some
        yield "with an equals sign", f"{sound}&=", False
        for extra in UNKNOWN:
            yield f"with {extra[:40]}", f"{sound}&{extra}", has_some


def _texts(name: str, schema: Json) -> list[tuple[str, bool]]:
    """What a parameter may be told, and whether that is wrong for certain."""
    schema = resolved(schema)
    edges = [(text, False) for text in EDGES]
    if name == "cursor":
        forged = [base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=") for told in FORGED_CURSORS]
        return [(text, True) for text in (*CURSORS, *forged)] + edges
    if schema.get("type") == "integer":
        return [(text, True) for text in NUMBERS] + edges
    if schema.get("type") == "boolean":
        return [(text, True) for text in BOOLEANS] + edges
    if "enum" in schema:
        return [(text, True) for text in (*STRINGS, "paid%20", "x", "0")] + edges
    if name.endswith(("_after", "_before", "_at")):
        return [(text, True) for text in TIMES] + edges
    bounded = schema.get("items", schema)
    return [(text, "%00" in text or (len(text) > 9_000 and "maxLength" in bounded)) for text in STRINGS] + edges + [
        (quote(text, errors="surrogatepass"), "\0" in text) for text in values.TEXTS if len(text) < 9_000
    ]
