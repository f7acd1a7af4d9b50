"""Request bodies: JSON of a declared shape, nothing more and nothing else."""

import json
import re
from functools import cache
from typing import IO, Any, TypeVar

import msgspec
from django.http import HttpRequest
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from storefront import cards
from storefront.interface import Value
from storefront.rest.fault import Defect, Fault
from storefront.rest.storable import is_storable
from storefront.rest.validation import defect_of

MAX_BYTES = 256 * 1024
"""As large as a call between modules may be."""

T = TypeVar("T")

_LENGTH = re.compile(r"[0-9]{1,18}")
_SUSPECT = re.compile(rb"\\u0000|[0-9]{19}")
_MEDIA_TYPE = re.compile(r"application/(?:[a-z0-9.-]+\+)?json(?:\s*;\s*charset=\"?utf-8\"?)?\s*", re.IGNORECASE)


class Shape(Value, forbid_unknown_fields=True):
    """The declared shape of a request: frozen, keyword-only, refusing unknown fields."""


def read(shape: type[T], request: Request | HttpRequest) -> T:
    """The body as a `shape`, strictly typed. An empty body reads as `{}`.

    :raises Fault: 400 malformed JSON, 411, 413 over 256 KiB, 415 another media type, 422 another shape
    """
    kind: Any = shape
    body = _bytes_of(request)
    try:
        value: T = _decoder(kind).decode(body)
        tree = json.loads(body, object_pairs_hook=_unique)
    except msgspec.ValidationError as error:
        raise _invalid(defect_of(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Fault("malformed_json", f"The body is not JSON: {error}.") from error
    except RecursionError as error:
        raise Fault("malformed_json", "The body is nested too deeply.") from error
    except ValueError as error:  # Python reads no integer of more than 4,300 digits
        raise _invalid(Defect("", "out_of_range", "A number has too many digits.")) from error
    if _SUSPECT.search(body):
        _refuse_unstorable(tree, "")
    if cards.may_have_card(body):
        _refuse_cards(tree)
    if not _is_strict(kind):
        _refuse_unknown(tree, value, "")
    return value


def raw_body(request: Request | HttpRequest) -> bytes:
    """The bytes of the body as they came, whatever they are: a webhook's signature is over these.

    :raises Fault: 400 for a Content-Length that is no number, 411 without one, 413 over 256 KiB
    """
    meta = request.META
    length = meta.get("CONTENT_LENGTH") or ""
    if "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "") and not length:
        raise Fault("length_required", "Send the body with a Content-Length.", status=411)
    if length and not _LENGTH.fullmatch(length):
        raise Fault("content_length_malformed", "A Content-Length is a number of bytes.")
    if int(length or 0) > MAX_BYTES:
        raise Fault("body_too_large", f"The body is over {MAX_BYTES} bytes.", status=413)
    body: bytes = request.body
    return body


def _bytes_of(request: Request | HttpRequest) -> bytes:
    body = raw_body(request)
    if not body:
        return b"{}"
    if not _MEDIA_TYPE.fullmatch(request.META.get("CONTENT_TYPE", "")):
        raise Fault("unsupported_media_type", "Send the body as application/json, in UTF-8.", status=415)
    return body


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape, strict=True)


def _invalid(defect: Defect) -> Fault:
    defect = msgspec.structs.replace(defect, detail=cards.masked(defect.detail))
    where = defect.pointer or "The body"
    return Fault("invalid_body", f"{where}: {defect.detail}", status=422, errors=(defect,))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Fault("malformed_json", f"The name {twice[:100]!r} stands twice in one object; once is enough.")
    return found


def _refuse_unstorable(node: Any, pointer: str) -> None:
    """No database column holds a NUL or an integer of more than 64 bits."""
    if isinstance(node, (str, int)) and not is_storable(node):
        raise _invalid(
            Defect(pointer, "invalid", "A NUL character cannot be stored.") if isinstance(node, str)
            else Defect(pointer, "out_of_range", "The number is too large.")
        )
    if isinstance(node, dict):
        for name, value in node.items():
            _refuse_unstorable(name, pointer)
            _refuse_unstorable(value, f"{pointer}/{_escaped(name)}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            _refuse_unstorable(value, f"{pointer}/{index}")


def _refuse_cards(tree: Any) -> None:
    """Card data never comes here, not even by mistake into a note; the number itself is not repeated."""
    where = cards.place_of_card(tree)
    if where is not None:
        raise _invalid(Defect(where, "card_number", "Card numbers are not taken here: a provider's token is."))


def _refuse_unknown(node: Any, value: Any, pointer: str) -> None:
    """Unknown names inside values of a face, which tolerate them between modules."""
    if isinstance(value, msgspec.Struct) and isinstance(node, dict):
        known = dict(zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True))
        for name, part in node.items():
            if name in known:
                _refuse_unknown(part, getattr(value, known[name]), f"{pointer}/{_escaped(name)}")
            elif name != value.__struct_config__.tag_field:
                raise _invalid(Defect(f"{pointer}/{_escaped(name)}", "unknown_field", "There is no such field."))
    elif isinstance(value, dict) and isinstance(node, dict):
        for (name, part), inner in zip(node.items(), value.values(), strict=False):
            _refuse_unknown(part, inner, f"{pointer}/{_escaped(name)}")
    elif isinstance(value, (tuple, list)) and isinstance(node, list):
        for index, (part, inner) in enumerate(zip(node, value, strict=False)):
            _refuse_unknown(part, inner, f"{pointer}/{index}")


@cache
def _is_strict(shape: Any) -> bool:
    return _all_strict(msgspec.inspect.type_info(shape), frozenset())


def _all_strict(info: Any, seen: frozenset[Any]) -> bool:
    if isinstance(info, msgspec.inspect.StructType):
        if info.cls in seen:
            return True
        seen = seen | {info.cls}
        return info.forbid_unknown_fields and all(_all_strict(field.type, seen) for field in info.fields)
    names = ("type", "item_type", "key_type", "value_type")
    parts = [getattr(info, name, None) for name in names]
    parts += [*getattr(info, "item_types", ()), *getattr(info, "types", ())]
    return all(_all_strict(part, seen) for part in parts if isinstance(part, msgspec.inspect.Type))


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


class JsonParser(BaseParser):
    """For the odd view that asks DRF for `request.data`: plain values, the same limits."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        request = (parser_context or {}).get("request", stream)
        return read(dict[str, Any], getattr(request, "_request", request))
