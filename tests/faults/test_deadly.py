"""A step of an order that kills its process (-9) each time: it is not tried for ever, and no money or stock is lost."""

import signal

import msgspec
import pytest

from storefront.sagas.runner import ENDS_ITS_PROCESS, GIVE_UP_AFTER
from storefront.sagas.store import TRUSTED
from tests.faults.books import MUG
from tests.faults.drill import Drill
from tests.faults.journey import Journey, bought
from tests.faults.report import Books, Moment

LEASE_SECONDS = 11
AUTHORIZING = Moment(what="the bank is asked to authorize", when="before")
CAPTURING = Moment(what="the bank is asked to capture", when="before")
UNDONE = Books(
    answer="503 saga.unavailable", payments=("voided",), stock=((1, 0, 0), (6, 0, 0)), cart="open", sagas=("undone",),
)
PARKED = Books(  # the stock's time is over: it is taken again, or somebody is asked, when the saga is resumed
    answer="201", orders=1, announced=1, payments=("captured",), is_charged=True, stock=((1, 0, 0), (6, 0, 0)),
    cart="open", sagas=("parked",),
)
PLACED = Books(
    answer="201", orders=1, announced=1, payments=("captured",), is_charged=True, stock=((1, 0, 0), (6, 2, 0)),
    parcels=1, cart="completed", sagas=("done",),
)


@pytest.fixture
def buying(drilled: Drill) -> Journey:
    """Two mugs, a good card."""
    return Journey(drilled, "buy", checkout=bought(drilled, lines=[(MUG, 2)]))


def deaths(buying: Journey, moment: Moment, *, at_most: int = 20) -> int:
    """The shopper's process is killed at this moment, and each one that takes the order over; how many that were."""
    buying.killed(moment)
    number = 1
    while number < at_most:
        report = buying.drill.run("work", fatal=moment, later=LEASE_SECONDS * number)
        if not report.signal:
            break
        assert report.signal == signal.SIGKILL
        number += 1
    return number


def books_after(buying: Journey, number: int) -> Books:
    """The shopper asks again, in processes that nothing happens to."""
    later = LEASE_SECONDS * (number + 1)
    found = buying.drill.done("restart", checkout=buying.checkout, client_first=False, later=later)
    return msgspec.convert(found, type=Books)


@pytest.mark.proves("R1", "R22", "I8")
class TestAStepThatKillsItsProcess:
    def test_before_the_pivot_is_undone_and_the_shopper_may_try_again(self, buying: Journey) -> None:
        number = deaths(buying, AUTHORIZING)

        assert number == TRUSTED + GIVE_UP_AFTER
        assert books_after(buying, number) == UNDONE

    def test_after_the_pivot_is_parked_and_the_shopper_has_the_order(self, buying: Journey) -> None:
        number = deaths(buying, CAPTURING)

        assert number == TRUSTED + GIVE_UP_AFTER
        books = books_after(buying, number)
        (finding,) = books.findings
        assert msgspec.structs.replace(books, findings=()) == PARKED
        assert finding.endswith(f"is parked: {ENDS_ITS_PROCESS}")


class TestAProcessThatIsKilledTwice:
    @pytest.mark.parametrize("moment", [AUTHORIZING, CAPTURING], ids=str)
    def test_at_the_same_step_costs_no_order(self, buying: Journey, moment: Moment) -> None:
        deaths(buying, moment, at_most=2)

        assert books_after(buying, 2) == PLACED
