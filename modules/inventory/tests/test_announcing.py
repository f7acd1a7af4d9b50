"""What others hear of stock."""

from modules.inventory.events import AvailabilityChanged
from modules.inventory.tests.conftest import StockRoom


def told(stock: StockRoom) -> list[tuple[int, str]]:
    """Available and band, event by event, in the order of their sequence."""
    events = sorted(stock.world.published(AvailabilityChanged), key=lambda event: event.sequence)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    return [(event.available, event.band) for event in events]


class TestAvailability:
    def test_is_told_of_each_new_sku(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 500)

        assert told(stock) == [(500, "in_stock")]

    def test_is_told_once_for_all_locations_opened_together(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 0)
        stock.receive("RED-MUG", 0, "hamburg")

        assert told(stock) == [(0, "out_of_stock")]

    def test_is_not_told_while_there_is_plenty(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 500)

        for number in range(5):
            stock.buy(f"ord_{number}", RED_MUG=9)

        assert told(stock) == [(500, "in_stock")]

    def test_is_told_unit_by_unit_near_the_edge(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 22, low=1)

        for number, units in enumerate([1, 1, 19, 1]):
            stock.reserve(f"ord_{number}", RED_MUG=units)

        assert told(stock) == [(22, "in_stock"), (20, "in_stock"), (1, "low_stock"), (0, "out_of_stock")]

    def test_counts_as_near_up_to_twice_the_threshold(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 101, low=50)

        stock.reserve("ord_1", RED_MUG=1)

        assert told(stock) == [(101, "in_stock"), (100, "in_stock")]

    def test_is_told_when_stock_comes_back(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 1)
        stock.reserve("ord_1", RED_MUG=1)

        stock.release("ord_1")

        assert told(stock)[-1] == (1, "in_stock")

    def test_is_not_told_when_a_hold_becomes_an_allocation(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=1)
        before = told(stock)

        stock.consume("ord_1")
        stock.ship("ord_1", RED_MUG=1)

        assert told(stock) == before

    def test_of_the_last_event_is_what_the_query_says(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 4, low=2, limit=3)
        for number in range(6):
            stock.reserve(f"ord_{number}", RED_MUG=1)

        last = max(stock.world.published(AvailabilityChanged), key=lambda event: event.sequence)
        shown = stock.shows("RED-MUG")

        assert (last.available, last.backorderable, last.band) == (shown.available, shown.backorderable, shown.band)
