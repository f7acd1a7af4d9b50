"""On real threads: whoever comes together, one wins, and money moves once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from modules.payments import reconciliation, webhooks
from modules.payments.audit import audit
from modules.payments.events import PaymentAuthorized, PaymentCaptured, PaymentVoided
from modules.payments.interface import OverLimit, WrongState
from modules.payments.models import Payment
from modules.payments.sandbox import postman
from modules.payments.sandbox.models import BankPayment, BankRequest
from modules.payments.settling import GIVEN_TWICE
from modules.payments.tests.test_disputes import dispute
from modules.payments.tests.till import Till
from storefront import clock
from storefront.interface import OutcomeUnknown, Unavailable


def together(*works: Callable[[], object]) -> list[object]:
    """What each returned or raised, all begun at the same moment."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return work()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def patiently(work: Callable[[], object]) -> object:
    """As a saga would: ask again while the answer is not final."""
    for _ in range(50):
        try:
            return work()
        except (Unavailable, OutcomeUnknown):
            continue
    raise AssertionError("no final answer")


@pytest.mark.proves("R14", "I5")
@pytest.mark.rival("sylius#15172", "pinelab-vendure-plugins#620")
class TestSettling:
    def test_by_webhook_browser_sweep_and_caller_together_happens_once(self, open_till: Till) -> None:
        key = open_till.world.key()
        payment_id = open_till.left_unknown(key=key)
        postman.send_due(to=webhooks.receive, now=clock.now())
        open_till.world.clock.advance(minutes=2)
        now = clock.now()

        results = together(
            lambda: webhooks.handle_due(now=now),
            lambda: reconciliation.settle_return(payment_id),
            lambda: reconciliation.reconcile(now=now),
            lambda: patiently(lambda: open_till.authorize("tok_timeout", payment_id=payment_id, key=key)),
        )

        assert not [result for result in results if isinstance(result, Exception)]
        assert open_till.kinds(payment_id) == ["authorization_request", "authorization_success"]
        assert len(open_till.world.published(PaymentAuthorized)) == 1


@pytest.mark.proves("S6", "I5")
class TestRefunds:
    def test_of_one_id_asked_for_together_give_back_once(self, open_till: Till) -> None:
        payment_id = open_till.paid(euro_cents=1000).id

        together(*[
            lambda: patiently(lambda: open_till.refund(payment_id, 600, refund_id="rfd_1")) for _ in range(4)
        ])

        assert open_till.at_the_bank(payment_id).refunded == 600
        assert open_till.seen(payment_id).refunded.amount == 600

    def test_of_more_than_is_left_are_refused_but_for_one(self, open_till: Till) -> None:
        payment_id = open_till.paid(euro_cents=1000).id

        results = together(*[lambda: patiently(lambda: open_till.refund(payment_id, 600)) for _ in range(4)])

        assert sum(isinstance(result, OverLimit) for result in results) == 3
        assert open_till.at_the_bank(payment_id).refunded == 600


@pytest.mark.proves("S6", "I5")
class TestRefundAgainstDispute:
    def test_gives_back_once_or_alarms(self, open_till: Till) -> None:
        ids = [open_till.paid().id for _ in range(5)]
        for payment_id in ids:
            together(
                lambda paid=payment_id: patiently(lambda: open_till.refund(paid, 1250)),  # type: ignore[misc]
                lambda paid=payment_id: dispute(paid, event_id=f"evt_{paid}"),  # type: ignore[misc]
            )
        open_till.later(minutes=2)

        for payment in Payment.objects.filter(id__in=ids):
            assert (payment.charged_back, payment.refund_pending) == (1250, 0)
            assert payment.refunded == open_till.at_the_bank(payment.id).refunded
            assert (payment.alarm == GIVEN_TWICE) == (payment.refunded > 0)


@pytest.mark.proves("S6", "I5")
class TestCancelAgainstCapture:
    def test_ends_in_one_of_the_two(self, open_till: Till) -> None:
        for _ in range(5):
            payment_id = open_till.authorize().id

            captured, voided = together(
                lambda paid=payment_id: patiently(lambda: open_till.capture(paid, 1250)),  # type: ignore[misc]
                lambda paid=payment_id: patiently(lambda: open_till.void(paid)),  # type: ignore[misc]
            )

            bank = open_till.at_the_bank(payment_id)
            assert isinstance(captured, WrongState) != isinstance(voided, WrongState)
            assert (bank.captured, bank.voided) in {(1250, 0), (0, 1250)}
        assert (
            len(open_till.world.published(PaymentCaptured)) + len(open_till.world.published(PaymentVoided)) == 5
        )


@pytest.mark.proves("S6", "I5")
@pytest.mark.rival("vendure#2620", "medusa#13301")
class TestCaptures:
    def test_of_one_key_asked_for_together_take_once(self, open_till: Till) -> None:
        payment_id, key = open_till.authorize().id, open_till.world.key()

        together(*[lambda: patiently(lambda: open_till.capture(payment_id, 500, key=key)) for _ in range(4)])

        assert open_till.at_the_bank(payment_id).captured == 500
        assert BankRequest.objects.count() == 1


@pytest.mark.proves("S6", "I5")
class TestAuthorizeAgainstVoid:
    def test_leaves_nothing_set_aside(self, open_till: Till) -> None:
        for number in range(5):
            payment_id = f"pay_{number}"
            together(
                lambda paid=payment_id: patiently(lambda: open_till.authorize(payment_id=paid)),  # type: ignore[misc]
                lambda paid=payment_id: patiently(lambda: open_till.void(paid)),  # type: ignore[misc]
            )
        for _ in range(20):
            open_till.later(minutes=2)

        for payment in BankPayment.objects.all():
            assert payment.authorized == payment.voided
        assert list(audit()) == []
