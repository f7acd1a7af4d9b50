"""Every kind of defect that the audit knows is planted, found by its code, and put right or named."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from storefront.audit import findings
from storefront.testing.world import World
from tests.books.plant import Plant
from tests.books.plants import PLANTS
from tests.books.sold import Sold, codes, found, mend

BY_CODE = {plant.code: plant for plant in PLANTS}
ROOT = Path(__file__).resolve().parent.parent.parent
UNPLANTED = {"catalog.unanswered", "checkout.unanswered"}
"""A neighbour that is away is no defect of the books: `TestFinding` has it."""


def _planted() -> list[Any]:
    return [
        pytest.param(plant, id=f"{plant.code}-{number}", marks=pytest.mark.proves(*plant.proves))
        for number, plant in enumerate(PLANTS)
    ]


@pytest.mark.proves("I1", "I3", "I4", "I5", "I6", "I7", "I8", "I9")
class TestCleanBooks:
    def test_have_no_finding(self, sold: Sold) -> None:
        sold.another()

        assert list(findings()) == []

    def test_have_nothing_to_repair(self, sold: Sold) -> None:
        assert mend() == []


class TestEveryDefect:
    @pytest.mark.parametrize("plant", _planted())
    def test_is_found_and_put_right_or_named_and_a_second_repair_does_nothing(self, sold: Sold, plant: Plant) -> None:
        plant.harm(sold)
        assert plant.code in codes()

        told = [account for account in mend() if account.finding.code == plant.code]
        sold.world.settle()
        again = mend()

        if plant.is_derivable:  # perhaps by the repair of what caused it
            assert {account.outcome for account in told} <= {"repaired"}, told
            assert plant.code not in {account.finding.code for account in again}
        else:
            assert {account.outcome for account in told} == {"named"}, told
            assert all(account.said for account in told), "An operator is not told what to do."
        assert [account for account in again if account.outcome == "repaired"] == []

    def test_is_planted_here(self) -> None:
        sources = [*ROOT.glob("modules/*/audit.py"), *ROOT.glob("modules/*/books/*.py")]
        sources.append(ROOT / "storefront" / "audit" / "platform.py")
        known = {
            code for source in sources
            for code in re.findall(r'"((?:delivery|saga|cart|catalog|inventory|payments|shipping|checkout)\.[a-z_]+)"',
                                   source.read_text())
        }

        assert known - set(BY_CODE) - UNPLANTED == set()


class TestCommand:
    def test_tells_a_line_per_finding_with_its_module_and_code(self, sold: Sold) -> None:
        BY_CODE["payments.alarmed"].harm(sold)

        said = _said_in_failure("audit")

        (line,) = said.splitlines()
        assert line.startswith(f"payments: Payment {sold.order.payment_id} is alarmed: FIG [payments.alarmed] ")

    def test_tells_machines_in_json(self, sold: Sold) -> None:
        BY_CODE["catalog.listing_differs"].harm(sold)

        told = [json.loads(line) for line in _said_in_failure("audit", json=True).splitlines()]

        assert {each["code"] for each in told} == {"catalog.listing_differs"}
        assert {each["outcome"] for each in told} == {"derivable"}

    def test_rehearses_a_repair_without_changing_anything(self, sold: Sold) -> None:
        BY_CODE["checkout.order_without_stock"].harm(sold)

        said = _said_in_failure("audit", repair=True, dry_run=True)

        assert "It can be repaired." in said
        assert "checkout.order_without_stock" in codes()

    def test_repairs_says_what_it_did_and_writes_it_into_the_log(self, sold: Sold) -> None:
        BY_CODE["checkout.order_without_stock"].harm(sold)

        said = StringIO()
        call_command("audit", repair=True, stdout=said)

        assert "checkout: repaired: Order" in said.getvalue()
        entry = sold.rows("checkout.AuditEntry").get(action="audit --repair")
        assert (entry.object_id, entry.object_name) == (sold.order_id, "checkout.order_without_stock")
        assert entry.outcome == "done"
        assert codes() == set()

    def test_looks_at_one_module_only(self, sold: Sold) -> None:
        BY_CODE["payments.alarmed"].harm(sold)

        said = StringIO()
        call_command("audit", "catalog", "cart", stdout=said)

        assert said.getvalue() == "The books are in order.\n"

    def test_refuses_a_module_of_another_process(self, world: World) -> None:
        with pytest.raises(CommandError, match="does not run plumbing"):
            call_command("audit", "plumbing")


class TestFinding:
    def test_of_a_charge_that_is_not_even_ten_minutes_old_is_not_made(self, sold: Sold) -> None:
        from modules.payments.sandbox import bank
        from storefront.money import Money

        bank.authorize(key="authorize:pay_YOUNG", amount=Money(5, "EUR"), token="tok_visa", return_path="")

        assert codes() == set()

    def test_says_that_a_neighbour_does_not_answer(self, sold: Sold) -> None:
        from modules.inventory.interface import Inventory
        from storefront.interface import Unavailable

        def away(**_: Any) -> None:
            raise Unavailable("inventory is away")

        sold.world.fake(Inventory, availability=away, holdings=away)

        assert {"catalog.unanswered", "checkout.unanswered"} <= codes()
        assert "inventory is away" in found("checkout.unanswered")


def _said_in_failure(command: str, **options: Any) -> str:
    said = StringIO()
    with pytest.raises(CommandError):
        call_command(command, stdout=said, **options)
    return said.getvalue()
