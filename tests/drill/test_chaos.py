"""The trial judges rightly: one that is always content proves nothing. It is run whole by `make chaos`."""

from typing import Any

import msgspec
import pytest

from drill.chaos import report
from drill.chaos.history import Verdict, judged
from drill.chaos.ledger import Books, Money, Placed, Rest
from drill.chaos.shoppers import Purchase

ON_HAND = {"RED-MUG": 10}
QUIET = Rest(deliveries=0, sagas=0, webhooks=0, attempts=0, parked=0, dead=0)
PAID = Money(id="pay_1", status="captured", kept=2990, refunded=0, bank_kept=2990, bank_held=0)
ORDER = Placed(
    id="ord_1", cart="crt_1", checkout="chk_1", status="placed", total=2990, units={"RED-MUG": 2}, flags=[], parcels=1,
    payments=[PAID],
)
BOOKS = Books(
    orders=[ORDER], strays=[], unclaimed=[], levels={"RED-MUG": (10, 2, 0)}, refunds={}, under_way=[],
)


def purchase(**change: Any) -> Purchase:
    """What the shopper of that order tells."""
    told = Purchase(
        name="1-0", token="tok_visa", units={"RED-MUG": 2}, cart="crt_1", checkout="chk_1", order="ord_1",
        outcome="placed", told=["ord_1"],
    )
    return msgspec.structs.replace(told, **change)


def order(**change: Any) -> Books:
    """The books, with another order in them."""
    return msgspec.structs.replace(BOOKS, orders=[msgspec.structs.replace(ORDER, **change)])


def paid(**change: Any) -> Books:
    """The books, with another payment of the order in them."""
    return order(payments=[msgspec.structs.replace(PAID, **change)])


def books(**change: Any) -> Books:
    """The books, but for this."""
    return msgspec.structs.replace(BOOKS, **change)


STRAY = Money(id="pay_2", status="captured", kept=0, refunded=0, bank_kept=0, bank_held=0)


class TestVerdict:
    def test_is_good_if_every_order_is_there_once_and_paid_once(self) -> None:
        assert judged([purchase()], BOOKS, QUIET, ON_HAND).is_good

    @pytest.mark.parametrize(
        ("name", "told", "found"),
        [
            ("lost", purchase(), books(orders=[], levels={"RED-MUG": (10, 0, 0)})),
            ("lost", purchase(), paid(kept=0, bank_kept=0)),
            ("lost", purchase(), order(parcels=0)),
            ("lost", purchase(canceled="accepted"), BOOKS),
            ("lost", purchase(refunded="rfd_1"), paid(kept=2740, bank_kept=2740)),
            ("lost", purchase(), books(strays=[msgspec.structs.replace(STRAY, bank_kept=2990)])),
            ("lost", purchase(), books(unclaimed=["bnk_1"])),
            ("doubled", purchase(), paid(kept=5980, bank_kept=5980)),
            ("doubled", purchase(), paid(bank_kept=5980)),
            ("doubled", purchase(), order(parcels=2)),
            ("doubled", purchase(), books(orders=[ORDER, msgspec.structs.replace(ORDER, id="ord_2")])),
            ("doubled", purchase(told=["ord_1", "ord_2"]), BOOKS),
            ("doubled", purchase(canceled="accepted"), order(status="canceled", parcels=0)),
            ("parked", purchase(outcome="unknown", order="", told=[]), BOOKS),
            ("parked", purchase(), paid(bank_held=2990)),
            ("parked", purchase(), books(strays=[msgspec.structs.replace(STRAY, bank_held=2990)])),
            ("parked", purchase(), books(under_way=["PlaceOrder sag_1"])),
            ("wrong", purchase(outcome="payment_declined", order="", told=[]), BOOKS),
            ("wrong", purchase(cart="crt_2"), BOOKS),
            ("wrong", purchase(units={"RED-MUG": 1}), BOOKS),
            ("wrong", purchase(), books(levels={"RED-MUG": (10, 1, 0)})),
            ("wrong", purchase(), books(levels={"RED-MUG": (10, 2, 1)})),
        ],
    )
    def test_finds(self, name: str, told: Purchase, found: Books) -> None:
        assert getattr(judged([told], found, QUIET, ON_HAND), name)

    @pytest.mark.parametrize("name", ["deliveries", "sagas", "webhooks", "attempts", "parked", "dead"])
    def test_finds_what_is_left(self, name: str) -> None:
        rest = msgspec.structs.replace(QUIET, **{name: 1})

        assert judged([purchase()], BOOKS, rest, ON_HAND).parked == [f"1 {name} are left."]

    def test_bears_an_order_that_waits_for_an_operator_with_a_cause(self) -> None:
        waits = order(flags=["payment_review"], parcels=0, payments=[])

        assert judged([purchase()], waits, QUIET, ON_HAND).is_good


class TestReport:
    def reported(self, **change: Any) -> report.Report:
        found = report.Report(
            topology="monolith", database="postgresql", seed="7", checkouts=1, seconds=1.0, settled_s=1.0, orders=1,
            canceled=0, charges=1, refunds=0, outcomes={"placed": 1}, asked_again={}, faults={"kill": 2}, pauses={},
            died_at={"after commit": 3}, died={}, wire={}, audit=[], verdict=Verdict([], [], [], []), slowest_s=0.1,
        )
        return msgspec.structs.replace(found, **change)

    def test_tells_seed_counts_and_faults(self) -> None:
        text = report.text(self.reported())

        assert "seed 7" in text
        assert "0 lost, 0 doubled, 0 parked without cause" in text
        assert "| kill | 2 |" in text
        assert "| after commit | 3 |" in text
        assert text.endswith("\nGood.\n")

    @pytest.mark.parametrize(
        "change", [{"audit": ["a finding"]}, {"verdict": Verdict(["ord_1"], [], [], [])}, {"troubles": ["it fell"]}]
    )
    def test_is_not_good_if_anything_is_wrong(self, change: dict[str, Any]) -> None:
        found = self.reported(**change)

        assert not found.is_good
        assert "NOT GOOD" in report.text(found)
