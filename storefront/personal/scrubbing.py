"""Personal data taken out of values, JSON and text; what a tax office needs of an address stays."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

ERASED = "(erased)"
ADDRESS = frozenset({"name", "company", "line1", "line2", "city", "postal_code", "phone"})
"""Members of an address that lead to a person; country and region do not."""
ALONE = frozenset({"email", "phone"})
"""Members that are personal wherever they stand."""
SHORTEST = 5
"""Characters from which a value is told apart from others where it stands in a text."""


def place_only(address: Any) -> Any:
    """An address of nobody: the country and the region that tax was reckoned by."""
    if not isinstance(address, Mapping):
        return address
    return {name: _erased(value) if name in ADDRESS else value for name, value in address.items()}


def without_people(value: Any) -> Any:
    """JSON as it was, its addresses and e-mail addresses erased."""
    if isinstance(value, Mapping):
        if "line1" in value:
            return place_only(value)
        return {
            name: _erased(inner) if name in ALONE else without_people(inner) for name, inner in value.items()
        }
    return [without_people(inner) for inner in value] if isinstance(value, list) else value


def scrubbed(text: str, values: Iterable[str]) -> str:
    """A text without people: of JSON, the members that are personal; anywhere, these values."""
    try:
        told = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return replaced(text, values)
    cleaned = without_people(told)
    shown = text if cleaned == told else msgspec.json.encode(cleaned).decode()
    return replaced(shown, values)


def replaced(text: str, values: Iterable[str]) -> str:
    """A text in which none of these values stands, whatever the case of their letters."""
    for value in values:
        at = text.lower().find(value.lower())
        while at >= 0:
            text = f"{text[:at]}{ERASED}{text[at + len(value):]}"
            at = text.lower().find(value.lower(), at + len(ERASED))
    return text


def names(text: str, email: str) -> bool:
    """Whether this very address stands in a text; zada@example.org and ada@example.org.uk are other people's."""
    begins = r"(?:(?<!\w)(?<!\w[.+-])|(?<=\\[bfnrt]))"  # also after a line's end, as JSON writes it
    return re.search(rf"{begins}{re.escape(email)}(?![\w-])(?!\.\w)", text, re.IGNORECASE) is not None


def values_of(value: Any) -> set[str]:
    """What in a row leads to a person, where it stands in a text: whole values, not too short."""
    if isinstance(value, Mapping):
        told = {name: inner for name, inner in value.items() if name in ADDRESS - {"city", "postal_code"}}
        return {text for inner in told.values() for text in values_of(inner)}
    return {value} if isinstance(value, str) and len(value) >= SHORTEST and value != ERASED else set()


def _erased(value: Any) -> Any:
    return ERASED if isinstance(value, str) and value else value
