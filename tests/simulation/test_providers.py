"""Banks that charge and never answer, and banks that fail for ten minutes; on virtual time."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from modules.checkout.interface import Checkout
from modules.checkout.models import Order
from modules.checkout.services import PATIENCE_SECONDS
from modules.payments.interface import Payments
from modules.payments.models import Attempt
from modules.payments.moving import OPEN
from modules.payments.sandbox.models import BankPayment
from modules.payments.sandbox.provider import Sandbox
from storefront import schedule
from storefront.audit import findings
from storefront.calls.breaker import FAILURES, LONGEST_PAUSE_SECONDS
from storefront.calls.deadline import remaining
from storefront.calls.outsider import outsider
from storefront.calls.pipeline import RETRIES
from storefront.events.relay import deliver
from storefront.interface import OutcomeUnknown, Unavailable, connect
from storefront.money import Money
from storefront.sagas import runner, store
from storefront.testing.simulation.stage import Stage
from storefront.testing.statements import counted
from storefront.topology import modules_here
from tests.journeys.shop import Shopper
from tests.simulation.history import day

checkouts, payments = connect(Checkout), connect(Payments)
HANGS_SECONDS = 30
CALLS = 200
SECONDS_BETWEEN = 3
QUICK = (0.2, 1, 3)
SLOW = (1, 8, 8, 20)
"""Half of the answers take 8 s or more: longer than anybody waits."""


@contextmanager
def bank(ask: Callable[..., Any], *names: str) -> Iterator[None]:
    """Let the bank's methods behave as `ask(really, **question)` does."""
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(patch.object(Sandbox, name, _asked(ask, getattr(Sandbox, name))))
        yield


def _asked(ask: Callable[..., Any], really: Callable[..., Any]) -> Callable[..., Any]:
    def asked(sandbox: Sandbox, **question: Any) -> Any:
        return ask(lambda: really(sandbox, **question), **question)

    return asked


def minutes_pass(stage: Stage, minutes: int) -> None:
    """With the shop at work."""
    for _ in range(minutes):
        stage.now += 60
        while runner.run_due("checkout") + sum(deliver(module) + schedule.run_due(module) for module in modules_here()):
            pass


@pytest.mark.proves("R11", "I3", "I5")
@pytest.mark.usefixtures("stage_door")
class TestBankThatChargesAndHangs:
    @pytest.mark.parametrize("times", [1, 4])
    @pytest.mark.parametrize("name", ["authorize", "capture", "refund"])
    def test_has_charged_once_and_all_is_known_ten_minutes_later(self, name: str, times: int) -> None:
        hung = Counter[str]()

        def hang(really: Callable[[], Any], *, key: str, **_: Any) -> Any:
            found = really()
            if hung[key] >= times:
                return found
            hung[key] += 1
            stage.now += HANGS_SECONDS
            raise OutcomeUnknown("The socket was dropped.")

        with day() as stage:
            with bank(hang, name):
                Shopper().buy(("RED-MUG", 1))
                if name == "refund":
                    minutes_pass(stage, 1)
                    checkouts.cancel(key="cancel", order_id=Order.objects.get().id, reason="late", actor="grace")
                minutes_pass(stage, 10)

            (charge,) = BankPayment.objects.all()
            assert not Attempt.objects.filter(status__in=OPEN).exists()
            assert charge.captured in (0, charge.amount)
            assert charge.authorized == charge.captured + charge.voided
            assert charge.refunded == (charge.amount if name == "refund" else 0)
            assert sum(hung.values()) >= 1
            assert list(findings()) == []


@pytest.mark.proves("R12")
@pytest.mark.usefixtures("stage_door")
class TestBankThatIsDown:
    def test_is_let_rest(self) -> None:
        """Ten minutes: asked until the breaker opens, then by probes."""
        asked = 0

        def refuse(_really: Callable[[], Any], **_: Any) -> Any:
            nonlocal asked
            asked += 1
            raise Unavailable("503")

        with day() as stage, bank(refuse, "authorize"):
            for number in range(CALLS):
                stage.now += SECONDS_BETWEEN
                with pytest.raises(Unavailable):
                    payments.authorize(
                        key=f"k{number}", payment_id=f"pay_{number}", order_id=f"ord_{number}",
                        amount=Money(100, "EUR"), provider="sandbox", token="tok_visa",
                    )

        assert FAILURES <= asked <= CALLS * SECONDS_BETWEEN / LONGEST_PAUSE_SECONDS + FAILURES * (1 + RETRIES)

    def test_costs_who_looks_around_nothing(self) -> None:
        with day() as stage:
            shopper = Shopper()
            shopper.get("products")
            with counted() as before:
                shopper.get("products")

            with bank(self._fail_and_hold_up(stage), "authorize", "find"):
                Shopper().buy(("RED-MUG", 1))
                with counted() as meanwhile:
                    assert shopper.get("products").status_code == 200

        assert [sql for _, sql in meanwhile] == [sql for _, sql in before]

    def test_holds_no_buyer_up_while_it_is_let_rest(self) -> None:
        with day() as stage:
            rests = outsider("payments sandbox").breaker_of("authorize")
            for _ in range(FAILURES):
                rests.failed()
            rests._opens_again_at = float("inf")
            began_at = stage.now

            answer = Shopper().buy(("RED-MUG", 1))

            assert (answer.status_code, answer.json()["status"]) == (202, "processing")
            assert stage.now - began_at < PATIENCE_SECONDS / 2
            rests.succeeded()
            minutes_pass(stage, 2)
            assert Order.objects.get().status == "placed"
            assert BankPayment.objects.get().captured > 0
            assert list(findings()) == []

    def test_and_stays_away_undoes_the_order_without_it(self) -> None:
        with day() as stage:
            rests = outsider("payments sandbox").breaker_of("authorize")
            for _ in range(FAILURES):
                rests.failed()
            rests._opens_again_at = float("inf")

            Shopper().buy(("RED-MUG", 1))
            minutes_pass(stage, 3)

            assert not Order.objects.exists()
            assert store.table("checkout").get().status == "undone"
            assert not BankPayment.objects.exists()
            assert list(findings()) == []

    @pytest.mark.parametrize("seconds", [QUICK, SLOW], ids=["quick", "slow"])
    def test_for_ten_minutes_in_bursts_leaves_every_buyer_with_an_answer(self, seconds: tuple[float, ...]) -> None:
        with day() as stage:
            with bank(self._fail_and_hold_up(stage, seconds), "authorize", "capture", "find", "void"):
                answers = []
                for _ in range(8):
                    answers.append(Shopper().buy(("GREEN-MUG", 1)).status_code)
                    minutes_pass(stage, 1)
                minutes_pass(stage, 2)
            minutes_pass(stage, 30)

            assert set(answers) <= {201, 202, 503}
            assert BankPayment.objects.filter(captured__gt=0).count() == self._orders()
            assert not Attempt.objects.filter(status__in=OPEN).exists()
            assert list(findings()) == []

    def _orders(self) -> int:
        return Order.objects.filter(status="placed").count()

    def _fail_and_hold_up(self, stage: Stage, seconds: tuple[float, ...] = QUICK) -> Callable[..., Any]:
        """Three in ten fail, the others take long, and are carried out though nobody waits for the answer."""

        def ask(really: Callable[[], Any], **_: Any) -> Any:
            if stage.random.random() < 0.3:
                raise Unavailable("429")
            taken, left = stage.random.choice(seconds), remaining()
            found = really()
            stage.now += taken if left is None else min(taken, max(0.0, left))
            if left is not None and left < taken:
                raise OutcomeUnknown("No answer in time.")
            return found

        return ask
