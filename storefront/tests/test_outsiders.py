"""A bank or carrier in trouble is let rest, asked again a tenth more at most, and asked as before once it is well."""

import heapq
from collections.abc import Callable
from random import Random
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest

from storefront.calls import breaker, deadline, outsider, retry
from storefront.calls.breaker import FAILURES, LONGEST_PAUSE_SECONDS
from storefront.calls.deadline import within
from storefront.calls.outsider import (
    FAIR_SECONDS,
    PATIENT_SECONDS,
    SLOW_SECONDS,
    SPARED_SECONDS,
    WELL_AFTER,
    Outsider,
    Resting,
    repeating,
    rest_of,
)
from storefront.calls.retry import RATIO, RESERVE
from storefront.interface import DeadlineExceeded, NotFound, OutcomeUnknown, Unavailable
from storefront.testing.world import World

MINUTES = 10
A_SECOND = 5
"""Orders."""
PATIENCE_SECONDS = 60
SHARE_OF_ERRORS = 0.3


class Street:
    """Where a bank stands, and what time it is there."""

    def __init__(self, hand: Any) -> None:
        self._hand = hand
        self.bank = Outsider("payments north")
        self.asked = 0
        self.answer: Callable[[], str] = lambda: "approved"

    @property
    def now(self) -> float:
        return float(self._hand.now)

    @now.setter
    def now(self, now: float) -> None:
        self._hand.now = now

    def ask(self, kind: str = "authorize", *, is_again: bool = False) -> str:
        if not is_again:
            return self.bank.ask(kind, self._question)
        with repeating():
            return self.bank.ask(kind, self._question)

    def _question(self) -> str:
        self.asked += 1
        return self.answer()

    def fails(self, error: BaseException, times: int = FAILURES, *, kind: str = "authorize") -> None:
        """The bank fails so often, and is well again."""
        for _ in range(times):
            self.answer = _raising(error)
            with pytest.raises(type(error)):
                self.ask(kind)
        self.answer = lambda: "approved"

    def state(self, kind: str = "authorize") -> str:
        return self.bank.breaker_of(kind).state


def _raising(error: BaseException) -> Callable[[], Any]:
    def fail() -> None:
        raise error

    return fail


@pytest.fixture
def street(monkeypatch: pytest.MonkeyPatch) -> Street:
    hand = SimpleNamespace(now=1_000.0)
    for module in (breaker, deadline, outsider):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: hand.now))
    return Street(hand)


class TestTheBreakerOfAnOutsider:
    @pytest.mark.parametrize("error", [Unavailable("503"), OutcomeUnknown("no answer"), ValueError("<html>")])
    def test_opens_after_failures_in_a_row_of_whatever_kind(self, street: Street, error: Exception) -> None:
        street.fails(error)

        with pytest.raises(Resting, match="north has not answered lately to authorize"):
            street.ask()

        assert (street.state(), street.asked) == ("open", FAILURES)

    def test_lets_one_probe_through_and_closes_when_that_is_answered(self, street: Street) -> None:
        street.fails(Unavailable("503"))
        street.now += LONGEST_PAUSE_SECONDS
        seen: list[str] = []

        def probed() -> str:
            seen.append(street.state())
            with pytest.raises(Resting):
                street.ask()
            return "approved"

        street.answer = probed

        assert (street.ask(), seen, street.state()) == ("approved", ["half-open"], "closed")
        assert street.asked == FAILURES + 1

    def test_of_one_kind_leaves_the_others_closed(self, street: Street) -> None:
        street.fails(Unavailable("503"), kind="refund")

        assert street.ask("look up") == "approved"
        assert (street.state("refund"), street.state("look up")) == ("open", "closed")

    def test_takes_a_refusal_for_an_answer(self, street: Street) -> None:
        street.fails(NotFound(kind="payment", id="pay_1"))

        assert street.state() == "closed"

    @pytest.mark.parametrize(
        ("error", "seconds"),
        [(OutcomeUnknown("no answer"), FAIR_SECONDS / 2), (DeadlineExceeded("no time"), FAIR_SECONDS * 5)],
    )
    def test_learns_nothing_from_who_was_in_a_hurry(self, street: Street, error: Exception, seconds: float) -> None:
        with within(seconds):
            street.fails(error)

        assert street.state() == "closed"

    def test_is_open_to_nobody_for_a_question_that_was_never_sent(self, street: Street) -> None:
        street.fails(Unavailable("503"))

        with pytest.raises(Unavailable) as refused:  # certainly not done: it may be tried again later
            street.ask()

        assert rest_of(refused.value) > 0
        assert rest_of(Unavailable("503")) == 0
        with pytest.raises(OutcomeUnknown) as unknown:
            _look_up_in_vain(street)
        assert rest_of(unknown.value) > 0


def _look_up_in_vain(street: Street) -> None:
    try:
        street.ask()
    except Unavailable as error:
        raise OutcomeUnknown(f"{error}") from error


class TestTheRetryBudgetOfAnOutsider:
    def test_ends_retries_and_lets_first_requests_through(self, street: Street) -> None:
        for _ in range(int(RESERVE)):
            street.ask(is_again=True)
        with pytest.raises(Resting, match="again too often"):
            street.ask(is_again=True)

        assert street.ask() == "approved"

    def test_is_without_measure_once_an_outsider_is_well(self, street: Street) -> None:
        for _ in range(WELL_AFTER):
            street.ask()
        for _ in range(100):
            street.ask(is_again=True)

        street.answer = _raising(Unavailable("503"))
        with pytest.raises(Unavailable):
            street.ask(is_again=True)
        street.answer = lambda: "approved"
        granted = sum(_is_granted(street) for _ in range(100))

        assert granted <= RESERVE + WELL_AFTER * RATIO

    def test_spares_a_retry_for_a_quiet_shop(self, street: Street) -> None:
        while _is_granted(street):
            pass
        street.now += SPARED_SECONDS

        assert [_is_granted(street) for _ in range(2)] == [True, False]

    def test_is_paid_once_for_looking_up_and_asking(self, street: Street) -> None:
        while _is_granted(street):
            pass
        street.now += SPARED_SECONDS

        with repeating():
            assert street.ask("find") == "approved"
            assert street.ask("refund") == "approved"

        assert not _is_granted(street)

    def test_that_is_empty_takes_no_probe_away(self, street: Street) -> None:
        while _is_granted(street):
            pass
        street.fails(Unavailable("503"))
        street.now += SPARED_SECONDS - 1

        with pytest.raises(Resting, match="again too often"):
            street.ask(is_again=True)

        assert street.ask() == "approved"


def _is_granted(street: Street) -> bool:
    try:
        street.ask(is_again=True)
    except Resting:
        return False
    street.bank.budget.answers = 0  # it does not get well meanwhile
    return True


class TestASlowOutsider:
    @pytest.mark.proves("R12")
    def test_is_asked_one_question_at_a_time_until_it_is_quick_again(self, street: Street) -> None:
        def slowly() -> str:
            street.now += 8
            return "approved"

        street.answer = slowly
        while street.bank.mean_seconds < SLOW_SECONDS:
            street.ask()
        inside, leave = Event(), Event()

        def held() -> str:
            inside.set()
            leave.wait(60)
            return "approved"

        street.answer = held
        slow = Thread(target=street.ask)
        slow.start()
        assert inside.wait(60)

        with pytest.raises(Resting, match="1 questions already, and 1 at most"):
            street.ask("look up")

        leave.set()
        slow.join()
        street.answer = lambda: "approved"
        while street.bank.mean_seconds >= SLOW_SECONDS:
            street.ask()
        street.answer = lambda: street.bank.ask("look up", lambda: "two at once")
        assert street.ask() == "two at once"


    @pytest.mark.proves("R12")
    def test_is_asked_by_nobody_who_has_less_time_than_it_takes(self, street: Street) -> None:
        def silent() -> str:
            street.now += 2.0
            raise OutcomeUnknown("no answer")

        street.answer = silent
        with within(2.0), pytest.raises(OutcomeUnknown):
            street.ask()
        street.answer = lambda: "approved"
        asked = street.asked

        with within(2.0), pytest.raises(Resting, match=r"takes 2\.1 s of late, and 2\.0 s are left"):
            street.ask()
        assert street.asked == asked

        with within(PATIENT_SECONDS):
            assert street.ask() == "approved"
        with within(2.0):
            assert street.ask() == "approved"

    def test_may_always_be_asked_by_who_is_patient(self, street: Street) -> None:
        street.bank.mean_seconds = 60.0

        with within(PATIENT_SECONDS):
            assert street.ask() == "approved"


@pytest.mark.proves("R12")
class TestTenMinutesOfErrors:
    """Each order asks once, and again after 0.4, 0.8, ... s until it is answered or a minute is over."""

    def test_in_bursts_open_the_breaker_and_add_a_tenth(self, street: Street) -> None:
        is_down: Callable[[], bool] = lambda: street.now % 60 < 60 * SHARE_OF_ERRORS  # noqa: E731

        seen, orders = self._live_through(street, is_down)

        assert seen == {"closed", "open"}
        assert street.asked <= orders * (1 + RATIO) + RESERVE
        assert self._is_well(street)

    def test_here_and_there_add_a_tenth(self, street: Street) -> None:
        chance = Random(12)  # the same errors in each run

        _, orders = self._live_through(street, lambda: chance.random() < SHARE_OF_ERRORS)

        assert orders < street.asked <= orders * (1 + RATIO) + RESERVE
        assert self._is_well(street)

    def _live_through(self, street: Street, is_down: Callable[[], bool]) -> tuple[set[str], int]:
        """Returns the states in which the breaker was seen, and how many orders there were."""
        began_at, seen = street.now, set()
        orders = MINUTES * 60 * A_SECOND
        due = [(began_at + number / A_SECOND, number, 0) for number in range(orders)]
        street.answer = lambda: _raising(Unavailable("503"))() if is_down() else "approved"
        while due and (street.now < began_at + MINUTES * 60):
            street.now, number, tries = heapq.heappop(due)
            if street.now - began_at - number / A_SECOND > PATIENCE_SECONDS:
                continue
            seen.add(street.state())
            try:
                street.ask(is_again=tries > 0)
            except Unavailable as error:
                if isinstance(error, Resting):
                    heapq.heappush(due, (street.now + 2, number, tries))
                else:
                    heapq.heappush(due, (street.now + 0.4 * 2**tries, number, tries + 1))
        return seen - {"half-open"}, orders

    def _is_well(self, street: Street) -> bool:
        """A moment after the last error everybody is answered at once."""
        street.answer = lambda: "approved"
        street.now += LONGEST_PAUSE_SECONDS
        return {street.ask() for _ in range(WELL_AFTER)} == {"approved"} and street.ask(is_again=True) == "approved"


class TestOutsiders:
    def test_are_told_beside_the_neighbours(self, world: World) -> None:
        bank = outsider.outsider("payments north")
        for _ in range(FAILURES):
            with pytest.raises(Unavailable):
                bank.ask("refund", _raising(Unavailable("503")))

        told = world.client.get("/_modules").json()["outsiders"]

        assert told["payments north"]["breakers"]["refund"] in ("open", "half-open")
        assert told["payments north"]["under_way"] == 0
        assert world.client.get("/readyz").status_code == 200

    def test_are_forgotten_with_the_budgets(self) -> None:
        bank = outsider.outsider("payments north")

        retry.forget()

        assert outsider.outsider("payments north") is not bank
