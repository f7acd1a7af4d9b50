"""A process that dies between the halves, or answers that come together, end in exactly one movement of money."""

from collections.abc import Callable
from typing import Any

import pytest

from modules.payments.audit import audit
from modules.payments.events import PaymentAuthorized, PaymentCaptured
from modules.payments.interface import PaymentVoided
from modules.payments.models import Attempt, Payment, WebhookReceipt
from modules.payments.sandbox.models import BankPayment
from modules.payments.sandbox.provider import Sandbox
from modules.payments.tests.till import Till
from storefront.ids import new_id


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


@pytest.fixture
def die_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Die right after the bank has carried out this request, before its answer is settled."""

    def arrange(name: str) -> None:
        real = getattr(Sandbox, name)

        def carry_out_and_die(self: Sandbox, **request: Any) -> None:
            monkeypatch.setattr(Sandbox, name, real)
            real(self, **request)
            raise Killed

        monkeypatch.setattr(Sandbox, name, carry_out_and_die)

    return arrange


class TestAfterTheBankHasSetAside:
    def test_the_same_key_ends_in_one_charge(self, till: Till, die_after: Callable[[str], None]) -> None:
        payment_id, key = new_id("pay"), till.world.key()
        die_after("authorize")
        with pytest.raises(Killed):
            till.authorize(payment_id=payment_id, key=key)

        till.world.clock.advance(seconds=10)  # the dead process's claim of the key runs out
        view = till.authorize(payment_id=payment_id, key=key)

        assert view.status == "authorized"
        assert BankPayment.objects.count() == 1
        assert till.kinds(payment_id) == ["authorization_request", "authorization_success"]

    def test_the_sweep_ends_in_one_charge(self, till: Till, die_after: Callable[[str], None]) -> None:
        payment_id = new_id("pay")
        die_after("authorize")
        with pytest.raises(Killed):
            till.authorize(payment_id=payment_id)

        till.later(minutes=2)
        till.later(minutes=15)

        assert till.seen(payment_id).status == "authorized"
        assert len(till.world.published(PaymentAuthorized)) == 1
        assert list(audit()) == []

    def test_a_void_gives_it_back(self, till: Till, die_after: Callable[[str], None]) -> None:
        payment_id = new_id("pay")
        die_after("authorize")
        with pytest.raises(Killed):
            till.authorize(payment_id=payment_id)

        till.void(payment_id)

        bank = till.at_the_bank(payment_id)
        assert (bank.authorized, bank.voided) == (1250, 1250)
        assert till.seen(payment_id).authorized.amount == 0


class TestBeforeTheBankHeardOfIt:
    def test_a_capture_is_carried_out_by_the_sweep(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        payment_id = till.authorize().id
        with monkeypatch.context() as patch:
            patch.setattr(Sandbox, "capture", _die)
            with pytest.raises(Killed):
                till.capture(payment_id, 1250)

        till.later(minutes=2)

        assert till.seen(payment_id).captured.amount == 1250
        assert till.at_the_bank(payment_id).captured == 1250

    def test_an_authorization_fails_after_twenty_minutes(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        payment_id = new_id("pay")
        with monkeypatch.context() as patch:
            patch.setattr(Sandbox, "authorize", _die)
            with pytest.raises(Killed):
                till.authorize(payment_id=payment_id)

        till.later(minutes=21)

        assert till.seen(payment_id).status == "failed"
        assert not Attempt.objects.filter(due_at__isnull=False).exists()


class TestAfterTheBankHasTaken:
    @pytest.mark.parametrize("name", ["capture", "refund", "void"])
    def test_the_sweep_settles_it_once(self, till: Till, die_after: Callable[[str], None], name: str) -> None:
        payment_id = (till.paid() if name == "refund" else till.authorize()).id
        requests: dict[str, Callable[[], object]] = {
            "capture": lambda: till.capture(payment_id, 1250), "refund": lambda: till.refund(payment_id, 1250),
            "void": lambda: till.void(payment_id),
        }
        die_after(name)
        with pytest.raises(Killed):
            requests[name]()

        till.later(minutes=2)
        till.later(minutes=15)

        bank, view = till.at_the_bank(payment_id), till.seen(payment_id)
        assert (bank.captured, bank.refunded) == (view.captured.amount, view.refunded.amount)
        assert bank.authorized - bank.voided == view.authorized.amount
        assert list(audit()) == []
        assert len(till.world.published(PaymentCaptured)) == (name != "void")


class TestAnAuthorizationThatArrivesAfterTheVoid:
    def test_is_given_back(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        payment_id, real = new_id("pay"), Sandbox.authorize

        def void_first(self: Sandbox, **request: Any) -> Any:
            till.void(payment_id)
            return real(self, **request)

        monkeypatch.setattr(Sandbox, "authorize", void_first)
        with pytest.raises(PaymentVoided):
            till.authorize(payment_id=payment_id)

        till.later(minutes=1)

        bank = till.at_the_bank(payment_id)
        assert (bank.authorized, bank.voided) == (1250, 1250)
        assert till.seen(payment_id).authorized.amount == 0
        assert not till.world.published(PaymentAuthorized)
        till.later(minutes=15)
        assert list(audit()) == []


def _die(_self: Sandbox, **_request: Any) -> None:
    raise Killed


class TestADisputeThatOvertakesTheCapturesAnswer:
    def disputed_early(self, till: Till, die_after: Callable[[str], None]) -> str:
        payment = till.authorize("tok_chargeback")
        die_after("capture")
        with pytest.raises(Killed):
            till.capture(payment.id, 1250)
        till.later(seconds=2)  # the bank's webhook is here before the sweep
        return payment.id

    def test_waits_for_it(self, till: Till, die_after: Callable[[str], None]) -> None:
        payment_id = self.disputed_early(till, die_after)

        assert "DisputedBeforeTaken" in WebhookReceipt.objects.get().result
        assert Payment.objects.get(id=payment_id).alarm == ""

    def test_is_entered_when_the_capture_is_known(self, till: Till, die_after: Callable[[str], None]) -> None:
        payment_id = self.disputed_early(till, die_after)

        till.later(minutes=2)
        till.later(minutes=2)

        assert till.kinds(payment_id)[-2:] == ["charge_success", "chargeback"]
        assert till.seen(payment_id).status == "disputed"
        assert Payment.objects.get(id=payment_id).alarm == ""
        assert list(audit()) == []
