"""Shipping's rules: which zone a destination lies in, what a method costs there. Pure.

Weights are grams, amounts minor units of their currency.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Literal, NamedTuple

EVERYWHERE = "*"
SATURDAY = 5
_RULE = re.compile(
    r"(?P<excludes>!?)(?:(?P<country>[A-Z]{2}):)?(?P<low>[A-Z0-9]+)(?:(?P<prefix>\*)|\.\.(?P<high>[A-Z0-9]+))?"
)

Kind = Literal["flat", "weight", "subtotal"]


class MalformedRule(ValueError):
    """A country, region or postal code rule cannot be read."""


class Rule(NamedTuple):
    """A code, a prefix or a range of codes, of one country or of all, which includes or excludes."""

    excludes: bool
    country: str
    low: str
    high: str
    is_exact: bool

    def covers(self, code: str) -> bool:
        """Whether the normalized `code` is the one, or begins within the range."""
        if self.is_exact:
            return code == self.low
        return len(code) >= len(self.low) and self.low <= code[: len(self.low)] <= self.high


def normalized(code: str) -> str:
    """A postal or region code without its blanks and hyphens, in capitals: `100-0001` is `1000001`."""
    return re.sub(r"[\s-]", "", code).upper()


def read_countries(text: str) -> frozenset[str]:
    """ISO 3166-1 codes between blanks or commas, or `*`.

    :raises MalformedRule: for anything else, and for an empty list
    """
    codes = frozenset(re.split(r"[\s,]+", text.strip().upper()))
    for code in codes:
        if code != EVERYWHERE and not re.fullmatch(r"[A-Z]{2}", code):
            raise MalformedRule(f"{code!r} is no country; write two letters such as DE, or * for all.")
    return codes


def read_rules(text: str) -> tuple[Rule, ...]:
    """Rules between blanks or commas: `10115`, `35*`, `20000..29999`, `ES:35*`, each perhaps after a `!`.

    :raises MalformedRule: for anything else, and for a range whose ends differ in length or order
    """
    return tuple(_rule(word) for word in re.split(r"[\s,]+", text.strip()) if word)


def _rule(word: str) -> Rule:
    found = _RULE.fullmatch(word.upper().replace("-", ""))
    if not found:
        raise MalformedRule(f"{word!r} is no rule; write 10115, 35*, 20000..29999, or ES:35*, perhaps after a !.")
    low, high = found["low"], found["high"] or found["low"]
    if len(low) != len(high) or low > high:
        raise MalformedRule(f"{word!r}: give both ends the same length, the lower first.")
    is_exact = not found["prefix"] and not found["high"]
    return Rule(bool(found["excludes"]), found["country"] or "", low, high, is_exact)


def admits(rules: Iterable[Rule], *, country: str, code: str) -> bool:
    """Whether no rule of this country excludes `code`, and one includes it if any includes at all."""
    ours = [rule for rule in rules if rule.country in ("", country)]
    if any(rule.excludes and rule.covers(code) for rule in ours):
        return False
    including = [rule for rule in ours if not rule.excludes]
    return not including or any(rule.covers(code) for rule in including)


class ZoneRule(NamedTuple):
    """Where a zone is."""

    code: str
    priority: int
    countries: frozenset[str]
    regions: tuple[Rule, ...] = ()
    postal_codes: tuple[Rule, ...] = ()

    def contains(self, country: str, region: str, postal_code: str) -> bool:
        """Whether the zone covers a destination, given in normalized codes."""
        return (
            (country in self.countries or EVERYWHERE in self.countries)
            and admits(self.regions, country=country, code=region)
            and admits(self.postal_codes, country=country, code=postal_code)
        )


def zone_of(zones: Iterable[ZoneRule], *, country: str, region: str, postal_code: str) -> ZoneRule | None:
    """The matching zone of highest priority, on a tie the first by code; None if nobody delivers there.

    region: as people write it: `CA` and `US-CA` are the same.
    """
    country, postal_code = country.strip().upper(), normalized(postal_code)
    region = normalized(region.strip().upper().removeprefix(f"{country}-"))
    matching = [zone for zone in zones if zone.contains(country, region, postal_code)]
    return min(matching, key=lambda zone: (-zone.priority, zone.code), default=None)


class Band(NamedTuple):
    """A price that holds from `starts_at` (grams, or minor units of the order total) up to the next band's."""

    starts_at: int
    price_minor: int
    includes_tax: bool
    free_over_minor: int | None = None


class LaneRule(NamedTuple):
    """A method into a zone; bands by currency, each tuple sorted by `starts_at`."""

    zone: str
    method: str
    carrier: str
    service: str
    kind: Kind
    max_weight_g: int | None
    is_active: bool
    days_min: int
    days_max: int
    bands: Mapping[str, tuple[Band, ...]]


class Tariff(NamedTuple):
    """Everything that a quote is made from."""

    zones: tuple[ZoneRule, ...]
    lanes: tuple[LaneRule, ...]


class Price(NamedTuple):
    """What a lane costs, in minor units."""

    amount: int
    includes_tax: bool


def price_of(lane: LaneRule, *, weight_g: int, subtotal_minor: int, currency: str) -> Price | None:
    """What the lane costs; None if it takes no such weight, or has no price in the currency."""
    if lane.max_weight_g is not None and weight_g > lane.max_weight_g:
        return None
    measure = {"flat": 0, "weight": weight_g, "subtotal": subtotal_minor}[lane.kind]
    band = next((band for band in reversed(lane.bands.get(currency, ())) if band.starts_at <= measure), None)
    if band is None:
        return None
    is_free = band.free_over_minor is not None and subtotal_minor >= band.free_over_minor
    return Price(0 if is_free else band.price_minor, band.includes_tax)


def lanes_to(tariff: Tariff, *, country: str, region: str, postal_code: str) -> tuple[LaneRule, ...]:
    """Every lane into the zone of a destination, also those that are withdrawn from sale."""
    zone = zone_of(tariff.zones, country=country, region=region, postal_code=postal_code)
    return tuple(lane for lane in tariff.lanes if zone and lane.zone == zone.code)


def after_working_days(start: date, days: int) -> date:
    """The day that is `days` days after `start`, Saturdays and Sundays not counted."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < SATURDAY
    return day
