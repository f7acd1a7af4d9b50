"""What delivery costs."""

from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from modules.shipping import tariff
from modules.shipping.defaults import ensure_tariff
from modules.shipping.interface import Destination, Shipping, ShippingOption
from modules.shipping.models import Method, Rate, Zone
from modules.shipping.tests.dock import Dock
from storefront import clock
from storefront.interface import connect
from storefront.money import Money

GERMANY = Destination(country="DE", postal_code="10623")


def quote(
    to: Destination = GERMANY, *, weight_g: int = 840, subtotal: Money | None = None
) -> tuple[ShippingOption, ...]:
    return connect(Shipping).quote(destination=to, weight_g=weight_g, subtotal=subtotal or Money(2_500, "EUR"))


class TestAFreshShop:
    @pytest.mark.usefixtures("world")
    @pytest.mark.parametrize("currency", ["EUR", "USD", "JPY"])
    @pytest.mark.parametrize(
        ("country", "zone"), [("DE", "germany"), ("FR", "eu"), ("US", "world"), ("JP", "world"), ("BR", "world")]
    )
    def test_delivers_everywhere_cheapest_first(self, country: str, zone: str, currency: str) -> None:
        options = quote(Destination(country=country), subtotal=Money(1_000, currency))

        expected = Rate.objects.filter(lane__zone__code=zone, currency=currency, starts_at=0).order_by("price_minor")
        assert [option.id for option in options] == ["standard", "express"]
        assert [option.price.amount for option in options] == [rate.price_minor for rate in expected]
        assert {option.price_includes_tax for option in options} == {currency != "USD"}

    @pytest.mark.usefixtures("world")
    def test_sends_the_canary_islands_as_the_rest_of_the_world(self) -> None:
        madrid = Destination(country="ES", postal_code="28001")
        canaries = Destination(country="ES", postal_code="35001")

        assert quote(madrid)[0].price == Money(990, "EUR")
        assert quote(canaries)[0].price == Money(1_690, "EUR")

    @pytest.mark.usefixtures("world")
    def test_gets_its_tariff_once_and_keeps_what_an_operator_changed(self) -> None:
        from django.apps import apps

        Rate.objects.filter(lane__zone__code="germany").update(price_minor=1)
        before = Rate.objects.count()

        ensure_tariff(apps)

        assert Rate.objects.count() == before
        assert set(Rate.objects.filter(lane__zone__code="germany").values_list("price_minor", flat=True)) == {1}


class TestQuote:
    @pytest.mark.usefixtures("world")
    def test_follows_weight_and_is_free_over_a_limit(self) -> None:
        assert quote(weight_g=5_001)[0].price == Money(790, "EUR")
        assert quote(subtotal=Money(7_500, "EUR"))[0].price == Money(0, "EUR")
        assert quote(subtotal=Money(7_500, "EUR"))[1].price == Money(1_290, "EUR")

    @pytest.mark.usefixtures("world")
    def test_holds_for_a_quarter_of_an_hour_and_estimates_delivery(self) -> None:
        option = quote()[0]

        first, last = option.estimated_delivery
        assert timedelta(minutes=14) < option.expires_at - clock.now() <= timedelta(minutes=15)
        assert clock.now().date() < first <= last

    @pytest.mark.usefixtures("world")
    def test_is_empty_where_nobody_delivers_and_in_a_currency_without_rates(self) -> None:
        Zone.objects.create(code="nowhere", name="Nowhere", priority=99, countries="AQ")

        assert quote(Destination(country="AQ")) == ()
        assert quote(subtotal=Money(1_000, "GBP")) == ()

    @pytest.mark.usefixtures("world")
    def test_reads_the_tariff_in_two_statements_then_none(self) -> None:
        with CaptureQueriesContext(connections["shipping"]) as first:
            quote()
        with CaptureQueriesContext(connections["shipping"]) as second:
            quote()

        assert len(first) == 2
        assert len(second) == 0

    @pytest.mark.usefixtures("world")
    def test_sees_a_changed_tariff_once_the_kept_one_is_old(self, monkeypatch: pytest.MonkeyPatch) -> None:
        quote()
        Rate.objects.filter(lane__zone__code="germany").update(price_minor=1)
        kept = quote()[0].price

        monkeypatch.setattr("modules.shipping.tariff.time.monotonic", lambda: float("1e12"))

        assert kept == Money(490, "EUR")
        assert quote()[0].price == Money(1, "EUR")

    def test_withdraws_a_method_from_sale_but_honours_what_was_sold(self, dock: Dock) -> None:
        Method.objects.filter(code="express").update(is_active=False)
        tariff.forget()

        assert [option.id for option in quote()] == ["standard"]
        assert dock.arrange(method="express").service == "Express"
