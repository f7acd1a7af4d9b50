"""People in what is written down for good: masked on the way in, for it could never be erased.

Known by their form are e-mail addresses, telephone numbers, streets with a number, and addresses in parts. Known by
name is whoever the module itself knows of the things that are spoken of, by its map of personal data.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from django.db.models import Q

from storefront.personal.declaring import Held, declared
from storefront.personal.scrubbing import ADDRESS, ALONE, ERASED, SHORTEST, values_of

MASK = "(personal)"
MOST = 20
"""Rows of one table that are looked at."""
WORDS = 200
"""Characters that a ledger, a movement or a parcel's history keeps of somebody's words."""
LONE = ALONE | {"line1", "line2", "postal_code", "full_name", "recipient", "customer"}
"""Names of fields that hold a person's wherever they stand; a `name` alone may be a place's."""
NUMBERS = frozenset({"barcode", "gtin", "ean", "sku", "tracking_number"})
"""Names of fields whose numbers are of goods and parcels."""

_OUT = r"\s@<>()\[\]{},;:\"'|\\/"
_EMAIL = re.compile(rf"(?<![^{_OUT}])[^{_OUT}]+@[^{_OUT}]+\.[^\W\d_]{{2,}}")
_PHONE = re.compile(
    r"(?<![\w.+-])(?:"
    r"(?:\+|00(?=[1-9]))(?:[ ./()-]{0,3}\d){8,14}"  # +49 30 1234567
    r"|(?:0[1-9]\d{1,4}|\(0[1-9]\d{1,4}\))[ ./-]{1,3}\d(?:[ ./-]?\d){4,9}"  # 030 / 1234567
    r"|0[1-9]\d{8,9}"  # 01701234567
    r"|(?:[2-9]\d\d|\([2-9]\d\d\))[ .-]{1,2}[2-9]\d\d[ .-]\d{4}"  # (555) 234-5678
    r")(?![\w-])"
)
_STREET = re.compile(
    r"\b\d{1,5}[A-Za-z]?,? (?:[A-Z][\w'.-]* ){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Boulevard|Blvd|Drive|Dr"
    r"|Terrace|Crescent|Close|Court|Square|Way|Place|Parkway|Highway)\b\.?"
    r"|\b\d{1,4}(?: ?bis| ?ter)?,? (?i:rue|avenue|boulevard|chemin|impasse|quai|allée) (?:[\w'.-]+ ){0,3}[\w'.-]+"
    r"|\b(?:(?i:calle|avenida|piazza|carrer|ulica)|Via|Viale|Rua|Plaza|Corso) (?:[\w'.-]+,? ){1,5}\d{1,4}\b"
    r"|(?<![\w-])(?:[\w-]+(?:er|en) )?[\w-]*(?i:straße|strasse|str\.|allee|gasse|weg|platz|damm|ufer|chaussee|straat"
    r"|laan|gracht|kade|plein|gatan|vägen|vej|gade) ?\d{1,4} ?[a-zA-Z]?\b"
)


def known_people(module: str, ids: Iterable[str]) -> frozenset[str]:
    """What the module knows of the people to whom these things belong: names, streets, addresses."""
    wanted = sorted({each for each in ids if each})
    found: set[str] = set()
    for held in declared(module) if wanted else ():
        if held.known_by and (held.fields or held.email):
            found |= _told(held, wanted)
    return frozenset(text for text in found if len(text) >= SHORTEST)


def _told(held: Held, ids: list[str]) -> set[str]:
    rule = Q()
    for name in held.known_by:
        rule |= Q(**{f"{name}__in": ids})
    columns = [*held.fields, *([held.email] if held.email and held.email not in held.fields else ())]
    found: set[str] = set()
    for row in held.model._base_manager.filter(rule).values_list(*columns)[:MOST]:
        for value in row:
            found |= _people_in(value)
    return found


def _people_in(value: Any) -> set[str]:
    told = _decoded(value)
    names = str(told.get("name", "")).split() if isinstance(told, Mapping) else ()
    return values_of(told) | {part for part in names if part != ERASED}


def for_good(text: str, *, address: str = "") -> str:
    """Somebody's words for a row that nobody can change later: without people, 200 characters at most.

    address: JSON, of a person whom the words may name
    """
    known = frozenset(part for part in _people_in(address) if len(part) >= SHORTEST)
    return covered_text(text, known=known)[:WORDS]


def covered(value: Any, *, name: str = "", known: frozenset[str] = frozenset()) -> Any:
    """A value of plain JSON without people. name: of its field. known: what stands for people in texts."""
    if isinstance(value, Mapping):
        personal = ADDRESS if "line1" in value else LONE
        return {
            key: MASK if inner and key in personal and not isinstance(inner, (Mapping, list)) else
            covered(inner, name=str(key), known=known)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [covered(each, name=name, known=known) for each in value]
    if not isinstance(value, str) or not value:
        return value
    if name in LONE:
        return MASK
    told = _decoded(value)
    if told is value:
        return value if name in NUMBERS else covered_text(value, known=known)
    return msgspec.json.encode(covered(told, name=name, known=known)).decode()


def covered_text(text: str, *, known: frozenset[str] = frozenset()) -> str:
    """A text without people, as far as they can be told from the rest."""
    for value in sorted(known, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASK, text, flags=re.IGNORECASE)
    for pattern in (_EMAIL, _STREET, _PHONE):
        text = pattern.sub(MASK, text)
    return text


def _decoded(value: Any) -> Any:
    """What JSON in a text says; anything else as it is."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value
    return value
