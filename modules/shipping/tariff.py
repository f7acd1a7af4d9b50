"""The tariff as rules, kept in this process for a few seconds.

Rates change rarely and a quote holds for 15 minutes anyway: saving in the admin empties this process's copy at once,
other processes follow within `KEPT_SECONDS`.
"""

import time
from typing import Final, NamedTuple

from modules.shipping import models
from modules.shipping.domain import Band, LaneRule, Tariff, ZoneRule, read_countries, read_rules

KEPT_SECONDS: Final = 5.0


class _Kept(NamedTuple):
    tariff: Tariff
    until: float


_kept: _Kept | None = None


def current() -> Tariff:
    """The tariff, at most `KEPT_SECONDS` old; two statements to read it, none while it is kept."""
    global _kept
    kept = _kept
    if kept is None or kept.until <= time.monotonic():
        kept = _kept = _Kept(read(), time.monotonic() + KEPT_SECONDS)
    return kept.tariff


def forget() -> None:
    """Read the tariff again at the next quote."""
    global _kept
    _kept = None


def read() -> Tariff:
    """The tariff as it is stored now."""
    zones = tuple(
        ZoneRule(
            zone.code, zone.priority, read_countries(zone.countries), read_rules(zone.regions),
            read_rules(zone.postal_codes),
        )
        for zone in models.Zone.objects.all()
    )
    lanes: dict[int, LaneRule] = {}
    rates = models.Rate.objects.select_related("lane__zone", "lane__method")
    for rate in rates.order_by("lane", "currency", "starts_at"):
        lane = lanes.setdefault(rate.lane_id, _lane(rate.lane))
        band = Band(rate.starts_at, rate.price_minor, rate.price_includes_tax, rate.free_over_minor)
        bands = {**lane.bands, rate.currency: (*lane.bands.get(rate.currency, ()), band)}
        lanes[rate.lane_id] = lane._replace(bands=bands)
    return Tariff(zones, tuple(lanes.values()))


def _lane(lane: models.Lane) -> LaneRule:
    method = lane.method
    return LaneRule(
        zone=lane.zone.code, method=method.code, carrier=method.carrier, service=method.service, kind=method.kind,  # type: ignore[arg-type]  # held to the choices
        max_weight_g=method.max_weight_g, is_active=method.is_active, days_min=lane.days_min, days_max=lane.days_max,
        bands={},
    )
