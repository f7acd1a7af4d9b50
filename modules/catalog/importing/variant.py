"""One row as a variant: its choice of options, its prices, its first stock."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from modules.catalog.domain import SKU_LENGTH, made_sku, quoted_with_tax
from modules.catalog.importing.cells import (
    HEAVIEST_G,
    MOST_UNITS,
    Unreadable,
    bounded,
    extra_currencies,
    price,
    truth,
    whole,
)
from modules.catalog.importing.table import Row
from modules.catalog.interface import Option, PriceInput, VariantInput

if TYPE_CHECKING:
    from modules.catalog.importing.product import Draft

OPTION_VALUES = ("option1 value", "option2 value", "option3 value")
TAX_CLASSES = ("standard", "reduced", "zero")
NO_OPTIONS = ("title", "default title")
ENDLESS = 9_999
"""How many units may be promised of a variant that is sold when out of stock."""


class Stock(NamedTuple):
    """What the file says is there of a SKU."""

    sku: str
    on_hand: int
    backorder_limit: int


def read_variant(
    draft: "Draft", row: Row, names: Sequence[str], *, currency: str
) -> tuple[VariantInput, Stock | None] | None:
    """The variant of a row; nothing, if the draft has noted what is wrong with it."""
    before = len(draft.problems)
    options = _options(draft, row, names)
    given_sku = draft.attempt(row, bounded, row["variant sku"], column="Variant SKU", longest=SKU_LENGTH)
    weight = draft.attempt(
        row, _not_negative, row["variant grams"], column="Variant Grams", code="weight_unreadable", most=HEAVIEST_G
    )
    ships = draft.attempt(
        row, truth, row["variant requires shipping"], column="Variant Requires Shipping", default=True
    )
    tax_class = draft.attempt(row, _tax_class, row)
    barcode = draft.attempt(row, bounded, row["variant barcode"], column="Variant Barcode", longest=64)
    draft.attempt(row, bounded, row["variant tax code"], column="Variant Tax Code", longest=64)
    prices = _prices(draft, row, currency=currency)
    sku = given_sku or made_sku(draft.handle, [option.value for option in options])
    stock = draft.attempt(row, _stock, draft, row, sku)
    if any(problem.is_error for problem in draft.problems[before:]):
        return None
    return VariantInput(
        sku=sku,
        options=options,
        prices=prices,
        weight_g=weight or 0,
        barcode=barcode or "",
        tax_class=tax_class or "standard",
        tax_code=row["variant tax code"],
        requires_shipping=bool(ships),
        image=row["variant image"],
    ), stock


def _options(draft: "Draft", row: Row, names: Sequence[str]) -> tuple[Option, ...]:
    values = [row[column] for column in OPTION_VALUES]
    if (names[0].casefold(), values[0].casefold()) == NO_OPTIONS and not any(names[1:]) and not any(values[1:]):
        return ()
    options = []
    for number, (name, value) in enumerate(zip(names, values, strict=True), 1):
        draft.attempt(row, bounded, name, column=f"Option{number} Name", longest=100)
        draft.attempt(row, bounded, value, column=f"Option{number} Value", longest=255)
        if name and not value:
            draft.note(
                row.line, "option_missing", f"Option{number} Value is empty, but the product has the option {name!r}."
            )
        elif value and not name:
            draft.note(
                row.line, "option_unnamed", f"Option{number} Value is {value[:40]!r}, but Option{number} Name is empty."
            )
        elif name:
            options.append(Option(name=name, value=value))
    if len({option.name.casefold() for option in options}) < len(options):
        draft.note(row.line, "option_repeated", "Two options of the product have the same name.")
    return tuple(options)


def _prices(draft: "Draft", row: Row, *, currency: str) -> tuple[PriceInput, ...]:
    found = [_price(draft, row, currency, "variant price", "variant compare at price")]
    found += [
        _price(draft, row, extra, f"price / {extra.lower()}", f"compare at price / {extra.lower()}")
        for extra in extra_currencies(list(row.cells))
        if extra != currency and row[f"price / {extra.lower()}"]
    ]
    return tuple(price for price in found if price)


def _price(draft: "Draft", row: Row, currency: str, column: str, compare_column: str) -> PriceInput | None:
    if not row[column]:
        draft.note(row.line, "price_missing", f"{column.title()} is empty.")
        return None
    amount = draft.attempt(row, price, row[column], currency=currency, column=column.title())
    compare_at = None
    if row[compare_column]:
        compare_at = draft.attempt(row, price, row[compare_column], currency=currency, column=compare_column.title())
    tax_column = f"price includes tax / {currency.lower()}"
    default = quoted_with_tax(currency)
    includes_tax = draft.attempt(row, truth, row[tax_column], column=tax_column.title(), default=default)
    if amount is None or includes_tax is None:
        return None
    return PriceInput(price=amount, includes_tax=includes_tax, compare_at=compare_at)


def _stock(draft: "Draft", row: Row, sku: str) -> Stock | None:
    text = row["variant inventory qty"]
    if not text:
        return None
    on_hand = whole(text, column="Variant Inventory Qty", code="quantity_unreadable", most=MOST_UNITS)
    if on_hand < 0:
        draft.note(
            row.line, "quantity_negative", f"{sku} has {on_hand} units in the file; taken as none.", is_error=False
        )
    sells_on = row["variant inventory policy"].casefold() == "continue"
    return Stock(sku, max(0, on_hand), ENDLESS if sells_on else 0)


def _tax_class(row: Row) -> str:
    if not truth(row["variant taxable"], column="Variant Taxable", default=True):
        return "zero"
    code = row["variant tax code"].casefold()
    return code if code in TAX_CLASSES else "standard"


def _not_negative(text: str, *, column: str, code: str, most: int) -> int:
    number = whole(text, column=column, code=code, most=most)
    if number < 0:
        raise Unreadable(code, f"{column} is {text!r}; nothing weighs less than nothing.")
    return number
