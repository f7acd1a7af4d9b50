"""Numbers that lost orders may have had are given to nobody else, on either database."""

from collections.abc import Callable
from io import StringIO
from itertools import count

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from modules.checkout.interface import Checkout
from modules.checkout.tests.conftest import READY, Surroundings
from storefront.interface import connect
from storefront.testing.world import World

Sell = Callable[[], int]


@pytest.fixture
def sell(world: World, around: Surroundings) -> Sell:
    """Place an order; returns its number."""
    carts, checkouts = count(), connect(Checkout)

    def sell() -> int:
        opened = checkouts.open(key=world.key(), cart_id=f"crt_{next(carts)}", details=READY)
        placed = checkouts.complete(key=world.key(), checkout_id=opened.id, expected_total=opened.totals.total)
        assert placed.order
        return int(placed.order.number)

    return sell


def said(*words: str) -> str:
    out = StringIO()
    call_command("orders", *words, stdout=out)
    return out.getvalue()


class TestSkipNumbers:
    def test_leaves_so_many_out(self, sell: Sell) -> None:
        newest = sell()

        sentence = said("skip-numbers", "1000")

        assert sentence == (
            f"The newest order has the number {newest}; the next one will have {newest + 1001}, and not {newest + 1}.\n"
        )
        assert [sell(), sell()] == [newest + 1001, newest + 1002]

    def test_given_twice_changes_nothing_more(self, sell: Sell) -> None:
        newest = sell()
        said("skip-numbers", "1000")

        sentence = said("skip-numbers", "1000")

        assert sentence.endswith(f"the next one will have {newest + 1001} already, and nothing was changed.\n")
        assert sell() == newest + 1001

    def test_never_lowers_the_next_number(self, sell: Sell) -> None:
        newest = sell()
        said("skip-numbers", "1000")

        said("skip-numbers", "10")

        assert sell() == newest + 1001

    def test_raises_it_where_too_few_were_left_out(self, sell: Sell) -> None:
        newest = sell()
        said("skip-numbers", "10")

        assert f"{newest + 1001}, and not {newest + 11}" in said("skip-numbers", "1000")

    def test_is_good_before_the_first_order(self, sell: Sell) -> None:
        sentence = said("skip-numbers", "1000")

        number = sell()
        assert sentence.startswith(f"There is no order; the next one will have {number}")
        assert number >= 101_001

    def test_is_told_to_the_audit_log_if_it_changed_anything(self, sell: Sell) -> None:
        newest = sell()

        said("skip-numbers", "1000")
        said("skip-numbers", "1000")

        (row,) = apps.get_model("checkout", "AuditEntry").objects.filter(action="skip-numbers")
        assert row.operator.startswith("command line: ")
        assert str(newest + 1001) in row.changes

    @pytest.mark.parametrize("count", ["0", "-1", "1.5", "many", "1000001"])
    def test_of_no_such_count_is_refused(self, sell: Sell, count: str) -> None:
        newest = sell()

        with pytest.raises(CommandError, match="count"):
            said("skip-numbers", count)

        assert sell() == newest + 1
