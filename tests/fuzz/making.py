"""Values that a schema describes, made of what the sender knows; and bodies in which one thing is wrong."""

import re
from random import Random
from typing import Any

from tests.fuzz.known import KINDS, Known
from tests.hostile import values
from tests.hostile.bodies import places, put
from tests.hostile.document import Json, resolved

SPOILT = 0.3
"""Of bodies: how many have something wrong at one place."""

WORDS: dict[str, tuple[str, ...]] = {
    "sku": ("RED-MUG", "RED-MUG", "GREEN-MUG", "BLUE-MUG", "NO-MUG", "red-mug"),
    "currency": ("EUR", "EUR", "EUR", "USD", "JPY", "GBP", "ZZZ", "KWD"),
    "country": ("DE", "DE", "FR", "US", "JP", "ZZ"),
    "email": ("ada@example.org", "Ada.Lovelace+mugs@xn--bcher-kva.example", "ä@b.c"),
    "token": ("tok_visa", "tok_visa", "tok_declined", "tok_insufficient_funds", "tok_expired", "tok_3ds", "tok_none"),
    "provider": ("sandbox", "sandbox", "sandbox", "nobody"),
    "carrier": ("sandbox", "sandbox", "nobody"),
    "shipping_option": ("standard", "standard", "express", "none"),
    "location": ("BER", "BER", "NOWHERE"),
    "category": ("kitchen", "kitchen/mugs", "mugs", "none"),
    "name": ("red-mug", "green-mug", "Ada Lovelace", "prd_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    "option": ("size:L", "colour:red"), "attribute": ("material:clay", "colour:red"),
    "postal_code": ("10559", "", "99999-1234", "SW1A 1AA"),
    "placed_after": ("2020-01-01T00:00:00Z", "2030-12-31T23:59:59+14:00"),
}
TEXTS = ("x", "Turmstrasse 1", "", "é" * 40, "line\nbreak", "=1+1", "日本語", "a" * 200, "0", "\u202e", "<b>&amp;")
NUMBERS = (0, 1, 2, 3, 5, 100, 101, 9_999, 10_000, -1, -100, 2**31, 2**53, 2**63 - 1)


class Maker:
    """Makes values, by chance alone."""

    def __init__(self, chance: Random, known: Known) -> None:
        self._chance = chance
        self._known = known

    def body(self, schema: Json) -> Any:
        """A body that fits, or nearly."""
        made = self.value(schema)
        if self._chance.random() > SPOILT:
            return made
        path, _ = self._chance.choice(list(places(schema, made)))
        return put(made, path, self._chance.choice(values.ALL))

    def value(self, schema: Json, name: str = "") -> Any:
        """A value of a schema, for a field or a parameter of this name."""
        schema = resolved(schema)
        if "anyOf" in schema:
            return self.value(self._chance.choice(schema["anyOf"]), name)
        if "enum" in schema:
            return self._chance.choice(schema["enum"])
        return getattr(self, f"_{schema.get('type', 'string')}")(schema, name)

    def _null(self, _schema: Json, _name: str) -> None:
        return None

    def _boolean(self, _schema: Json, _name: str) -> bool:
        return self._chance.random() < 0.5

    def _integer(self, schema: Json, _name: str) -> int:
        least, most = schema.get("minimum", -(2**63)), schema.get("maximum", 2**63)
        fitting = [number for number in (*NUMBERS, least, most) if least <= number <= most]
        return int(self._chance.choice([*fitting, *fitting[:4]]))

    def _number(self, _schema: Json, _name: str) -> float:
        return self._chance.choice((0.5, -1.25, 3.0))

    def _array(self, schema: Json, name: str) -> list[Any]:
        return [self.value(schema.get("items", {}), name) for _ in range(self._chance.choice((0, 1, 1, 2, 3)))]

    def _object(self, schema: Json, _name: str) -> dict[str, Any]:
        known, needed = schema.get("properties", {}), schema.get("required", ())
        made = {
            name: self.value(part, name) for name, part in known.items()
            if name in needed or self._chance.random() < 0.7
        }
        free = schema.get("additionalProperties")
        if isinstance(free, dict):
            names = [self._chance.choice(TEXTS)[:40] or "x" for _ in range(self._chance.choice((0, 1, 3)))]
            made |= {name: self.value(free) for name in names}
        return made

    def _string(self, schema: Json, name: str) -> str:
        wanted = self._known.one(KINDS[name]) if name in KINDS and self._chance.random() < 0.9 else None
        if wanted:
            return wanted
        least, most = schema.get("minLength", 0), schema.get("maxLength", 10_000)
        words: list[str] = [*WORDS.get(name, ()), *(TEXTS if name not in WORDS else ())]
        fitting = [
            word for word in words
            if least <= len(word) <= most and re.search(schema.get("pattern", ""), word)
        ]
        return self._chance.choice(fitting or words)
