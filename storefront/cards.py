"""Card numbers, which never belong here: recognised where text comes in, and masked where it is written down.

A card number is 13 to 19 digits, perhaps in groups, that begin as an issuer's do and whose last digit checks the rest.
Telephone numbers with a `+` and the codes on goods are none.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MASK = "(card number)"

_GAP = r"[ \t\r\n._/\u00a0\u2000-\u200f\u2010-\u2015\u202f\u2060\ufeff-]{0,2}"
_DIGITS = re.compile(rf"(?<![0-9+])[0-9](?:{_GAP}[0-9]){{12,18}}(?![0-9])")
_SUSPECT = re.compile(rb"[0-9](?:[^0-9A-Za-z]{0,6}[0-9]){12}|\\u|[\x80-\xff]")
"""Bytes of JSON that may hold one: digits with little between them, or characters that stand for others."""

_ISSUERS = re.compile(
    r"4(?:.{12}|.{15}|.{18})"
    r"|(?:5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720))\d*(?<=^.{16})"
    r"|3[47].{13}"
    r"|(?:6011|65|64[4-9]|62|81)\d{12,17}"
    r"|(?:36|38|39|30[0-5])\d{11,17}"
    r"|35(?:2[89]|[3-8])\d{12,16}"
    r"|(?:50|5[6-8]|6[0-9])\d{14,17}"
)
NO_FREE_TEXT = frozenset({"barcode", "gtin", "ean", "phone"})
"""Names of fields that hold numbers of other kinds, some of which look like a card's."""
_LONGEST_OTHER = 15
"""Digits of a telephone number at most (E.164); a code on goods has 14 (GTIN). Most cards have 16."""


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where card numbers stand in a text."""
    for found in _DIGITS.finditer(_plain(text)):
        if _is_card(re.sub(r"[^0-9]", "", found[0])):
            yield found.span()


def has_card(text: str) -> bool:
    """Whether a text shows one."""
    return any(find(text))


def masked(text: str) -> str:
    """The text, with `MASK` where a card number stood."""
    spans = [*find(text)] if any(character.isdigit() for character in text) else []
    for start, end in reversed(spans):
        text = text[:start] + MASK + text[end:]
    return text


def may_have_card(body: bytes) -> bool:
    """Whether it is worth reading the values of this JSON; quick, and never a false no."""
    return bool(_SUSPECT.search(body))


def place_of_card(node: Any, pointer: str = "", name: str = "") -> str | None:
    """Where in a tree of JSON a card number stands, as a JSON pointer; None if nowhere."""
    if isinstance(node, Mapping):
        parts = [(str(key), key, value) for key, value in node.items()]
        if any(has_card(step) for step, _, _ in parts):
            return pointer
    elif isinstance(node, Sequence) and not isinstance(node, str):
        parts = [(str(index), name, value) for index, value in enumerate(node)]
    else:
        is_text = isinstance(node, (str, int, float)) and not isinstance(node, bool)
        return pointer if is_text and field_has_card(name, _written(node)) else None
    for step, inner, value in parts:
        found = place_of_card(value, f"{pointer}/{step}", inner)
        if found is not None:
            return found
    return None


def field_has_card(name: str, text: str) -> bool:
    """Whether this field's text shows a card number that is nothing else."""
    if name not in NO_FREE_TEXT:
        return has_card(text)
    return any(sum(each.isdigit() for each in text[start:end]) > _LONGEST_OTHER for start, end in find(text))


def _written(value: Any) -> str:
    return f"{value:.0f}" if isinstance(value, float) and abs(value) < 1e20 else str(value)


def _plain(text: str) -> str:
    """Digits of other scripts and widths as our own, character by character: places stay what they are."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(each, each)) for each in text)


def _is_card(digits: str) -> bool:
    return len(set(digits)) > 1 and bool(_ISSUERS.fullmatch(digits)) and _checks(digits)


def _checks(digits: str) -> bool:
    """The Luhn check. Source: ISO/IEC 7812-1, annex B."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(each // 10 + each % 10 for each in doubled)) % 10 == 0
