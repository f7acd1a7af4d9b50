"""The text of cells as numbers, money and truths."""

import re
from decimal import Decimal, InvalidOperation

from storefront.currency import EXPONENTS
from storefront.money import Money, Rounding

DEAREST_MINOR = 10**12
HEAVIEST_G = 10**8
MOST_UNITS = 10**8

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_MARKED = re.compile(r"'+[=+\-@\t\r\n]")

TRUE, FALSE = frozenset({"true", "yes", "1", "t", "y"}), frozenset({"false", "no", "0", "f", "n"})
EXTRA_PRICE = re.compile(r"(price|compare at price|price includes tax) / ([a-z]{3})")


class Unreadable(ValueError):
    """The cell does not say what its column is for; the message tells what it should look like."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def as_text(cell: object) -> object:
    """What a spreadsheet would take for a formula, marked as text by an apostrophe. Source: OWASP, CSV injection."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def without_mark(cell: str) -> str:
    """The text of a cell, without the apostrophe that kept it from being a formula."""
    return cell[1:] if _MARKED.match(cell) else cell


def price(text: str, *, currency: str, column: str) -> Money:
    """An amount in major units, such as 12.50.

    :raises Unreadable: not a plain number, negative, finer than the currency, or beyond all reason
    """
    try:
        amount = Money.from_decimal(text, currency, rounding=Rounding.DOWN)
        is_exact = amount.to_decimal() == Decimal(text)
    except (ValueError, InvalidOperation) as error:
        raise Unreadable("price_unreadable", f"{column} is {shortened(text)}; write it like 12.50.") from error
    if amount.is_negative or amount.amount > DEAREST_MINOR:
        raise Unreadable("price_out_of_range", f"{column} is {shortened(text)}; give an amount from 0 to 10 billion.")
    if not is_exact:
        raise Unreadable(
            "price_too_fine", f"{column} is {shortened(text)}, but {currency} has {EXPONENTS[currency]} decimals."
        )
    return amount


def whole(text: str, *, column: str, code: str, most: int) -> int:
    """A whole number; decimals are rounded. Empty is 0.

    :raises Unreadable: not a number, or beyond all reason
    """
    try:
        number = Decimal(text or "0")
        if not number.is_finite() or abs(number.adjusted()) > 20:
            raise Unreadable(code, f"{column} is {shortened(text)}; give a whole number.")
    except InvalidOperation as error:
        raise Unreadable(code, f"{column} is {shortened(text)}; give a whole number.") from error
    rounded = int(number.to_integral_value(rounding="ROUND_HALF_UP"))
    if abs(rounded) > most:
        raise Unreadable(code, f"{column} is {shortened(text)}; the most is {most}.")
    return rounded


def truth(text: str, *, column: str, default: bool) -> bool:
    """TRUE or FALSE, however written.

    :raises Unreadable: anything else
    """
    if not text:
        return default
    if text.casefold() in TRUE | FALSE:
        return text.casefold() in TRUE
    raise Unreadable("truth_unreadable", f"{column} is {shortened(text)}; write TRUE or FALSE.")


def bounded(text: str, *, column: str, longest: int) -> str:
    """The text, if it is not too long to be kept.

    :raises Unreadable: over `longest` characters
    """
    if len(text) > longest:
        raise Unreadable("value_too_long", f"{column} has {len(text)} characters; at most {longest} are kept.")
    return text


def shortened(text: str) -> str:
    """The text in quotation marks, not longer than a person reads."""
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def extra_currencies(columns: list[str]) -> list[str]:
    """The currencies that have a price column of their own: `Price / USD`."""
    matches = (EXTRA_PRICE.fullmatch(column) for column in columns)
    codes = {match[2].upper() for match in matches if match and match[1] == "price"}
    return sorted(code for code in codes if code in EXPONENTS)
