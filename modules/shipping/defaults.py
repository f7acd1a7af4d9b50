"""The tariff that a fresh shop starts with: Germany, the European Union, the rest of the world."""

from typing import Any, Final, NamedTuple

EU: Final = "AT BE BG CY CZ DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
OUTSIDE_EU_VAT: Final = "!ES:35* !ES:38* !ES:51* !ES:52*"
"""The Canary Islands, Ceuta and Melilla: in Spain, but customs ask; they ship as the rest of the world."""

ZONES: Final = (
    {"code": "germany", "name": "Germany", "priority": 20, "countries": "DE", "postal_codes": ""},
    {"code": "eu", "name": "European Union", "priority": 10, "countries": EU, "postal_codes": OUTSIDE_EU_VAT},
    {"code": "world", "name": "Rest of the world", "priority": 0, "countries": "*", "postal_codes": ""},
)
METHODS: Final = (
    {"code": "standard", "service": "Standard", "carrier": "sandbox", "kind": "weight"},
    {"code": "express", "service": "Express", "carrier": "sandbox", "kind": "flat"},
)


class Fare(NamedTuple):
    """A lane's price in minor units of EUR, USD and JPY; free from these order totals on."""

    method: str
    zone: str
    days: tuple[int, int]
    bands: tuple[tuple[int, tuple[int, int, int]], ...]
    free_over: tuple[int | None, int | None, int | None] = (None, None, None)


CURRENCIES: Final = (("EUR", True), ("USD", False), ("JPY", True))
"""And whether prices include tax there."""

FARES: Final = (
    Fare("standard", "germany", (1, 3), (
        (0, (490, 590, 800)), (5_001, (790, 890, 1_300)), (10_001, (1_690, 1_890, 2_800)),
    ), (7_500, 8_500, 12_000)),
    Fare("standard", "eu", (3, 6), (
        (0, (990, 1_090, 1_600)), (5_001, (1_490, 1_690, 2_400)), (10_001, (2_990, 3_290, 4_800)),
    ), (15_000, 17_000, 24_000)),
    Fare("standard", "world", (7, 14), (
        (0, (1_690, 1_890, 2_700)), (5_001, (3_490, 3_890, 5_600)), (10_001, (6_990, 7_690, 11_000)),
    )),
    Fare("express", "germany", (1, 1), ((0, (1_290, 1_490, 2_100)),)),
    Fare("express", "eu", (1, 3), ((0, (2_490, 2_790, 4_000)),)),
    Fare("express", "world", (2, 5), ((0, (4_990, 5_490, 8_000)),)),
)


def ensure_tariff(apps: Any) -> None:
    """Write what is missing of the tariff above; what an operator has changed stays. apps: the app registry."""
    models = {name: apps.get_model(f"shipping.{name}") for name in ("Zone", "Method", "Lane", "Rate")}
    found = {name: model.objects.using("shipping") for name, model in models.items()}
    zones = {zone["code"]: found["Zone"].get_or_create(code=zone["code"], defaults=zone)[0] for zone in ZONES}
    methods = {each["code"]: found["Method"].get_or_create(code=each["code"], defaults=each)[0] for each in METHODS}
    for fare in FARES:
        days = {"days_min": fare.days[0], "days_max": fare.days[1]}
        lane, is_new = found["Lane"].get_or_create(
            method=methods[fare.method], zone=zones[fare.zone], defaults=days
        )
        if is_new:
            found["Rate"].bulk_create(_rates(models["Rate"], lane, fare))


def _rates(rate: Any, lane: Any, fare: Fare) -> list[Any]:
    return [
        rate(
            lane=lane, currency=currency, starts_at=starts_at, price_minor=prices[place], price_includes_tax=is_gross,
            free_over_minor=fare.free_over[place],
        )
        for starts_at, prices in fare.bands
        for place, (currency, is_gross) in enumerate(CURRENCIES)
    ]
