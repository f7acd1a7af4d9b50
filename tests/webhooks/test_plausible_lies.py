"""A bank and a carrier whose answers make sense and are not true: not believed, or believed and found by the audit."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from modules.payments.audit import audit as audit_payments
from modules.payments.events import PaymentCaptured
from modules.payments.interface import PaymentDeclined
from modules.payments.models import Payment
from modules.payments.providers.protocol import Outcome
from modules.payments.sandbox.models import BankPayment
from modules.payments.sandbox.provider import Sandbox
from modules.shipping.audit import audit as audit_shipping
from modules.shipping.carriers.protocol import Booking, Parcel, TrackingReport
from modules.shipping.carriers.sandbox import SandboxCarrier
from modules.shipping.events import ShipmentDelivered
from modules.shipping.interface import PostalAddress, ShippedItem, Shipping
from modules.shipping.models import CarrierReport, Shipment
from storefront import clock
from storefront.audit import NotDerivable
from storefront.interface import OutcomeUnknown, connect
from storefront.money import Money
from storefront.testing.world import World
from tests.webhooks.senders import delivers_express, in_rotation
from tests.webhooks.test_unsound_answers import TOTAL, Trap, alarms

pytestmark = pytest.mark.proves("S14")

LESS = Money(TOTAL.amount - 250, TOTAL.currency)
OTHERS_SHARE = Money(4_900, "USD")
PLACE = PostalAddress(name="Ada", line1="Ring 1", city="Berlin", postal_code="10178", country="DE")


@pytest.fixture
def trap(world: World, settings: Any) -> Iterator[Trap]:
    with pytest.MonkeyPatch.context() as patch, in_rotation(settings, patch):
        yield Trap(world, patch)


def believed(trap: Trap, request: str, answer: Outcome) -> None:
    """From now on the bank does nothing when it is asked for this, and says that it did."""
    trap._patch.setattr(Sandbox, request, lambda *_bank, **_facts: answer)


def codes(findings: Any) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.withstands("payments", "provider", "lying")
class TestABankThatMixesPaymentsUp:
    def test_takes_the_amount_of_another_and_nothing_counts_as_paid(self, trap: Trap) -> None:
        trap.authorize("pay_1")
        reference = BankPayment.objects.get().id
        trap.lie("capture", Outcome(status="approved", amount=OTHERS_SHARE, reference=reference))

        with pytest.raises(Exception, match="refused by its provider for capture: amount_mismatch"):
            trap.capture("pay_1")

        assert Payment.objects.get().captured == 0
        assert codes(audit_payments()) == ["payments.alarmed"]
        assert not trap.world.published(PaymentCaptured)

    @pytest.mark.parametrize("request_name", ["capture", "refund", "void"])
    def test_answers_about_another_and_is_asked_what_is_true(
        self, trap: Trap, request_name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        trap.authorize("pay_1")
        if request_name == "refund":
            trap.capture("pay_1")
        ask: dict[str, Callable[[], Any]] = {
            "capture": lambda: trap.capture("pay_1"), "void": lambda: trap.payments.void(key="v", payment_id="pay_1"),
            "refund": lambda: trap.payments.refund(
                key="r", payment_id="pay_1", refund_id="rfd_1", amount=TOTAL, reason="chipped"
            ),
        }
        trap.lie(request_name, Outcome(status="approved", amount=TOTAL, reference="bnk_of_another"))

        with pytest.raises(OutcomeUnknown, match="about bnk_of_another"):
            ask[request_name]()

        held = Payment.objects.get()
        assert (held.captured if request_name == "capture" else held.refunded + held.canceled) == 0
        assert len(alarms(caplog)) == 1
        trap._patch.undo()
        trap.world.clock.advance(minutes=15)
        trap.world.settle()
        theirs, ours = BankPayment.objects.get(), Payment.objects.get()
        assert (ours.captured, ours.refunded, ours.canceled) == (theirs.captured, theirs.refunded, theirs.voided)
        assert list(audit_payments()) == []

    def test_gives_two_payments_one_name_and_is_found(self, trap: Trap) -> None:
        trap.authorize("pay_1")
        believed(trap, "authorize", Outcome(status="approved", amount=TOTAL, reference=BankPayment.objects.get().id))
        trap.authorize("pay_2")

        assert codes(audit_payments()) == ["payments.shared_reference"]
        trap.world.clock.advance(minutes=15)
        assert sorted(codes(audit_payments())) == ["payments.shared_reference", "payments.unknown_to_bank"]


@pytest.mark.withstands("payments", "provider", "lying")
class TestABankThatDoesLessThanItSays:
    def test_sets_less_aside_and_has_to_give_it_back(self, trap: Trap) -> None:
        trap.lie("authorize", Outcome(status="approved", amount=LESS, reference=""))
        with pytest.raises(PaymentDeclined):
            trap.authorize("pay_1")

        trap.payments.void(key="undo", payment_id="pay_1")

        theirs = BankPayment.objects.get()
        assert (theirs.voided, theirs.captured) == (theirs.authorized, 0)
        assert Payment.objects.get().authorized == 0

    def test_confirms_a_capture_that_its_statement_does_not_list(self, trap: Trap) -> None:
        trap.authorize("pay_1")
        believed(trap, "capture", Outcome(status="approved", amount=TOTAL, reference=BankPayment.objects.get().id))
        trap.capture("pay_1")
        assert Payment.objects.get().captured == TOTAL.amount

        trap.world.clock.advance(minutes=15)
        (found,) = audit_payments()

        assert found.code == "payments.differs_from_bank"
        assert found.repair
        with pytest.raises(NotDerivable, match="not ahead of ours, but different"):
            found.repair()
        assert Payment.objects.get().captured == TOTAL.amount  # no money is written off by a program

    def test_says_twice_that_it_gave_back_once(self, trap: Trap) -> None:
        trap.authorize("pay_1")
        trap.capture("pay_1")
        self._refund(trap, "rfd_1", 500)
        believed(
            trap, "refund",
            Outcome(status="approved", amount=Money(500, "EUR"), reference=BankPayment.objects.get().id),
        )
        self._refund(trap, "rfd_1", 500)
        assert Payment.objects.get().refunded == 500  # one refund, said twice, is one

        self._refund(trap, "rfd_2", 500)
        assert (Payment.objects.get().refunded, BankPayment.objects.get().refunded) == (1_000, 500)

        trap.world.clock.advance(minutes=15)
        assert codes(audit_payments()) == ["payments.differs_from_bank"]

    def _refund(self, trap: Trap, refund_id: str, cents: int) -> None:
        trap.payments.refund(
            key=trap.world.key(), payment_id="pay_1", refund_id=refund_id, amount=Money(cents, "EUR"), reason="chipped"
        )


class Elsewhere(SandboxCarrier):
    """Somebody far away who tells what is on the label."""

    code, is_remote = "elsewhere", True
    address: PostalAddress = PLACE

    def book(self, parcel: Parcel) -> str | Booking:  # type: ignore[override]  # the protocol's type, not the sandbox's
        return Booking(tracking_number=str(super().book(parcel)), address=self.address)


@pytest.fixture
def elsewhere(world: World) -> Iterator[Elsewhere]:
    carrier = Elsewhere()
    with delivers_express(carrier):
        yield carrier


def arrange(world: World, shipment_id: str, method: str = "express") -> Shipment:
    connect(Shipping).arrange(
        key=world.key(), shipment_id=shipment_id, order_id=f"ord_{shipment_id}", method=method, weight_g=420,
        items=(ShippedItem(sku="RED-MUG", title="Red mug", quantity=1),), address=PLACE,
    )
    return Shipment.objects.get(id=shipment_id)


def report(world: World, shipment: Shipment, status: Any, *, at: Any) -> None:
    told = TrackingReport(tracking_number=shipment.tracking_number, status=status, occurred_at=at)
    body, headers = SandboxCarrier().signed(told, event_id=f"evt {at}")
    sent = world.client.post(
        "/api/v1/webhooks/carriers/sandbox", data=body, content_type="application/json", headers=headers
    )
    assert sent.status_code == 200
    world.settle()


@pytest.mark.withstands("shipping", "carrier", "lying")
class TestACarrierThatMixesParcelsUp:
    @pytest.mark.parametrize(
        "address",
        [
            PostalAddress(name="Bob", line1="Ring 1", city="Berlin", postal_code="80331", country="DE"),
            PostalAddress(name="Ada", line1="Ring 1", city="Berlin", postal_code="10178", country="US"),
        ],
    )
    def test_and_labels_one_for_another_address_has_booked_nothing(
        self, world: World, elsewhere: Elsewhere, address: PostalAddress, caplog: pytest.LogCaptureFixture
    ) -> None:
        elsewhere.address = address

        with pytest.raises(OutcomeUnknown, match="its label is for another address"):
            arrange(world, "shp_1")

        assert (Shipment.objects.get().status, Shipment.objects.get().tracking_number) == ("pending", "")
        assert len(alarms(caplog)) == 1

    def test_is_believed_when_it_only_spells_the_address_otherwise(self, world: World, elsewhere: Elsewhere) -> None:
        elsewhere.address = PostalAddress(
            name="ADA", line1="RING 1", city="BERLIN", postal_code="10 178", country="de"
        )

        assert arrange(world, "shp_1").status == "ready"

    def test_delivers_what_had_the_number_before_and_moves_nothing(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        shipment = arrange(world, "shp_1", "standard")

        report(world, shipment, "delivered", at=shipment.created_at - timedelta(days=200))

        shipment.refresh_from_db()
        assert (shipment.status, shipment.delivered_at) == ("ready", None)
        assert CarrierReport.objects.get().outcome == "unmatched"
        assert alarms(caplog) == ["A carrier reports on a parcel from before it was ours."]
        assert not world.published(ShipmentDelivered)
        assert list(audit_shipping()) == []

    def test_delivers_what_nobody_handed_over_and_it_is_told(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Reports get lost, so the last one is believed; that none came before it is for somebody to read."""
        shipment = arrange(world, "shp_1", "standard")

        with caplog.at_level(logging.WARNING):
            report(world, shipment, "delivered", at=clock.now())

        shipment.refresh_from_db()
        assert shipment.status == "delivered"
        assert "A carrier delivered what nobody handed over, as far as we heard." in caplog.messages

    def test_delivers_what_was_never_booked_and_nothing_is_found(self, world: World, elsewhere: Elsewhere) -> None:
        elsewhere.address = PostalAddress(name="Bob", line1="R", city="B", postal_code="1", country="US")
        with pytest.raises(OutcomeUnknown):
            arrange(world, "shp_1")
        never_booked = Shipment(tracking_number=SandboxCarrier.book(elsewhere, _parcel("shp_1")))

        report(world, never_booked, "delivered", at=clock.now())

        assert Shipment.objects.get().status == "pending"
        assert CarrierReport.objects.get().outcome == "unmatched"


def _parcel(shipment_id: str) -> Parcel:
    return Parcel(shipment_id=shipment_id, order_id="", service="", address=PLACE, items=(), weight_g=0)
