"""Money: exact amounts of one currency, in its minor units.

12.50 EUR is `Money(1250, "EUR")`, and `{"amount": 1250, "currency": "EUR"}` in JSON. All arithmetic is on integers;
wherever a fraction of a minor unit can arise, the caller names the rounding.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from typing import Final, Self

import msgspec

from storefront.currency import UnknownCurrency, exponent

__all__ = [
    "LARGEST_AMOUNT", "CurrencyMismatch", "Money", "Rounding", "UnknownCurrency", "exponent", "portion", "split",
    "sum_of",
]

LARGEST_AMOUNT: Final = 2**53 - 1
"""Minor units of what anybody is asked to pay: every client reads so much exactly, and every database keeps it."""
PLAIN_DECIMAL: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
LARGEST_MAGNITUDE: Final = 30  # powers of ten, either way: 1E+999999999 would fill the memory


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met where only one currency makes sense."""


class Rounding(Enum):
    """What happens to a fraction of a minor unit. The sign plays no part: -2.5 goes where 2.5 goes."""

    HALF_UP = "half_up"  # to the nearest, a half away from zero
    HALF_EVEN = "half_even"  # to the nearest, a half to the even neighbour
    DOWN = "down"  # towards zero
    UP = "up"  # away from zero


class Money(msgspec.Struct, frozen=True, order=False):
    """An exact amount of one currency; negative for a debt or a refund.

    amount: minor units of `currency` (cents for EUR, whole yen for JPY).
    currency: ISO 4217 code. Zero is truthy like any object: ask `is_zero`.

    :raises UnknownCurrency: if ISO 4217 has no such currency
    :raises TypeError: if the amount is not an int
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"Amount {self.amount!r} is not a whole number of minor units; give an int.")
        exponent(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in `currency`."""
        return cls(0, currency)

    @classmethod
    def from_decimal(cls, value: str | Decimal, currency: str, *, rounding: Rounding) -> Self:
        """Return `value`, in major units such as `12.50`, as money.

        value: a Decimal, or text of digits with an optional sign and decimal point.

        :raises ValueError: if `value` is no plain, finite decimal number within 30 powers of ten
        :raises UnknownCurrency: if ISO 4217 has no such currency
        """
        numerator, denominator = _parsed(value).as_integer_ratio()
        return cls(_quotient(numerator * 10 ** exponent(currency), denominator, rounding=rounding), currency)

    def to_decimal(self) -> Decimal:
        """Return the amount in major units, exactly and with all decimals of the currency."""
        return Decimal(f"{self.amount}E-{exponent(self.currency)}")

    @property
    def is_zero(self) -> bool:
        return self.amount == 0

    @property
    def is_negative(self) -> bool:
        return self.amount < 0

    def __str__(self) -> str:
        return f"{self.to_decimal():f} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        self._require_same_currency(other, "Cannot add {other} to {own}; convert first.")
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._require_same_currency(other, "Cannot subtract {other} from {own}; convert first.")
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __mul__(self, count: int) -> "Money":
        if not isinstance(count, int):
            return NotImplemented
        return Money(self.amount * count, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: "Money") -> bool:
        return self._difference(other) < 0

    def __le__(self, other: "Money") -> bool:
        return self._difference(other) <= 0

    def __gt__(self, other: "Money") -> bool:
        return self._difference(other) > 0

    def __ge__(self, other: "Money") -> bool:
        return self._difference(other) >= 0

    def _difference(self, other: "Money") -> int:
        self._require_same_currency(other, "Cannot compare {own} with {other}; convert first.")
        return self.amount - other.amount

    def _require_same_currency(self, other: "Money", refusal: str) -> None:
        if not isinstance(other, Money):
            raise TypeError(f"{other!r} is not Money; name its currency.")
        if other.currency != self.currency:
            raise CurrencyMismatch(refusal.format(own=self.currency, other=other.currency))


def sum_of(moneys: Iterable[Money], currency: str) -> Money:
    """Add up `moneys`; zero of `currency` if there are none.

    :raises CurrencyMismatch: if one of them is not in `currency`
    :raises UnknownCurrency: if ISO 4217 has no such currency
    """
    return sum(moneys, start=Money.zero(currency))


def split(amount: Money, weights: Sequence[int]) -> list[Money]:
    """Split `amount` in proportion to `weights`; the parts add up exactly.

    amount: minor units; negative for a refund, which splits as its positive twin does.
    weights: non-negative, not all zero; usually line totals in minor units.
    Source: largest remainder (Hamilton) method; on a tie the earlier weight wins.

    :raises ValueError: if no weight is positive or one is negative
    """
    if not any(weights) or min(weights) < 0:
        raise ValueError(f"Cannot split by weights {list(weights)}; none may be negative and one must be positive.")
    total = sum(weights)
    shares = [divmod(abs(amount.amount) * weight, total) for weight in weights]
    left_over = abs(amount.amount) - sum(whole for whole, _ in shares)
    by_remainder = sorted(range(len(shares)), key=lambda index: -shares[index][1])
    raised = set(by_remainder[:left_over])
    sign = -1 if amount.is_negative else 1
    return [Money(sign * (whole + (index in raised)), amount.currency) for index, (whole, _) in enumerate(shares)]


def portion(amount: Money, numerator: int, denominator: int, *, rounding: Rounding) -> Money:
    """Return `numerator / denominator` of `amount`: 19 % is `portion(net, 19, 100, rounding=Rounding.HALF_UP)`.

    amount: minor units, of either sign; the result is in minor units too, rounded once.

    :raises ValueError: if the denominator is not positive
    """
    if denominator <= 0:
        raise ValueError(f"Cannot take {numerator}/{denominator} of an amount; give a positive denominator.")
    return Money(_quotient(amount.amount * numerator, denominator, rounding=rounding), amount.currency)


def _quotient(numerator: int, denominator: int, *, rounding: Rounding) -> int:
    """Divide by a positive `denominator` and round to a whole number."""
    whole, remainder = divmod(abs(numerator), denominator)
    if _rounds_away(whole, 2 * remainder, denominator, rounding=rounding):
        whole += 1
    return -whole if numerator < 0 else whole


def _rounds_away(whole: int, twice_remainder: int, denominator: int, *, rounding: Rounding) -> bool:
    match rounding:
        case Rounding.HALF_UP:
            return twice_remainder >= denominator
        case Rounding.HALF_EVEN:
            return twice_remainder + whole % 2 > denominator
        case Rounding.DOWN:
            return False
        case Rounding.UP:
            return twice_remainder > 0


def _parsed(value: str | Decimal) -> Decimal:
    if isinstance(value, str):
        if not PLAIN_DECIMAL.fullmatch(value):
            raise ValueError(f"{value!r} is not a decimal number; write it like 12.50.")
        value = Decimal(value)
    if not isinstance(value, Decimal):
        raise TypeError(f"{value!r} is neither text nor a Decimal; a float has already lost its cents.")
    if not value.is_finite() or abs(value.adjusted()) > LARGEST_MAGNITUDE:
        raise ValueError(f"{value} is not an amount; give a finite number within {LARGEST_MAGNITUDE} powers of ten.")
    return value
