"""Authorize, capture, void and refund, in every order."""

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F

from modules.payments.audit import audit
from modules.payments.events import PaymentAuthorized, PaymentCaptured, PaymentRefunded, PaymentVoided
from modules.payments.interface import OverLimit, UnknownProvider, WrongState
from modules.payments.interface import PaymentVoided as IsVoided
from modules.payments.models import LedgerEntry, Payment
from modules.payments.sandbox import bank
from modules.payments.sandbox.models import BankPayment
from modules.payments.tests.till import Till
from modules.payments.tests.troubled import Bank, lost
from storefront.ids import new_id
from storefront.interface import MalformedCall, NotFound, OutcomeUnknown, Unavailable
from storefront.money import Money


class TestAuthorize:
    def test_refuses_a_provider_that_nobody_registered(self, till: Till) -> None:
        with pytest.raises(UnknownProvider, match="goldsmith"):
            till.payments.authorize(
                key=till.world.key(), payment_id="pay_1", order_id="ord_1", amount=Money(1, "EUR"),
                provider="goldsmith", token="tok_visa",
            )

    @pytest.mark.parametrize("amount", [0, -1])
    def test_takes_positive_amounts_only(self, till: Till, amount: int) -> None:
        with pytest.raises(MalformedCall, match="positive"):
            till.authorize(euro_cents=amount)

    def test_twice_with_different_keys_is_one_authorization(self, till: Till) -> None:
        view = till.authorize()

        again = till.authorize(payment_id=view.id)

        assert again == view
        assert BankPayment.objects.count() == 1
        assert len(till.world.published(PaymentAuthorized)) == 1

    def test_joins_the_order_that_is_placed_with_it(self, till: Till) -> None:
        view = till.authorize()

        till.payments.authorize(
            key=till.world.key(), payment_id=view.id, order_id="ord_SECOND", provider="sandbox",
            amount=Money(1250, "EUR"), token="tok_visa",
        )
        till.capture(view.id, 1250)

        assert till.world.published(PaymentCaptured)[0].order_id == "ord_SECOND"
        assert [found.id for found in till.payments.payments_of(order_id="ord_SECOND")] == [view.id]

    def test_several_payments_of_one_order_stand_side_by_side(self, till: Till) -> None:
        ids = [new_id("pay"), new_id("pay")]
        for payment_id in ids:
            till.payments.authorize(
                key=till.world.key(), payment_id=payment_id, order_id="ord_RED-MUG", provider="sandbox",
                amount=Money(500, "EUR"), token="tok_visa",
            )

        assert [view.id for view in till.payments.payments_of(order_id="ord_RED-MUG")] == ids


class TestCapture:
    def test_takes_parts_up_to_what_was_set_aside(self, till: Till) -> None:
        payment_id = till.authorize(euro_cents=1000).id

        till.capture(payment_id, 400)
        view = till.capture(payment_id, 600)

        assert (view.status, view.captured.amount) == ("captured", 1000)
        totals = [event.captured_total.amount for event in till.world.published(PaymentCaptured)]
        assert totals == [400, 1000]
        assert till.at_the_bank(payment_id).captured == 1000

    @pytest.mark.parametrize("amount", [601, 0, -5])
    def test_refuses_what_is_not_left_and_changes_nothing(self, till: Till, amount: int) -> None:
        payment_id = till.authorize(euro_cents=1000).id
        till.capture(payment_id, 400)

        with pytest.raises(OverLimit) as refusal:
            till.capture(payment_id, amount)

        assert refusal.value.left == 600
        assert till.seen(payment_id).captured.amount == 400
        assert till.at_the_bank(payment_id).captured == 400

    def test_with_the_same_key_takes_once(self, till: Till) -> None:
        payment_id, key = till.authorize(euro_cents=1000).id, till.world.key()

        for _ in range(2):
            till.capture(payment_id, 400, key=key)

        assert till.at_the_bank(payment_id).captured == 400

    def test_refuses_an_unknown_payment(self, till: Till) -> None:
        with pytest.raises(NotFound):
            till.capture("pay_OF_NOBODY", 100)

    def test_refuses_another_currency(self, till: Till) -> None:
        payment_id = till.authorize().id

        with pytest.raises(WrongState, match="EUR"):
            till.payments.capture(key=till.world.key(), payment_id=payment_id, amount=Money(100, "JPY"))

    def test_refuses_a_voided_payment(self, till: Till) -> None:
        payment_id = till.authorize().id
        till.void(payment_id)

        with pytest.raises(WrongState, match="voided"):
            till.capture(payment_id, 1250)


class TestVoid:
    def test_gives_back_what_was_set_aside(self, till: Till) -> None:
        payment_id = till.authorize().id

        till.void(payment_id)
        till.void(payment_id)

        assert (till.seen(payment_id).status, till.seen(payment_id).authorized.amount) == ("voided", 0)
        assert till.at_the_bank(payment_id).voided == 1250
        assert len(till.world.published(PaymentVoided)) == 1

    def test_before_the_authorization_refuses_it(self, till: Till) -> None:
        payment_id = new_id("pay")
        till.void(payment_id)

        with pytest.raises(IsVoided):
            till.authorize(payment_id=payment_id)

        assert not BankPayment.objects.exists()
        assert till.payments.books(after="", limit=10) == ()
        with pytest.raises(NotFound):
            till.seen(payment_id)

    def test_leaves_what_was_captured(self, till: Till) -> None:
        payment_id = till.authorize(euro_cents=1000).id
        till.capture(payment_id, 300)

        till.void(payment_id)

        view = till.seen(payment_id)
        assert (view.status, view.authorized.amount, view.captured.amount) == ("captured", 300, 300)
        assert till.at_the_bank(payment_id).voided == 700

    def test_of_the_rest_happens_once_and_nothing_is_captured_after_it(self, till: Till) -> None:
        payment_id = till.authorize(euro_cents=1000).id
        till.capture(payment_id, 300)

        for _ in range(3):
            till.void(payment_id)
        with pytest.raises(OverLimit):
            till.capture(payment_id, 1)

        assert till.kinds(payment_id)[-2:] == ["cancel_request", "cancel_success"]
        till.refund(payment_id, 300)
        bank = till.at_the_bank(payment_id)
        assert (bank.captured, bank.voided, bank.refunded) == (300, 700, 300)
        till.later(minutes=15)
        assert list(audit()) == []

    def test_of_the_rest_waits_for_a_capture_that_is_under_way(self, till: Till, bank: Bank) -> None:
        payment_id = till.authorize(euro_cents=1000).id
        till.capture(payment_id, 300)
        bank.answers("capture", lost)
        with pytest.raises(OutcomeUnknown):
            till.capture(payment_id, 300)
        bank.answers("capture")

        with pytest.raises(Unavailable):
            till.void(payment_id)
        till.later(minutes=2)
        till.void(payment_id)

        found = till.at_the_bank(payment_id)
        assert (found.captured, found.voided) == (600, 400)

    def test_of_the_rest_that_was_lost_is_done_by_the_sweep(self, till: Till, bank: Bank) -> None:
        payment_id = till.authorize(euro_cents=1000).id
        till.capture(payment_id, 300)
        bank.answers("void", lost)
        with pytest.raises(OutcomeUnknown):
            till.void(payment_id)
        bank.answers("void")
        assert till.seen(payment_id).authorized.amount == 1000

        till.later(minutes=2)

        view, found = till.seen(payment_id), till.at_the_bank(payment_id)
        assert (view.authorized.amount, view.captured.amount, found.voided) == (300, 300, 700)
        till.later(minutes=15)
        assert list(audit()) == []

    def test_is_refused_once_all_is_captured(self, till: Till) -> None:
        payment_id = till.paid().id

        with pytest.raises(WrongState, match="captured"):
            till.void(payment_id)

    def test_of_a_declined_payment_has_nothing_to_do(self, till: Till) -> None:
        payment_id = new_id("pay")
        with pytest.raises(Exception, match="declined"):
            till.authorize("tok_declined", payment_id=payment_id)

        till.void(payment_id)

        assert till.seen(payment_id).status == "failed"


class TestRefund:
    def test_gives_back_parts_up_to_what_was_captured(self, till: Till) -> None:
        payment_id = till.paid(euro_cents=1000).id

        till.refund(payment_id, 300)
        refund = till.refund(payment_id, 700)

        assert refund.status == "success"
        assert till.seen(payment_id).refunded.amount == 1000
        assert [event.refunded_total.amount for event in till.world.published(PaymentRefunded)] == [300, 1000]

    def test_names_nobody_in_the_ledger(self, till: Till) -> None:
        payment_id = till.paid(euro_cents=1000).id

        till.refund(payment_id, 300, reason="ada@example.org broke it")

        reasons = LedgerEntry.objects.filter(payment_id=payment_id).values_list("reason", flat=True)
        assert [reason for reason in reasons if reason] == ["(personal) broke it"]

    def test_refuses_more_than_is_left(self, till: Till) -> None:
        payment_id = till.paid(euro_cents=1000).id
        till.refund(payment_id, 300)

        with pytest.raises(OverLimit) as refusal:
            till.refund(payment_id, 701)

        assert refusal.value.left == 700
        assert till.at_the_bank(payment_id).refunded == 300

    def test_with_the_same_id_gives_back_once(self, till: Till) -> None:
        payment_id = till.paid(euro_cents=1000).id

        for _ in range(2):
            till.refund(payment_id, 300, refund_id="rfd_1")

        assert till.at_the_bank(payment_id).refunded == 300

    def test_with_the_same_id_and_another_amount_is_refused(self, till: Till) -> None:
        payment_id = till.paid(euro_cents=1000).id
        till.refund(payment_id, 300, refund_id="rfd_1")

        with pytest.raises(WrongState, match="300"):
            till.refund(payment_id, 301, refund_id="rfd_1")

    def test_refuses_what_was_never_captured(self, till: Till) -> None:
        payment_id = till.authorize().id

        with pytest.raises(WrongState, match="authorized"):
            till.refund(payment_id, 1)


class TestLedger:
    def test_is_refused_a_change_by_the_database(self, till: Till) -> None:
        till.authorize()

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using="payments"):
            LedgerEntry.objects.update(amount=1)

    def test_adds_up(self, till: Till) -> None:
        till.refund(till.paid(euro_cents=1000).id, 300)
        till.void(till.authorize().id)
        till.left_unknown()
        till.paid("tok_chargeback")

        till.later(minutes=15)

        assert list(audit()) == []


class TestBank:
    def test_answers_a_repeated_key_as_it_did_at_first(self, till: Till) -> None:
        view = till.authorize()
        key = f"authorize:{view.id}"

        again = bank.authorize(key=key, amount=Money(9999, "EUR"), token="tok_declined", return_path="")

        assert (again.status, again.amount) == ("approved", Money(1250, "EUR"))
        assert BankPayment.objects.count() == 1

    def test_counts_a_repeated_capture_once(self, till: Till) -> None:
        reference = till.at_the_bank(till.authorize().id).id

        answers = [bank.move("capture", key="once", reference=reference, amount=Money(400, "EUR")) for _ in range(2)]

        assert [answer.status for answer in answers] == ["approved", "approved"]
        assert BankPayment.objects.get().captured == 400

    def test_takes_no_more_than_it_set_aside(self, till: Till) -> None:
        reference = till.at_the_bank(till.authorize().id).id

        answer = bank.move("capture", key="greedy", reference=reference, amount=Money(1251, "EUR"))

        assert (answer.status, answer.reason) == ("declined", "not_possible")

    def test_shows_in_the_audit_what_we_do_not_know(self, till: Till) -> None:
        bank.authorize(key="authorize:pay_LOST", amount=Money(5, "EUR"), token="tok_visa", return_path="")

        till.world.clock.advance(minutes=11)

        assert "authorize:pay_LOST" in next(audit())


class TestAudit:
    @pytest.mark.parametrize("column", ["authorized", "captured", "refunded", "canceled"])
    def test_sees_a_projection_that_its_ledger_does_not_prove(self, till: Till, column: str) -> None:
        view = till.paid()
        till.refund(view.id, 50)
        Payment.objects.filter(id=view.id).update(**{"amount": 9999, "authorized": 1260, column: F(column) + 1})

        assert any(column in defect for defect in audit())
