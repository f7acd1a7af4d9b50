"""What commands cost the database."""

from collections.abc import Callable

from django.db import connections
from django.test.utils import CaptureQueriesContext, override_settings

from modules.inventory.interface import OpeningLevel
from modules.inventory.tests.conftest import StockRoom

Work = Callable[[StockRoom], object]

PLATFORM = 2  # claim of the key, its answer
FRAMES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET CONSTRAINTS", "PRAGMA")


def statements(stock: StockRoom, work: Work) -> int:
    """How many statements the work sends, transaction frames apart; loopback would send each command twice."""
    with override_settings(STOREFRONT_CALLS="local"), CaptureQueriesContext(connections["inventory"]) as sent:
        work(stock)
    texts = [query["sql"].lstrip() for query in sent.captured_queries]
    return len([text for text in texts if not text.startswith(FRAMES)])


def budget(postgresql: int, sqlite: int) -> int:
    """On PostgreSQL several writes are one statement, and facts go with the answer."""
    return postgresql if connections["inventory"].vendor == "postgresql" else sqlite


class TestStatements:
    def test_of_a_reservation(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 500)

        sent = statements(stock, lambda stock: stock.reserve("ord_1", RED_MUG=1))

        assert sent == PLATFORM + budget(2, 5)

    def test_of_a_reservation_that_is_announced(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)

        sent = statements(stock, lambda stock: stock.reserve("ord_1", RED_MUG=1))

        assert sent <= PLATFORM + budget(2, 8)

    def test_of_a_reservation_with_many_lines(self, stock: StockRoom) -> None:
        names = [f"MUG_{number}" for number in range(12)]
        for name in names:
            stock.receive(name.replace("_", "-"), 500)

        sent = statements(stock, lambda stock: stock.reserve("ord_1", **dict.fromkeys(names, 2)))

        assert sent == PLATFORM + budget(2, 5)

    def test_of_consuming(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 500)
        stock.reserve("ord_1", RED_MUG=1)

        sent = statements(stock, lambda stock: stock.consume("ord_1"))

        assert sent == PLATFORM + budget(3, 5)

    def test_of_releasing(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 500)
        stock.reserve("ord_1", RED_MUG=1)

        sent = statements(stock, lambda stock: stock.release("ord_1"))

        assert sent == PLATFORM + budget(3, 6)

    def test_of_shipping(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 500)
        stock.buy("ord_1", RED_MUG=1)

        sent = statements(stock, lambda stock: stock.ship("ord_1", RED_MUG=1))

        assert sent == PLATFORM + budget(3, 5)

    def test_of_asking_what_is_available(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 500)
        stock.receive("RED-MUG", 500, "hamburg")

        assert statements(stock, lambda stock: stock.available("RED-MUG")) == 1

    def test_of_opening_hundreds_of_levels(self, stock: StockRoom) -> None:
        levels = tuple(
            OpeningLevel(sku=f"MUG-{number // 2}", location=("berlin", "hamburg")[number % 2], on_hand=number)
            for number in range(500)
        )

        sent = statements(stock, lambda stock: stock.inventory.open_levels(key=stock.world.key(), levels=levels))

        assert sent <= PLATFORM + budget(3, 8)
