"""A bank and a carrier that answer nonsense: nothing is paid or booked by it, nothing breaks, and somebody is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from modules.payments import webhooks
from modules.payments.events import PaymentAuthorized, PaymentCaptured, PaymentDisputed
from modules.payments.interface import PaymentDeclined, Payments, PaymentView, WrongState
from modules.payments.models import Payment, WebhookReceipt
from modules.payments.providers.checked import fault_of
from modules.payments.providers.protocol import Outcome
from modules.payments.sandbox.models import BankPayment
from modules.payments.sandbox.provider import Sandbox
from modules.shipping.carriers.protocol import Parcel
from modules.shipping.carriers.sandbox import SandboxCarrier
from modules.shipping.interface import PostalAddress, ShippedItem, Shipping
from modules.shipping.models import Shipment
from storefront.interface import OutcomeUnknown, connect
from storefront.money import Money
from storefront.testing.world import World
from tests.webhooks.senders import Bank, delivers_express, in_rotation, letter

pytestmark = [pytest.mark.proves("S14"), pytest.mark.withstands("payments", "provider", "lying")]

TOTAL = Money(1_250, "EUR")
HTML = "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"


class Trap:
    """The till of a shop whose bank lies about one kind of request."""

    def __init__(self, world: World, patch: pytest.MonkeyPatch) -> None:
        self.world, self._patch, self.payments = world, patch, connect(Payments)

    def lie(self, request: str, answer: Any) -> None:
        """From now on the bank does as it is asked, and answers this."""
        honest = getattr(Sandbox, request)

        def asked(bank: Sandbox, **facts: Any) -> Any:
            honest(bank, **facts)
            if isinstance(answer, Exception):
                raise answer
            return answer

        self._patch.setattr(Sandbox, request, asked)

    def authorize(self, payment_id: str) -> PaymentView:
        return self.payments.authorize(
            key=self.world.key(), payment_id=payment_id, order_id=f"ord_{payment_id}", provider="sandbox",
            amount=TOTAL, token="tok_visa",
        )

    def capture(self, payment_id: str) -> PaymentView:
        return self.payments.capture(key=self.world.key(), payment_id=payment_id, amount=TOTAL)


@pytest.fixture
def trap(world: World, settings: Any) -> Iterator[Trap]:
    with pytest.MonkeyPatch.context() as patch, in_rotation(settings, patch):
        yield Trap(world, patch)


def alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelname == "ERROR"]


WRONG_AMOUNTS = (Money(1, "EUR"), Money(1_249, "EUR"), Money(125_000, "EUR"), Money(1_250, "USD"), Money(1_250, "JPY"))


class TestAWrongAmountOrCurrency:
    @pytest.mark.parametrize("wrong", WRONG_AMOUNTS, ids=str)
    def test_of_an_authorization_is_not_taken_for_the_money(
        self, trap: Trap, wrong: Money, caplog: pytest.LogCaptureFixture
    ) -> None:
        trap.lie("authorize", Outcome(status="approved", amount=wrong, reference="bnk_lie"))

        with pytest.raises(PaymentDeclined):
            trap.authorize("pay_1")

        payment = Payment.objects.get()
        assert (payment.status, payment.authorized) == ("failed", 0)
        assert str(wrong) in payment.alarm
        assert alarms(caplog) == ["A payment needs a look."]
        assert not trap.world.published(PaymentAuthorized)

    @pytest.mark.parametrize("wrong", WRONG_AMOUNTS, ids=str)
    def test_of_a_capture_makes_nothing_paid(
        self, trap: Trap, wrong: Money, caplog: pytest.LogCaptureFixture
    ) -> None:
        trap.authorize("pay_1")
        trap.lie("capture", Outcome(status="approved", amount=wrong, reference=BankPayment.objects.get().id))

        with pytest.raises(WrongState):
            trap.capture("pay_1")

        assert (Payment.objects.get().captured, Payment.objects.get().status) == (0, "authorized")
        assert str(wrong) in Payment.objects.get().alarm
        assert alarms(caplog) == ["A payment needs a look."]
        assert not trap.world.published(PaymentCaptured)

    @pytest.mark.parametrize("wrong", [Money(1_251, "EUR"), Money(0, "EUR"), Money(1_250, "USD")], ids=str)
    def test_of_a_dispute_is_not_entered(
        self, trap: Trap, wrong: Money, caplog: pytest.LogCaptureFixture
    ) -> None:
        trap.authorize("pay_1")
        trap.capture("pay_1")
        told = letter("payment.disputed", reference=BankPayment.objects.get().id, amount=wrong)

        assert Bank(trap.world).deliver(told) == 200
        trap.world.settle()

        payment = Payment.objects.get()
        assert (payment.charged_back, payment.status) == (0, "captured")
        assert "Disputed" in payment.alarm
        assert alarms(caplog) == ["A payment needs a look."]
        assert not trap.world.published(PaymentDisputed)


NONSENSE = {
    "html": HTML, "nothing": None, "a number": 7, "a dictionary": {"status": "approved"},
    "a huge reference": Outcome(status="approved", amount=TOTAL, reference="x" * 1_000_000),
    "a reference of two lines": Outcome(status="approved", amount=TOTAL, reference="bnk\r\nX-Paid: yes"),
    "less than nothing": Outcome(status="approved", amount=Money(-1_250, "EUR"), reference="bnk_lie"),
    "more than all money": Outcome(status="approved", amount=Money(2**70, "EUR"), reference="bnk_lie"),
    "a script": Outcome(status="action_required", amount=TOTAL, action_url="javascript:alert(1)"),
    "a huge address": Outcome(status="action_required", amount=TOTAL, action_url="https://" + "x" * 10_000),
    "a broken answer": ValueError("Expecting value: line 1 column 1 (char 0)"), "a bug": KeyError("status"),
}


class TestNonsense:
    @pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
    def test_counts_as_no_answer_and_the_truth_is_found_later(
        self, trap: Trap, answer: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        trap.lie("authorize", answer)

        with pytest.raises(OutcomeUnknown):
            trap.authorize("pay_1")

        assert (Payment.objects.get().status, Payment.objects.get().authorized) == ("pending", 0)
        assert len(alarms(caplog)) == 1

        trap.world.clock.advance(minutes=2)
        trap.world.settle()
        assert (Payment.objects.get().status, Payment.objects.get().authorized) == ("authorized", TOTAL.amount)

    @pytest.mark.parametrize("answer", [each for each in NONSENSE.values() if each is not None])
    def test_when_asked_what_is_true_leaves_the_webhook_waiting(self, trap: Trap, answer: Any) -> None:
        trap.lie("authorize", OutcomeUnknown("The answer was lost."))
        with pytest.raises(OutcomeUnknown):
            trap.authorize("pay_1")
        trap.lie("find", answer)

        assert Bank(trap.world).deliver(letter("payment.authorized", key="authorize:pay_1")) == 200
        trap.world.settle()

        receipt = WebhookReceipt.objects.get()
        assert webhooks.state_of(receipt) == "waiting"
        assert "OutcomeUnknown" in receipt.result
        assert Payment.objects.get().authorized == 0

    def test_is_told_from_sense(self) -> None:
        sound = Outcome(status="action_required", amount=TOTAL, reference="bnk_1", action_url="https://bank.example/3ds")

        assert fault_of(sound) == ""
        assert all(fault_of(answer) for answer in NONSENSE.values())


class LyingCarrier(SandboxCarrier):
    """Somebody far away who gives parcels these numbers."""

    code, is_remote = "liar", True
    number: Any = ""

    def book(self, parcel: Parcel) -> str:
        honest: str = self.number
        return honest


@pytest.fixture
def liar(world: World) -> Iterator[LyingCarrier]:
    carrier = LyingCarrier()
    with delivers_express(carrier):
        yield carrier


def arrange(world: World, shipment_id: str) -> None:
    connect(Shipping).arrange(
        key=world.key(), shipment_id=shipment_id, order_id=f"ord_{shipment_id}", method="express", weight_g=420,
        items=(ShippedItem(sku="RED-MUG", title="Red mug", quantity=1),),
        address=PostalAddress(name="Ada", line1="Ring 1", city="Berlin", postal_code="10178", country="DE"),
    )


@pytest.mark.withstands("shipping", "carrier", "lying")
class TestALyingCarrier:
    @pytest.mark.parametrize("number", [HTML, "", None, 7, "x" * 51, "SBX1\r\n", "../../etc", "x" * 1_000_000])
    def test_books_nothing(
        self, world: World, liar: LyingCarrier, number: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        liar.number = number

        with pytest.raises(OutcomeUnknown):
            arrange(world, "shp_1")

        assert (Shipment.objects.get().status, Shipment.objects.get().tracking_number) == ("pending", "")
        assert len(alarms(caplog)) == 1

    def test_who_gives_one_number_to_two_parcels_books_one(
        self, world: World, liar: LyingCarrier, caplog: pytest.LogCaptureFixture
    ) -> None:
        liar.number = "LIE-1"
        arrange(world, "shp_1")

        with pytest.raises(OutcomeUnknown):
            arrange(world, "shp_2")

        assert Shipment.objects.get(id="shp_2").status == "pending"
        assert len(alarms(caplog)) == 1

    def test_who_comes_to_his_senses_is_believed(self, world: World, liar: LyingCarrier) -> None:
        liar.number = HTML
        with pytest.raises(OutcomeUnknown):
            arrange(world, "shp_1")

        liar.number = "HONEST-1"
        arrange(world, "shp_1")

        assert Shipment.objects.get().status == "ready"
