"""Money is exact: what is split adds up, and what is rounded is rounded as named."""

import decimal
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from storefront.currency import CODES_BY_EXPONENT, EXPONENTS
from storefront.money import CurrencyMismatch, Money, Rounding, UnknownCurrency, exponent, portion, split, sum_of

AMOUNTS = st.integers(min_value=-(2**63), max_value=2**63 - 1)
CURRENCIES = st.sampled_from(sorted(EXPONENTS))
MONEYS = st.builds(Money, AMOUNTS, CURRENCIES)
WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=12).filter(any)
DECIMAL_MODES = {
    Rounding.HALF_UP: decimal.ROUND_HALF_UP,
    Rounding.HALF_EVEN: decimal.ROUND_HALF_EVEN,
    Rounding.DOWN: decimal.ROUND_DOWN,
    Rounding.UP: decimal.ROUND_UP,
}


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


def remainders(amount: Money, weights: list[int]) -> list[int]:
    return [abs(amount.amount) * weight % sum(weights) for weight in weights]


class TestCurrencyTable:
    def test_holds_every_active_code_once(self) -> None:
        listed = [code for codes in CODES_BY_EXPONENT.values() for code in codes.split()]

        assert len(listed) == len(set(listed)) == len(EXPONENTS) == 165

    def test_has_codes_of_three_upper_case_letters(self) -> None:
        assert all(len(code) == 3 and code.isascii() and code.isalpha() and code.isupper() for code in EXPONENTS)

    def test_has_only_the_exponents_that_iso_uses(self) -> None:
        assert set(EXPONENTS.values()) == {0, 2, 3, 4}

    @pytest.mark.parametrize(
        ("currency", "digits"),
        [("EUR", 2), ("JPY", 0), ("IQD", 3), ("KWD", 3), ("CLF", 4), ("ISK", 0), ("HUF", 2), ("MGA", 2), ("UGX", 0)],
    )
    def test_agrees_with_iso_where_others_differ(self, currency: str, digits: int) -> None:
        assert exponent(currency) == digits

    @pytest.mark.parametrize("code", ["XXX", "XAU", "DEM", "BGN", "eur", "EURO", ""])
    def test_refuses_what_nothing_is_priced_in(self, code: str) -> None:
        with pytest.raises(UnknownCurrency, match=f"'{code}' is no active ISO 4217 currency"):
            exponent(code)


class TestMoney:
    def test_refuses_an_unknown_currency(self) -> None:
        with pytest.raises(UnknownCurrency, match="'EURO'"):
            Money(1, "EURO")

    @pytest.mark.parametrize("amount", [12.5, True, "12", Decimal(12)])
    def test_refuses_an_amount_that_is_no_int(self, amount: int) -> None:
        with pytest.raises(TypeError, match="not a whole number of minor units"):
            Money(amount, "EUR")

    def test_cannot_be_changed(self) -> None:
        with pytest.raises(AttributeError):
            eur(1).amount = 2  # type: ignore[misc]

    def test_is_equal_and_hashes_by_amount_and_currency(self) -> None:
        assert {eur(1), eur(1), eur(2), Money(1, "USD")} == {eur(1), eur(2), Money(1, "USD")}

    def test_knows_zero_and_negative(self) -> None:
        assert [(each.is_zero, each.is_negative) for each in (eur(-1), Money.zero("EUR"), eur(1))] == [
            (False, True),
            (True, False),
            (False, False),
        ]

    @pytest.mark.parametrize(
        ("money", "text"),
        [
            (eur(1250), "12.50 EUR"),
            (eur(-5), "-0.05 EUR"),
            (eur(0), "0.00 EUR"),
            (Money(1250, "JPY"), "1250 JPY"),
            (Money(1, "IQD"), "0.001 IQD"),
            (Money(1, "CLF"), "0.0001 CLF"),
            (eur(10**30), "1" + "0" * 28 + ".00 EUR"),
        ],
    )
    def test_is_written_with_all_its_decimals(self, money: Money, text: str) -> None:
        assert str(money) == f"{money}" == text


class TestArithmetic:
    def test_adds_subtracts_negates_and_multiplies(self) -> None:
        assert eur(3) + eur(4) == eur(7)
        assert eur(3) - eur(4) == eur(-1)
        assert -eur(3) == eur(-3)
        assert eur(3) * 4 == 4 * eur(3) == eur(12)

    def test_refuses_to_add_another_currency(self) -> None:
        with pytest.raises(CurrencyMismatch, match=r"^Cannot add USD to EUR; convert first\.$"):
            eur(1) + Money(1, "USD")

    def test_refuses_to_subtract_another_currency(self) -> None:
        with pytest.raises(CurrencyMismatch, match=r"^Cannot subtract USD from EUR; convert first\.$"):
            eur(1) - Money(1, "USD")

    def test_refuses_a_bare_number(self) -> None:
        with pytest.raises(TypeError, match="1 is not Money"):
            eur(1) + 1  # type: ignore[operator]

    @pytest.mark.parametrize("factor", [1.5, Decimal("1.5"), "2"])
    def test_refuses_to_multiply_by_anything_but_a_count(self, factor: int) -> None:
        with pytest.raises(TypeError):
            eur(1) * factor

    @given(AMOUNTS, AMOUNTS)
    def test_compares_as_the_amounts_do(self, left: int, right: int) -> None:
        assert (eur(left) < eur(right)) == (left < right)
        assert (eur(left) <= eur(right)) == (left <= right)
        assert (eur(left) > eur(right)) == (left > right)
        assert (eur(left) >= eur(right)) == (left >= right)
        assert (eur(left) == eur(right)) == (left == right)

    def test_includes_the_equal_amount_in_at_most_and_at_least(self) -> None:
        assert eur(1) <= eur(1)
        assert eur(1) >= eur(1)
        assert not eur(1) < eur(1)
        assert not eur(1) > eur(1)

    def test_refuses_to_compare_currencies(self) -> None:
        with pytest.raises(CurrencyMismatch, match=r"^Cannot compare EUR with USD; convert first\.$"):
            sorted([Money(1, "USD"), eur(1)])


class TestSumOf:
    @given(st.lists(AMOUNTS))
    def test_adds_up_exactly(self, amounts: list[int]) -> None:
        assert sum_of([eur(amount) for amount in amounts], "EUR") == eur(sum(amounts))

    def test_refuses_a_stranger_among_them(self) -> None:
        with pytest.raises(CurrencyMismatch, match="Cannot add USD to EUR"):
            sum_of([eur(1), Money(1, "USD")], "EUR")


class TestDecimal:
    @pytest.mark.parametrize(
        ("text", "rounding", "amount"),
        [
            ("12.50", Rounding.HALF_UP, 1250),
            ("12", Rounding.DOWN, 1200),
            ("0.125", Rounding.HALF_UP, 13),
            ("0.125", Rounding.HALF_EVEN, 12),
            ("0.135", Rounding.HALF_EVEN, 14),
            ("0.129", Rounding.DOWN, 12),
            ("0.121", Rounding.UP, 13),
            ("-0.125", Rounding.HALF_UP, -13),
            ("-0.129", Rounding.DOWN, -12),
            ("+0.120", Rounding.UP, 12),
        ],
    )
    def test_reads_text_with_the_rounding_named(self, text: str, rounding: Rounding, amount: int) -> None:
        assert Money.from_decimal(text, "EUR", rounding=rounding) == eur(amount)

    @pytest.mark.parametrize("text", ["", "12,50", "1e3", "NaN", "Infinity", " 1", "1_000", ".5", "1.", "٣", "1\n"])
    def test_refuses_text_that_is_no_plain_number(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"not a decimal number; write it like 12\.50"):
            Money.from_decimal(text, "EUR", rounding=Rounding.HALF_UP)

    @pytest.mark.parametrize("text", ["NaN", "-Infinity", "1E+31", "1E-31", "1E+999999999", "0E-999999999"])
    def test_refuses_a_decimal_beyond_any_amount(self, text: str) -> None:
        with pytest.raises(ValueError, match="is not an amount"):
            Money.from_decimal(Decimal(text), "EUR", rounding=Rounding.HALF_UP)

    @pytest.mark.parametrize("text", ["1E+30", "1E-30"])
    def test_reads_a_decimal_at_the_edge(self, text: str) -> None:
        expected = 10**32 if "+" in text else 1

        assert Money.from_decimal(Decimal(text), "EUR", rounding=Rounding.UP) == eur(expected)

    def test_refuses_a_float(self) -> None:
        with pytest.raises(TypeError, match="a float has already lost its cents"):
            Money.from_decimal(0.1, "EUR", rounding=Rounding.HALF_UP)  # type: ignore[arg-type]

    @given(MONEYS, st.sampled_from(Rounding))
    def test_returns_to_the_same_money(self, money: Money, rounding: Rounding) -> None:
        assert Money.from_decimal(money.to_decimal(), money.currency, rounding=rounding) == money
        assert Money.from_decimal(str(money).split()[0], money.currency, rounding=rounding) == money

    @given(st.decimals(min_value=-(10**12), max_value=10**12, places=6), CURRENCIES, st.sampled_from(Rounding))
    def test_rounds_as_decimal_does(self, value: Decimal, currency: str, rounding: Rounding) -> None:
        unit = Decimal(1).scaleb(-exponent(currency))

        money = Money.from_decimal(value, currency, rounding=rounding)

        assert money.to_decimal() == value.quantize(unit, rounding=DECIMAL_MODES[rounding])


class TestSplit:
    @pytest.mark.parametrize(
        ("amount", "weights", "parts"),
        [
            (100, [1, 1, 1], [34, 33, 33]),
            (-100, [1, 1, 1], [-34, -33, -33]),
            (1000, [1999, 4999, 501], [266, 667, 67]),
            (2, [1, 0, 1, 1], [1, 0, 1, 0]),
            (0, [3, 4], [0, 0]),
            (5, [7], [5]),
        ],
    )
    def test_gives_what_is_left_to_the_largest_remainders(
        self, amount: int, weights: list[int], parts: list[int]
    ) -> None:
        assert split(eur(amount), weights) == [eur(part) for part in parts]

    @pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1], [2, -1], [-1, 0]])
    def test_refuses_weights_that_share_nothing(self, weights: list[int]) -> None:
        with pytest.raises(ValueError, match="Cannot split by weights"):
            split(eur(100), weights)

    @given(MONEYS, WEIGHTS)
    def test_adds_up_exactly(self, amount: Money, weights: list[int]) -> None:
        parts = split(amount, weights)

        assert len(parts) == len(weights)
        assert sum_of(parts, amount.currency) == amount

    @given(MONEYS, WEIGHTS)
    def test_is_less_than_one_unit_from_the_exact_share(self, amount: Money, weights: list[int]) -> None:
        exact = [Fraction(amount.amount * weight, sum(weights)) for weight in weights]

        parts = split(amount, weights)

        assert all(abs(part.amount - share) < 1 for part, share in zip(parts, exact, strict=True))

    @given(MONEYS, WEIGHTS)
    def test_splits_a_refund_as_the_charge_was_split(self, amount: Money, weights: list[int]) -> None:
        assert split(-amount, weights) == [-part for part in split(amount, weights)]

    @given(MONEYS, WEIGHTS, st.data())
    def test_does_not_depend_on_the_order_without_ties(
        self, amount: Money, weights: list[int], data: st.DataObject
    ) -> None:
        assume(len(set(remainders(amount, weights))) == len(weights))
        order = data.draw(st.permutations(range(len(weights))))

        parts = split(amount, weights)

        assert split(amount, [weights[index] for index in order]) == [parts[index] for index in order]

    @given(AMOUNTS, st.integers(min_value=1, max_value=50))
    def test_favours_the_earlier_on_a_tie(self, amount: int, count: int) -> None:
        sizes = [abs(part.amount) for part in split(eur(amount), [1] * count)]

        assert sizes == sorted(sizes, reverse=True)


class TestPortion:
    @pytest.mark.parametrize(
        ("rounding", "results"),
        [
            (Rounding.HALF_UP, [-3, -2, -1, 1, 2, 3]),
            (Rounding.HALF_EVEN, [-2, -2, 0, 0, 2, 2]),
            (Rounding.DOWN, [-2, -1, 0, 0, 1, 2]),
            (Rounding.UP, [-3, -2, -1, 1, 2, 3]),
        ],
    )
    def test_rounds_halves_as_named(self, rounding: Rounding, results: list[int]) -> None:
        halves = [eur(amount) for amount in (-5, -3, -1, 1, 3, 5)]

        assert [portion(each, 1, 2, rounding=rounding).amount for each in halves] == results

    def test_takes_a_tax(self) -> None:
        assert portion(eur(1250), 19, 100, rounding=Rounding.HALF_UP) == eur(238)

    @pytest.mark.parametrize("denominator", [0, -2])
    def test_refuses_a_denominator_that_is_not_positive(self, denominator: int) -> None:
        with pytest.raises(ValueError, match=f"Cannot take 1/{denominator} of an amount"):
            portion(eur(1), 1, denominator, rounding=Rounding.DOWN)

    @given(MONEYS, st.integers(-(10**6), 10**6), st.integers(1, 10**6), st.sampled_from(Rounding))
    def test_agrees_with_decimal(self, amount: Money, numerator: int, denominator: int, rounding: Rounding) -> None:
        product = amount.amount * numerator
        # A quotient of 40 digits is exact enough: a true half has one decimal, the nearest other is 1E-6 away.
        context = decimal.Context(prec=40)
        exact = context.divide(Decimal(product), Decimal(denominator))

        result = portion(amount, numerator, denominator, rounding=rounding)

        assert result.amount == exact.to_integral_value(DECIMAL_MODES[rounding])

    @given(MONEYS, st.integers(-(10**6), 10**6), st.sampled_from(Rounding))
    def test_of_a_whole_multiple_needs_no_rounding(self, amount: Money, count: int, rounding: Rounding) -> None:
        assert portion(amount, count * 7, 7, rounding=rounding) == amount * count


class TestJson:
    def test_is_an_amount_and_a_currency(self) -> None:
        assert msgspec.json.encode(eur(1250)) == b'{"amount":1250,"currency":"EUR"}'

    @given(MONEYS)
    def test_returns_to_the_same_money(self, money: Money) -> None:
        assert msgspec.json.decode(msgspec.json.encode(money), type=Money) == money
        assert msgspec.convert(msgspec.to_builtins(money), Money) == money

    @pytest.mark.parametrize(
        "body",
        [
            b'{"amount":12.5,"currency":"EUR"}',
            b'{"amount":"1250","currency":"EUR"}',
            b'{"amount":true,"currency":"EUR"}',
            b'{"amount":1250,"currency":"eur"}',
            b'{"amount":1250}',
        ],
    )
    def test_refuses_what_is_not_money(self, body: bytes) -> None:
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(body, type=Money)
