"""What msgspec says about a value, as a JSON pointer, a stable code and a sentence."""

import re

from storefront.rest.fault import Defect

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
_FIELD = re.compile(r"Object (?:missing required|contains unknown) field `(.*)`", re.DOTALL)

_CODES = (
    ("Object missing required field", "required"),
    ("Object contains unknown field", "unknown_field"),
    ("Invalid enum value", "not_a_choice"),
    ("Integer value out of range", "out_of_range"),
    ("Number out of range", "out_of_range"),
    ("of length", "wrong_length"),
    ("matching regex", "wrong_format"),
    (" >", "out_of_range"),
    (" <", "out_of_range"),
    ("multiple of", "out_of_range"),
    (", got ", "wrong_type"),
    ("Invalid ", "wrong_format"),
)
_SENTENCES = {"required": "This field is required.", "unknown_field": "There is no such field."}


def defect_of(message: str) -> Defect:
    """Read a message of `msgspec.ValidationError`."""
    what, _, path = message.partition(" - at `")
    pointer = _pointer(path.rstrip("`"))
    code = next((code for mark, code in _CODES if mark in what), "invalid")
    field = _FIELD.fullmatch(what)
    if field:
        pointer += "/" + field[1].replace("~", "~0").replace("/", "~1")
    return Defect(pointer, code, _SENTENCES.get(code) or f"{what.replace('`', '').rstrip('.')}.")


def _pointer(path: str) -> str:
    """`$.lines[0].sku` as `/lines/0/sku`; a key that msgspec does not tell ends the pointer."""
    steps = []
    for step in _STEP.finditer(path.rpartition("$")[2]):
        if step[0] == "[...]":
            break
        steps.append(step[1] or step[2])
    return "".join(f"/{step}" for step in steps)
