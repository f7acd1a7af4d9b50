"""Rules of the catalogue: names, attribute values, SKUs, what is shown of availability. No I/O, no framework."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import product as combinations

BANDS = ("in_stock", "low_stock", "backorder", "out_of_stock")
"""From the best that can be said of a SKU to the worst."""

CURRENCIES_QUOTED_NET = frozenset({"CAD", "USD"})
"""Where shoppers expect prices before tax."""

SKU_LENGTH = 64
ATTRIBUTE_TAG = re.compile(r"([a-z][a-z0-9-]{0,49}):\s*(\S.{0,250})")
YES, NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


class BadValue(ValueError):
    """The text is no value of this kind of attribute."""


def folded(text: str) -> str:
    """Without accents and case: how words are stored for the search, and compared."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def slug_of(text: str, *, longest: int = 100) -> str:
    """A name for addresses: a-z, 0-9 and single hyphens. What has none of them gets a name from its hash."""
    slug = re.sub(r"[^a-z0-9]+", "-", folded(text)).strip("-")[:longest].strip("-")
    return slug or f"x-{short_hash(text)}"


def slug_of_handle(handle: str) -> str:
    """The handle itself where it can stand in an address, else one that no other handle has."""
    slug = slug_of(handle, longest=200)
    return slug if slug == handle else f"{slug}-{short_hash(handle)}"


def short_hash(text: str) -> str:
    """Eight hexadecimal digits that stay the same for the same text."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]


def made_sku(handle: str, choices: Sequence[str]) -> str:
    """A SKU for a variant that came without one: the same for the same handle and choices, no other's.

    `classic-top` and `Small` make `CLASSIC-TOP.SMALL`. Where writing it so would lose a difference, a hash is added.
    """
    parts = [handle, *choices]
    words = [re.sub(r"[^a-z0-9-]+", "_", folded(part)) for part in parts]
    sku = ".".join(words).upper()
    plain = [handle, *(choice.casefold() for choice in choices if choice.isascii())]
    is_exact = len(plain) == len(parts) and all(re.fullmatch(r"[a-z0-9-]+(?: [a-z0-9-]+)*", word) for word in plain)
    if is_exact and len(sku) <= SKU_LENGTH:
        return sku
    mark = short_hash("\n".join([handle, *(choice.casefold() for choice in choices)])).upper()
    return f"{sku[: SKU_LENGTH - len(mark) - 1]}.{mark}"


def matrix(options: Sequence[tuple[str, Sequence[str]]]) -> list[tuple[tuple[str, str], ...]]:
    """Every choice that the options allow, in their order: size S, M times colour red, blue makes four."""
    names = [name for name, _ in options]
    return [tuple(zip(names, chosen, strict=True)) for chosen in combinations(*(values for _, values in options))]


def canonical(value: str, *, kind: str, choices: Sequence[str] = ()) -> str:
    """The text under which a value of an attribute is stored, filtered and counted.

    :raises BadValue: if it is no value of this kind
    """
    value = value.strip()
    if not value:
        raise BadValue(value)
    if kind == "number":
        return _number(value)
    if kind == "boolean":
        return _truth(value)
    if kind == "choice" and value not in choices:
        raise BadValue(value)
    return value


def typed(value: str, *, kind: str) -> str | int | float | bool:
    """The value of a canonical text, as JSON tells it."""
    if kind == "boolean":
        return value == "true"
    if kind == "number":
        number = Decimal(value)
        return int(number) if number == number.to_integral_value() else float(number)
    return value


def _number(value: str) -> str:
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise BadValue(value) from error
    if not number.is_finite() or abs(number.adjusted()) > 15:
        raise BadValue(value)
    return f"{number.normalize():f}"


def _truth(value: str) -> str:
    if value.casefold() in YES | NO:
        return "true" if value.casefold() in YES else "false"
    raise BadValue(value)


def best_band(bands: Iterable[str]) -> str:
    """What a card says of a product: the best of its variants; nothing known is nothing in stock."""
    return min(bands, key=BANDS.index, default="out_of_stock")


def shown(band: str, expected_date: date | None) -> str:
    """What shoppers see of availability; while it stays the same, no listing changes."""
    return f"{band} {expected_date}" if band == "backorder" and expected_date else band


def quoted_with_tax(currency: str) -> bool:
    """Whether a price in this currency is taken as gross when nobody says."""
    return currency not in CURRENCIES_QUOTED_NET
