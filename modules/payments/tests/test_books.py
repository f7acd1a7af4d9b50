"""The ledger against a plain model of money, under any sequence of requests."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.payments.audit import audit
from modules.payments.models import Payment
from modules.payments.tests.till import Till
from storefront.calls import retry
from storefront.interface import OutcomeUnknown, Refusal, Unavailable

HELD = 1000
MOVES = st.one_of(
    st.tuples(st.just("capture"), st.integers(-10, 1100)), st.tuples(st.just("refund"), st.integers(-10, 1100)),
    st.tuples(st.just("void"), st.just(0)), st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("authorize"), st.just(HELD)),
)


class Purse:
    """What should be true: three numbers and two rules."""

    def __init__(self) -> None:
        self.held = self.captured = self.refunded = 0
        self.is_known = self.is_void = False

    def apply(self, move: str, amount: int) -> None:
        match move:
            case "authorize" if not self.is_known:
                self.is_known = True
                self.held = 0 if self.is_void else HELD
            case "capture" if 0 < amount <= self.held:
                self.held, self.captured = self.held - amount, self.captured + amount
            case "refund" if 0 < amount <= self.captured - self.refunded:
                self.refunded += amount
            case "void" if not self.captured or self.held:
                self.held, self.is_void, self.is_known = 0, True, True
            case _:
                pass


class TestAnySequenceOfRequests:
    @pytest.mark.parametrize("token", ["tok_visa", "tok_timeout", "tok_out_of_order"])
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(moves=st.lists(MOVES, max_size=9))
    def test_adds_up_in_both_books(self, till: Till, token: str, moves: list[tuple[str, int]]) -> None:
        retry.forget()  # a bank that never answers is let rest, and would not be asked in the next example
        purse, payment_id = Purse(), f"pay_{Payment.objects.count()}"

        for move, amount in [("wait", 1), *moves]:
            self.carry_out(till, move, amount, token=token, payment_id=payment_id)
            purse.apply(move, amount)
        till.later(minutes=15)

        row = Payment.objects.filter(id=payment_id).first()
        if row is None:
            assert not purse.is_known
        else:
            held = row.authorized - row.canceled - row.captured
            assert (held, row.captured, row.refunded) == (purse.held, purse.captured, purse.refunded)
        assert list(audit()) == []

    def carry_out(self, till: Till, move: str, amount: int, *, token: str, payment_id: str) -> None:
        requests: dict[str, Any] = {
            "capture": lambda: till.capture(payment_id, amount), "refund": lambda: till.refund(payment_id, amount),
            "void": lambda: till.void(payment_id), "wait": lambda: till.later(minutes=amount),
            "authorize": lambda: till.authorize(token, payment_id=payment_id, euro_cents=amount),
        }
        try:
            requests[move]()
        except OutcomeUnknown:
            till.later(minutes=2)
        except (Refusal, Unavailable):
            pass
