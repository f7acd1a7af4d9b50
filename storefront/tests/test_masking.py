"""People in texts that are kept for good: found by their form, and by what is known of them."""

import json

import pytest

from storefront.personal.masking import MASK, WORDS, covered, covered_text, for_good

SHOWN = (
    "ada@example.org", "ada+mugs@mail.example.co.uk", "Ada.L@EXAMPLE.ORG", "müller@bücher.example",
    "+49 30 1234567", "+49 (0)30 / 123 45 67", "0049 30 1234567", "0170 1234567", "030/1234567", "(030) 1234-567",
    "01701234567", "(555) 234-5678", "555-234-5678", "+15552345678",
    "12 High Street", "4 Old Kent Road", "1600 Pennsylvania Avenue", "Turmstrasse 1", "Turmstraße 12a", "Hauptstr. 5",
    "Berliner Allee 7", "Sonnenweg 3", "12 rue de la Paix", "Via Roma 12", "Calle de Alcalá 50", "Keizersgracht 123",
)
HARMLESS = (
    "RED-MUG: 2 requested, 1 available.", "found 5 units on the way", "order 100001 of 2026-11-23 12:00", "01.02.2026",
    "EAN 4006381333931", "12 boxes by the road", "ord_01M844RA3D122X1X7MWG435RBE", "damaged in aisle 12",
    "moved to shelf 0301", "parcel 003404341606000000000000", "29.90 EUR", "SB-0012345678", "counted twice", "@home",
    "10.1.0.0/16", "2026-11-23T12:27:03.123456+00:00", "",
)
ADDRESS = {
    "name": "Ada Lovelace", "company": "", "line1": "Turmstrasse 1", "city": "Berlin", "postal_code": "10559",
    "country": "DE", "region": "BE",
}


@pytest.mark.proves("S20")
class TestAText:
    @pytest.mark.parametrize("person", SHOWN)
    @pytest.mark.parametrize("text", ["{}", "Please call or write to {}, says Bob.", "({})"])
    def test_shows_nobody(self, person: str, text: str) -> None:
        assert covered_text(text.format(person)) == text.format(MASK)

    @pytest.mark.parametrize("text", HARMLESS)
    def test_about_goods_stays_as_it_is(self, text: str) -> None:
        assert covered_text(text) == text

    def test_shows_nobody_who_is_known_however_their_name_is_written(self) -> None:
        known = frozenset({"Ada Lovelace", "Lovelace", "Am Anger"})

        told = covered_text("ADA LOVELACE of Am Anger rang; Ms lovelace, not Lovelaceton, is ill.", known=known)

        assert told == f"{MASK} of {MASK} rang; Ms {MASK}, not Lovelaceton, is ill."

    def test_may_name_something_that_looks_like_a_pattern(self) -> None:
        assert covered_text("(Ada", known=frozenset({"(Ada"})) == MASK


@pytest.mark.proves("S20")
class TestAValue:
    def test_keeps_the_place_of_an_address(self) -> None:
        told = covered({"shipping_address": ADDRESS, "sku": "RED-MUG"})

        assert told["sku"] == "RED-MUG"
        assert {name: value for name, value in told["shipping_address"].items() if value != MASK} == {
            "company": "", "country": "DE", "region": "BE",
        }

    def test_is_masked_whole_where_its_field_is_a_persons(self) -> None:
        assert covered("Somewhere else", name="line1") == MASK
        assert covered({"email": "odd", "count": 2, "lines": [{"phone": "1"}]}) == {
            "email": MASK, "count": 2, "lines": [{"phone": MASK}],
        }

    def test_is_read_where_it_is_json_in_a_text(self) -> None:
        assert covered('{"email":"odd","sku":"RED-MUG"}') == f'{{"email":"{MASK}","sku":"RED-MUG"}}'
        assert covered("{not JSON of ada@example.org") == f"{{not JSON of {MASK}"

    @pytest.mark.parametrize("value", [None, True, 7, 1.5, "", [], {}])
    def test_of_another_kind_stays_as_it_is(self, value: object) -> None:
        assert covered(value, name="reason") == value

    def test_of_a_number_of_goods_is_no_telephone(self) -> None:
        assert covered("0170123456", name="barcode") == "0170123456"


@pytest.mark.proves("S20")
class TestWordsThatAreKeptForGood:
    def test_do_not_name_whose_address_it_is(self) -> None:
        told = for_good("Left with Mr Lovelace, who rang from 0170 1234567", address=json.dumps(ADDRESS))

        assert told == f"Left with Mr {MASK}, who rang from {MASK}"

    def test_are_cut_to_what_a_row_holds_after_they_are_masked(self) -> None:
        assert len(for_good("a@b.de " * 60)) == WORDS
        assert "@" not in for_good("a@b.de " * 60)
