"""A bank that is away: what came of nothing is known as that, what is unknown stays unknown until it is settled."""

from collections.abc import Callable
from typing import Any

import pytest

from modules.payments.asking import NOT_DONE, NOT_SENT
from modules.payments.audit import audit
from modules.payments.interface import PaymentDeclined
from modules.payments.models import Attempt, Payment
from modules.payments.sandbox.models import BankPayment
from modules.payments.tests.till import Till
from modules.payments.tests.troubled import Bank, away, lost
from storefront.calls.outsider import Resting
from storefront.interface import OutcomeUnknown, Unavailable

PAID = 1250


class TestAPaymentWhoseBankRests:
    def test_is_certainly_not_made_however_often_it_is_asked_for(self, till: Till, bank: Bank) -> None:
        bank.answers("authorize")
        bank.answers("find")
        bank.rests("authorize")

        for _ in range(3):
            with pytest.raises(Resting):
                till.authorize(payment_id="pay_1")

        assert bank.asked == []
        assert Attempt.objects.get().error == NOT_SENT

    def test_is_made_once_when_the_bank_is_well(self, till: Till, bank: Bank) -> None:
        bank.rests("authorize")
        key = till.world.key()
        with pytest.raises(Resting):
            till.authorize(payment_id="pay_1", key=key)
        bank.answers("find")
        bank.is_well("authorize")

        assert till.authorize(payment_id="pay_1", key=key).status == "authorized"
        assert bank.asked == []  # nothing was sent, so there is nothing to look up
        assert BankPayment.objects.count() == 1
        assert list(audit()) == []

    def test_is_undone_without_it(self, till: Till, bank: Bank) -> None:
        bank.rests("authorize", "void", "look up")
        with pytest.raises(Resting):
            till.authorize(payment_id="pay_1")

        till.void("pay_1")

        assert Payment.objects.get().status == "failed"
        assert not Attempt.objects.filter(due_at__isnull=False).exists()
        bank.is_well("authorize", "void", "look up")
        with pytest.raises(PaymentDeclined):
            till.authorize(payment_id="pay_1")
        assert BankPayment.objects.count() == 0
        assert list(audit()) == []


class TestAPaymentThatTheBankRefusedToLookAt:
    def test_is_asked_for_again_without_being_looked_up(self, till: Till, bank: Bank) -> None:
        bank.answers("authorize", away)
        bank.answers("find")
        with pytest.raises(Unavailable) as refused:
            till.authorize(payment_id="pay_1")
        assert not isinstance(refused.value, Resting)
        assert Attempt.objects.get().error == NOT_DONE
        bank.answers("authorize")

        assert till.authorize(payment_id="pay_1").status == "authorized"
        assert "find" not in bank.asked

    def test_pays_for_being_asked_again_though_the_bank_rested_meanwhile(self, till: Till, bank: Bank) -> None:
        bank.answers("authorize", away)
        with pytest.raises(Unavailable):
            till.authorize(payment_id="pay_1")

        bank.rests("authorize")
        with pytest.raises(Resting):
            till.authorize(payment_id="pay_1")

        assert Attempt.objects.get().error == NOT_DONE

    @pytest.mark.proves("I3", "I5", "R1")
    @pytest.mark.parametrize("is_resting", [False, True])
    def test_but_heard_twice_is_given_back_once_it_is_well(self, till: Till, bank: Bank, is_resting: bool) -> None:
        """Something on the way brought the request twice, and told us of the second time."""

        def twice(really: Callable[[], Any]) -> Any:
            really()
            raise Unavailable("503")

        bank.answers("authorize", twice)
        with pytest.raises(Unavailable):
            till.authorize(payment_id="pay_1")
        if is_resting:
            bank.rests("authorize", "void", "look up")

        till.void("pay_1")  # nobody waits for the bank
        bank.is_well("authorize", "void", "look up")
        till.later(minutes=2)
        till.later(minutes=2)

        assert till.seen("pay_1").status == "voided"
        (held,) = BankPayment.objects.all()
        assert held.voided == held.authorized
        assert list(audit()) == []

    def test_and_then_carried_out_unheard_is_looked_up(self, till: Till, bank: Bank) -> None:
        bank.answers("authorize", away)
        with pytest.raises(Unavailable):
            till.authorize(payment_id="pay_1")
        bank.answers("authorize", lost)
        with pytest.raises(OutcomeUnknown):
            till.authorize(payment_id="pay_1")
        bank.answers("authorize", away)
        bank.answers("find")

        assert till.authorize(payment_id="pay_1").status == "authorized"
        assert bank.asked[-1] == "find"
        assert BankPayment.objects.count() == 1

    def test_is_looked_up_if_another_has_asked_meanwhile(self, till: Till, bank: Bank) -> None:
        """The first to ask is told no; the second, who asked meanwhile, was heard, but not answered."""

        def first(_really: Callable[[], Any]) -> Any:
            bank.answers("authorize", lost)
            with pytest.raises(OutcomeUnknown):
                till.authorize(payment_id="pay_1")
            raise Unavailable("503")

        bank.answers("authorize", first)
        bank.answers("find")

        assert till.authorize(payment_id="pay_1").status == "authorized"  # the platform has tried again
        assert bank.asked == ["authorize", "find", "authorize", "find"]
        assert BankPayment.objects.count() == 1

    @pytest.mark.parametrize("name", ["capture", "refund"])
    def test_moves_once(self, till: Till, bank: Bank, name: str) -> None:
        payment_id = (till.paid() if name == "refund" else till.authorize()).id
        bank.answers(name, away)
        bank.answers("find")
        with pytest.raises(Unavailable):
            self._move(till, name, payment_id)
        bank.answers(name)

        self._move(till, name, payment_id)

        assert "find" not in bank.asked
        found = till.at_the_bank(payment_id)
        assert (found.captured, found.refunded) == (PAID, PAID if name == "refund" else 0)
        assert list(audit()) == []

    def _move(self, till: Till, name: str, payment_id: str) -> None:
        if name == "capture":
            till.capture(payment_id, PAID, key="move")
        else:
            till.refund(payment_id, PAID, refund_id="rfd_1", key="move")


class TestAnUnknownOutcomeWhoseBankRests:
    def test_stays_unknown_and_is_settled_when_it_is_well(self, till: Till, bank: Bank) -> None:
        payment_id = till.left_unknown()
        bank.rests("look up", "authorize")

        with pytest.raises(OutcomeUnknown):
            till.authorize("tok_timeout", payment_id=payment_id)
        till.later(minutes=2)
        assert till.seen(payment_id).status == "pending"

        bank.is_well("look up")
        till.later(minutes=2)
        assert till.seen(payment_id).status == "authorized"
        assert BankPayment.objects.count() == 1
        assert list(audit()) == []

    def test_is_looked_up_while_it_takes_no_money(self, till: Till, bank: Bank) -> None:
        payment_id = till.left_unknown()
        bank.rests("authorize", "capture", "refund", "void")

        till.later(minutes=2)

        assert till.seen(payment_id).status == "authorized"
