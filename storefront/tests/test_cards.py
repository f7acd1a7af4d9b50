"""Card numbers are told from other numbers."""

import logging

import pytest

from storefront.cards import MASK, has_card, masked, may_have_card, place_of_card
from storefront.rest.context import MaskedLines

CARDS = [
    "4111111111111111", "4242 4242 4242 4242", "5555-5555-5555-4444", "2223003122003222", "378282246310005",
    "6011111111111117", "30569309025904", "3530111333300000", "6205500000000000004", "4222222222222",
    "4111.1111.1111.1111", "4111\u00a01111\u00a01111\u00a01111",
    "".join(chr(0xFF10 + int(digit)) for digit in "4111111111111111"),
    "card:4111111111111111.",
]
OTHERS = [
    "4111111111111112", "+49 151 23456789", "+4915123456789", "01M83QM7A18HQ5J7Y59F97N4MA",
    "2026-11-23T08:16:18.123456Z",
    "1732350978123456", "0000000000000000", "41111111111111111111111", "GREEN-MUG", "ord_01M83QM7A18HQ5J7Y59F97N4MA",
    "00-4111111111111111aaaaaaaaaaaaaaaa-00", "",
]


@pytest.mark.proves("S19")
class TestACardNumber:
    @pytest.mark.parametrize("text", CARDS)
    def test_is_recognised_and_masked(self, text: str) -> None:
        said = f"Please charge {text} today"

        assert has_card(said)
        assert may_have_card(said.encode())
        assert MASK in masked(said)
        assert not has_card(masked(said))
        assert masked(said).endswith(" today")

    @pytest.mark.parametrize("text", OTHERS)
    def test_is_not_seen_in_what_is_none(self, text: str) -> None:
        assert masked(text) == text

    def test_is_found_in_a_tree(self) -> None:
        tree = {"email": "a@example.org", "lines": [{"note": "x"}, {"note": "4111 1111 1111 1111"}]}

        assert place_of_card(tree) == "/lines/1/note"
        assert place_of_card({"total": 4111111111111111}) == "/total"
        assert place_of_card({"variants": [{"barcode": "4006381333931"}], "phone": "4915123456786"}) is None

    @pytest.mark.parametrize("name", ["barcode", "gtin", "ean", "phone"])
    def test_is_found_where_another_number_belongs_if_it_is_too_long_for_that(self, name: str) -> None:
        assert place_of_card({name: "4111 1111 1111 1111"}) == f"/{name}"
        assert place_of_card({name: "378282246310005"}) is None

    def test_escaped_in_json_is_worth_a_look(self) -> None:
        assert may_have_card(rb'{"note": "\u0034111111111111111"}')

    def test_is_masked_in_a_line_of_the_log_with_its_traceback(self) -> None:
        try:
            raise ValueError("Nobody has the card 4111111111111111")
        except ValueError as error:
            cause = (type(error), error, error.__traceback__)
            record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "Paid by %s", ("4242424242424242",), cause)

        line = MaskedLines("%(message)s").format(record)

        assert line.count(MASK) == 3
        assert "4111111111111111" not in line
        assert "4242424242424242" not in line
