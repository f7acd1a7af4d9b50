"""Refunds and disputes of one payment, in every order: money goes back once, or an operator is told."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from modules.payments.asking import NOT_SENT
from modules.payments.audit import audit
from modules.payments.disputes import DisputeOfNobody, record_dispute
from modules.payments.events import PaymentDisputed, PaymentRefunded
from modules.payments.interface import WrongState
from modules.payments.models import Attempt, LedgerEntry, Payment, WebhookReceipt
from modules.payments.providers.protocol import Notice
from modules.payments.sandbox import bank as books
from modules.payments.sandbox.signature import signed
from modules.payments.settling import GIVEN_TWICE
from modules.payments.tests.test_webhooks import letter, post
from modules.payments.tests.till import Till
from modules.payments.tests.troubled import Bank, away, lost, lost_on_the_way
from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.interface import OutcomeUnknown, Unavailable
from storefront.money import Money

PAID = 1250


def dispute(payment_id: str, euro_cents: int = PAID, *, event_id: str = "evt_1") -> str:
    """The bank's notice of a chargeback is handled."""
    notice = Notice(
        event_id=event_id, type="disputed", name="payment.disputed", amount=Money(euro_cents, "EUR"),
        reference=Payment.objects.get(id=payment_id).reference,
    )
    with unit_of_work("payments") as unit:
        unit.now = clock.now()
        return record_dispute("sandbox", notice, now=unit.now)


def alarm_of(payment_id: str) -> str:
    return Payment.objects.get(id=payment_id).alarm


def moved(payment_id: str) -> tuple[int, int, int]:
    """What was refunded and charged back, and what a refund still waits for."""
    payment = Payment.objects.get(id=payment_id)
    return payment.refunded, payment.charged_back, payment.refund_pending


@pytest.fixture
def refund_not_sent(till: Till, bank: Bank) -> str:
    """A payment with a refund that was certainly not made: the bank rested, and is well again."""
    payment_id = till.paid().id
    bank.rests("refund", "look up")
    with pytest.raises((Unavailable, OutcomeUnknown)):
        till.refund(payment_id, PAID, refund_id="rfd_1", key="refund")
    assert Attempt.objects.get(kind="refund").error == NOT_SENT
    bank.is_well("refund", "look up")
    bank.answers("refund")
    return payment_id


@pytest.fixture
def refund_unknown(till: Till, bank: Bank) -> Callable[[Any], str]:
    """A payment with a refund of which nobody knows what became of it; the bank is well again."""

    def run(answer: Callable[[Callable[[], Any]], Any], euro_cents: int = PAID) -> str:
        payment_id = till.paid().id
        bank.answers("refund", answer)
        with pytest.raises(OutcomeUnknown):
            till.refund(payment_id, euro_cents, refund_id="rfd_1", key="refund")
        bank.answers("refund")
        bank.asked.clear()
        return payment_id

    return run


class TestARefundThatWaitedWhenThePaymentWasDisputed:
    def test_is_not_sent_by_the_sweep(self, till: Till, bank: Bank, refund_not_sent: str) -> None:
        dispute(refund_not_sent)

        till.later(minutes=2)

        assert "refund" not in bank.asked
        assert moved(refund_not_sent) == (0, PAID, 0)
        attempt = Attempt.objects.get(kind="refund")
        assert (attempt.status, attempt.error, attempt.due_at) == ("failure", "disputed", None)
        assert till.kinds(refund_not_sent)[-1] == "refund_failure"
        assert alarm_of(refund_not_sent) == ""
        till.later(minutes=15)
        assert list(audit()) == []

    def test_is_not_sent_by_whoever_asks_again(self, till: Till, bank: Bank, refund_not_sent: str) -> None:
        dispute(refund_not_sent)

        view = till.refund(refund_not_sent, PAID, refund_id="rfd_1", key="refund")

        assert view.status == "failure"
        assert bank.asked == []
        assert till.at_the_bank(refund_not_sent).refunded == 0

    def test_is_declined_while_the_bank_is_still_away(self, till: Till, bank: Bank, refund_not_sent: str) -> None:
        bank.rests("refund", "look up")
        dispute(refund_not_sent)

        till.later(minutes=2)

        assert moved(refund_not_sent) == (0, PAID, 0)

    def test_is_not_sent_for_a_dispute_of_a_part(self, till: Till, bank: Bank, refund_not_sent: str) -> None:
        dispute(refund_not_sent, 400)

        till.later(minutes=2)

        assert "refund" not in bank.asked
        assert moved(refund_not_sent) == (0, 400, 0)

    def test_is_not_sent_if_the_bank_had_refused_to_look_at_it(self, till: Till, bank: Bank) -> None:
        payment_id = till.paid().id
        bank.answers("refund", away)
        with pytest.raises(Unavailable):
            till.refund(payment_id, PAID)
        bank.answers("refund")
        bank.asked.clear()
        dispute(payment_id)

        till.later(minutes=2)

        assert "refund" not in bank.asked
        assert moved(payment_id) == (0, PAID, 0)

    def test_is_not_sent_if_the_notice_comes_while_it_is_looked_up(
        self, till: Till, bank: Bank, refund_unknown: Callable[..., str]
    ) -> None:
        payment_id = refund_unknown(lost_on_the_way)

        def disputed_meanwhile(really: Callable[[], Any]) -> Any:
            found = really()
            dispute(payment_id)
            return found

        bank.answers("find", disputed_meanwhile)
        till.later(minutes=2)
        assert "refund" not in bank.asked
        assert moved(payment_id) == (0, PAID, PAID)  # who asked before the dispute may still be heard

        till.later(minutes=2)
        assert "refund" not in bank.asked
        assert moved(payment_id) == (0, PAID, 0)


class TestARefundOfUnknownOutcomeWhenThePaymentWasDisputed:
    def test_is_declined_if_the_bank_never_heard_of_it(
        self, till: Till, bank: Bank, refund_unknown: Callable[..., str]
    ) -> None:
        payment_id = refund_unknown(lost_on_the_way)
        dispute(payment_id)

        till.later(minutes=2)

        assert "refund" not in bank.asked
        assert moved(payment_id) == (0, PAID, 0)
        assert Attempt.objects.get(kind="refund").error == "disputed"
        till.later(minutes=15)
        assert list(audit()) == []

    def test_is_contested_if_the_bank_has_made_it(
        self, till: Till, bank: Bank, refund_unknown: Callable[..., str], caplog: pytest.LogCaptureFixture
    ) -> None:
        payment_id = refund_unknown(lost)
        dispute(payment_id)
        assert alarm_of(payment_id) == ""

        till.later(minutes=2)

        assert "refund" not in bank.asked
        assert moved(payment_id) == (PAID, PAID, 0)
        assert alarm_of(payment_id) == GIVEN_TWICE
        assert "A payment needs a look." in [entry.message for entry in caplog.records if entry.levelname == "ERROR"]
        assert [finding.code for finding in audit()] == ["payments.alarmed"]

    def test_is_no_matter_if_both_are_less_than_was_taken(
        self, till: Till, refund_unknown: Callable[..., str]
    ) -> None:
        payment_id = refund_unknown(lost, 400)
        dispute(payment_id, PAID - 400)

        till.later(minutes=2)

        assert moved(payment_id) == (400, PAID - 400, 0)
        assert alarm_of(payment_id) == ""

    def test_stays_unknown_while_the_bank_does_not_say(
        self, till: Till, bank: Bank, refund_unknown: Callable[..., str]
    ) -> None:
        payment_id = refund_unknown(lost)
        dispute(payment_id)
        bank.rests("look up")

        till.later(minutes=2)
        assert moved(payment_id) == (0, PAID, PAID)

        bank.is_well("look up")
        till.later(minutes=2)
        assert moved(payment_id) == (PAID, PAID, 0)

    def test_is_named_if_the_bank_makes_it_after_it_was_declined(
        self, till: Till, bank: Bank, refund_unknown: Callable[..., str]
    ) -> None:
        """Whoever asked before the dispute is answered when all have given up waiting for it."""
        payment_id = refund_unknown(lost_on_the_way)
        dispute(payment_id)
        till.later(minutes=2)
        assert moved(payment_id) == (0, PAID, 0)

        key = Attempt.objects.get(kind="refund").key
        reference = Payment.objects.get(id=payment_id).reference
        books.move("refund", key=key, reference=reference, amount=Money(PAID, "EUR"))
        body = letter("payment.refunded", key=key)
        post(till, body, signed("evt_LATE", body))
        till.later(seconds=2)

        assert "rfd_1 of 12.50 EUR counts as declined" in alarm_of(payment_id)


class TestADisputeAfterARefund:
    @pytest.mark.parametrize(("refunded", "disputed"), [(PAID, PAID), (PAID, 1), (400, PAID), (1, PAID)])
    def test_of_more_than_was_kept_is_contested(self, till: Till, refunded: int, disputed: int) -> None:
        payment_id = till.paid().id
        till.refund(payment_id, refunded)

        assert dispute(payment_id, disputed) == "disputed"

        assert moved(payment_id) == (refunded, disputed, 0)
        assert alarm_of(payment_id) == GIVEN_TWICE
        assert [finding.code for finding in audit()] == ["payments.alarmed"]

    @pytest.mark.parametrize(("refunded", "disputed"), [(400, PAID - 400), (400, 1), (PAID - 1, 1)])
    def test_of_what_was_kept_is_none_too_much(self, till: Till, refunded: int, disputed: int) -> None:
        payment_id = till.paid().id
        till.refund(payment_id, refunded)

        dispute(payment_id, disputed)

        assert alarm_of(payment_id) == ""
        assert list(audit()) == []

    def test_in_parts_is_contested_with_the_part_that_is_too_much(self, till: Till) -> None:
        payment_id = till.paid().id
        till.refund(payment_id, 400)

        dispute(payment_id, 850, event_id="evt_1")
        assert alarm_of(payment_id) == ""
        dispute(payment_id, 400, event_id="evt_2")
        assert alarm_of(payment_id) == GIVEN_TWICE

    def test_told_twice_changes_nothing(self, till: Till) -> None:
        payment_id = till.paid().id
        till.refund(payment_id, PAID)
        dispute(payment_id)
        before = till.seen(payment_id)

        assert dispute(payment_id) == "known already"

        assert till.seen(payment_id) == before
        assert len(till.world.published(PaymentDisputed)) == 1

    def test_lets_nothing_more_be_refunded(self, till: Till) -> None:
        payment_id = till.paid().id
        dispute(payment_id, 400)

        with pytest.raises(WrongState):
            till.refund(payment_id, 1)

        assert not till.world.published(PaymentRefunded)


class TestARefundOfAPaymentThatNobodyDisputes:
    def test_is_made_by_the_sweep(self, till: Till, bank: Bank, refund_not_sent: str) -> None:
        till.later(minutes=2)

        assert bank.asked == ["refund"]
        assert moved(refund_not_sent) == (PAID, 0, 0)


LONG = "e" * 300


class TestANoticeWithALongId:
    def hear(self, till: Till, body: bytes) -> WebhookReceipt:
        assert post(till, body, signed(LONG, body)).status_code == 200
        till.later(seconds=2)
        return WebhookReceipt.objects.get(event_id__startswith="sha256:")

    def test_of_a_dispute_is_recorded_once(self, till: Till) -> None:
        payment_id = till.paid().id
        reference = Payment.objects.get(id=payment_id).reference
        body = letter("payment.disputed", reference=reference, amount={"amount": 400, "currency": "EUR"})

        receipt = self.hear(till, body)

        assert receipt.result == "disputed"
        assert dispute(payment_id, 400, event_id=LONG) == "known already"
        assert LedgerEntry.objects.get(kind="chargeback").reference == receipt.event_id
        assert Attempt.objects.get(kind="dispute").key == f"dispute:sandbox:{receipt.event_id}"

    def test_of_a_dispute_stays_apart_from_others_that_begin_alike(self, till: Till) -> None:
        payment_id = till.paid().id

        assert [dispute(payment_id, 400, event_id=f"{LONG}{number}") for number in range(2)] == ["disputed"] * 2

    def test_of_a_settlement_is_handled(self, till: Till) -> None:
        payment_id = till.left_unknown()

        receipt = self.hear(till, letter(key=f"authorize:{payment_id}"))

        assert receipt.result == "settled"

    def test_of_an_unknown_kind_is_left_alone(self, till: Till) -> None:
        assert self.hear(till, letter("payment.sparkled" * 20)).result.startswith("ignored")

    def test_about_a_payment_with_a_long_name_waits(self, till: Till) -> None:
        body = letter("payment.disputed", reference=LONG, amount={"amount": 400, "currency": "EUR"})

        assert DisputeOfNobody.__name__ in self.hear(till, body).result


class TestANoticeThatCannotBeHandled:
    def test_is_an_error_for_an_operator_once_it_is_given_up(
        self, till: Till, caplog: pytest.LogCaptureFixture
    ) -> None:
        body = letter(key="authorize:pay_OF_NOBODY")
        post(till, body, signed("evt_1", body))

        with caplog.at_level(logging.WARNING):
            till.later(hours=1)
            assert not [entry for entry in caplog.records if "given up" in entry.message]
            for _ in range(20):
                till.later(hours=1)

        told = [entry for entry in caplog.records if entry.message == "A payment webhook is given up."]
        assert [(entry.levelname, entry.__dict__["event"]) for entry in told] == [("ERROR", "evt_1")]
