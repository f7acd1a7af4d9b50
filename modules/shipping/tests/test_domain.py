"""The rules of zones and prices."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.shipping.domain import (
    Band,
    LaneRule,
    MalformedRule,
    Price,
    ZoneRule,
    admits,
    after_working_days,
    price_of,
    read_countries,
    read_rules,
    zone_of,
)

CODES = st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True)
BANDS = st.lists(st.integers(0, 10**6), min_size=1, max_size=6, unique=True).map(
    lambda starts: tuple(Band(start, 100 + place, True) for place, start in enumerate(sorted(starts)))
)


def lane(**facts: object) -> LaneRule:
    standard = LaneRule(
        zone="germany", method="standard", carrier="sandbox", service="Standard", kind="weight", max_weight_g=None,
        is_active=True, days_min=1, days_max=3, bands={"EUR": (Band(0, 490, True), Band(5_001, 790, True))},
    )
    return standard._replace(**facts)  # type: ignore[arg-type]


def covered(rules: str, code: str, country: str = "DE") -> bool:
    return admits(read_rules(rules), country=country, code=code)


class TestPostalRules:
    @pytest.mark.parametrize(
        ("rules", "code", "expected"),
        [
            ("", "10115", True), ("10115", "10115", True), ("10115", "10116", False), ("35*", "35001", True),
            ("35*", "36001", False), ("20000..29999", "20000", True), ("20000..29999", "29999", True),
            ("20000..29999", "30000", False), ("99500..99999", "995011234", True), ("!27498", "27498", False),
            ("!27498", "27499", True), ("2* !27498", "27498", False), ("2* !27498", "27499", True),
            ("BT*", "BT11AA", True), ("10115", "", False), ("!10115", "", True), ("ES:35*", "10115", True),
        ],
    )
    def test_include_and_exclude(self, rules: str, code: str, expected: bool) -> None:
        assert covered(rules, code) is expected

    @pytest.mark.parametrize("text", ["10..2", "30000..20000", "*", "!", "DE:", "10115..", "ü*", "1**", "DEU:1"])
    def test_that_cannot_be_read_are_refused(self, text: str) -> None:
        with pytest.raises(MalformedRule, match=r"rule|ends"):
            read_rules(text)

    @given(CODES, CODES)
    def test_an_exclusion_wins_over_any_inclusion(self, code: str, other: str) -> None:
        assert not covered(f"{code} {other}* !{code}", code)

    @given(CODES)
    def test_a_code_is_covered_by_itself_its_prefix_and_its_range(self, code: str) -> None:
        assert covered(code, code)
        assert covered(f"{code[:1]}*", code)
        assert covered(f"{code}..{code}", code)

    @given(st.integers(0, 99_999), st.integers(0, 99_999), st.integers(0, 99_999))
    def test_a_range_covers_what_lies_between_its_ends(self, one: int, other: int, code: int) -> None:
        low, high = sorted((one, other))

        assert covered(f"{low:05d}..{high:05d}", f"{code:05d}") == (low <= code <= high)


class TestCountries:
    def test_are_two_letters_or_a_star(self) -> None:
        assert read_countries("de, at CH") == {"DE", "AT", "CH"}

    @pytest.mark.parametrize("text", ["", "DEU", "D1", "Germany"])
    def test_that_are_none_are_refused(self, text: str) -> None:
        with pytest.raises(MalformedRule, match="country"):
            read_countries(text)


class TestZoneOf:
    def test_takes_the_matching_zone_of_highest_priority(self) -> None:
        world = ZoneRule("world", 0, frozenset("*"))
        spain = ZoneRule("spain", 5, frozenset({"ES"}), postal_codes=read_rules("!ES:35*"))

        assert zone_of((world, spain), country="es", region="", postal_code="28001") == spain
        assert zone_of((world, spain), country="ES", region="", postal_code="35 001") == world
        assert zone_of((spain,), country="FR", region="", postal_code="") is None

    def test_knows_a_region_with_and_without_its_country(self) -> None:
        alaska = ZoneRule("alaska", 5, frozenset({"US"}), regions=read_rules("US:AK"))

        assert zone_of((alaska,), country="US", region="US-AK", postal_code="") == alaska
        assert zone_of((alaska,), country="US", region="ak", postal_code="") == alaska
        assert zone_of((alaska,), country="US", region="CA", postal_code="") is None

    @given(st.permutations([ZoneRule(code, rank, frozenset("*")) for code, rank in (("a", 1), ("b", 3), ("c", 3))]))
    def test_does_not_depend_on_the_order_of_zones(self, zones: list[ZoneRule]) -> None:
        found = zone_of(zones, country="DE", region="", postal_code="")

        assert found is not None
        assert found.code == "b"


class TestPriceOf:
    @pytest.mark.parametrize(("weight_g", "amount"), [(0, 490), (5_000, 490), (5_001, 790), (10**9, 790)])
    def test_follows_the_weight(self, weight_g: int, amount: int) -> None:
        assert price_of(lane(), weight_g=weight_g, subtotal_minor=1, currency="EUR") == Price(amount, True)

    def test_follows_the_order_total(self) -> None:
        tiers = lane(kind="subtotal", bands={"EUR": (Band(0, 900, True), Band(5_000, 300, True))})

        assert price_of(tiers, weight_g=9_999, subtotal_minor=4_999, currency="EUR") == Price(900, True)
        assert price_of(tiers, weight_g=9_999, subtotal_minor=5_000, currency="EUR") == Price(300, True)

    def test_is_nothing_from_the_free_limit_on(self) -> None:
        free = lane(kind="flat", bands={"USD": (Band(0, 900, False, free_over_minor=7_500),)})

        assert price_of(free, weight_g=1, subtotal_minor=7_499, currency="USD") == Price(900, False)
        assert price_of(free, weight_g=1, subtotal_minor=7_500, currency="USD") == Price(0, False)

    def test_is_none_for_a_parcel_too_heavy_or_a_currency_without_price(self) -> None:
        light = lane(max_weight_g=2_000)

        assert price_of(light, weight_g=2_001, subtotal_minor=1, currency="EUR") is None
        assert price_of(light, weight_g=2_000, subtotal_minor=1, currency="JPY") is None

    @given(BANDS, st.integers(0, 2 * 10**6))
    def test_takes_the_last_band_that_starts_at_or_below_the_weight(
        self, bands: tuple[Band, ...], weight_g: int
    ) -> None:
        price = price_of(lane(bands={"EUR": bands}), weight_g=weight_g, subtotal_minor=0, currency="EUR")

        fitting = [band for band in bands if band.starts_at <= weight_g]
        assert price == (Price(fitting[-1].price_minor, True) if fitting else None)


class TestAfterWorkingDays:
    def test_leaves_the_weekend_out(self) -> None:
        friday = date(2026, 11, 20)

        assert after_working_days(friday, 1) == date(2026, 11, 23)
        assert after_working_days(friday, 0) == friday

    @given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 40))
    def test_ends_on_a_working_day_and_never_goes_back(self, start: date, days: int) -> None:
        end = after_working_days(start, days)

        assert end.weekday() < 5
        assert end > after_working_days(start, days - 1)
