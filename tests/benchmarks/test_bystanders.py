"""The bank is as ill as was said, what it is asked is counted, and whoever is kept waiting is named."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.utils.module_loading import import_string

from benchmarks.bank import Bank
from benchmarks.illness import VARIABLE, Bedside, Illness, Question, Questions
from benchmarks.phase import COMPLETE, STATES, Phase, misses, ratio, table
from benchmarks.wire import Tally
from storefront.calls.deadline import within
from storefront.interface import OutcomeUnknown, Unavailable

WELL = Phase(
    browsed=150, browse_p50=2, browse_p99=20, browse_p99_later=20, browse_failures={}, orders=100, heard={"201": 100},
    heard_p50=30, first=200, again=0, seconds=20, others_cores=0,
)


def tally(*durations: float, failures: dict[str, int] | None = None, completed: Sequence[float] = ()) -> Tally:
    made = Tally()
    made.durations, made.seconds, made.failures = list(durations), 2.0, failures or {}
    made.requests[COMPLETE] = list(completed)
    return made


class Sandbox:
    """Answers with the name of what it was asked."""

    def authorize(self, *, key: str) -> str:
        return f"authorized {key}"

    def parse_webhook(self, *, body: bytes) -> bytes:
        return body


@pytest.fixture
def bedside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bedside:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return Bedside(tmp_path)


@pytest.fixture
def bank(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("benchmarks.bank.Sandbox", Sandbox)
    return Bank()


class TestBank:
    def test_is_the_shops_by_its_settings(self) -> None:
        providers = import_string("benchmarks.bank_settings.PAYMENT_PROVIDERS")

        assert import_string(providers["sandbox"]) is Bank

    def test_answers_as_the_sandbox_does_and_notes_what_it_was_asked(self, bank: Any, bedside: Bedside) -> None:
        assert bank.authorize(key="k1") == "authorized k1"
        assert bank.parse_webhook(body=b"{}") == b"{}"

        assert bedside.asked() == [Question("authorize", "k1")]
        bedside.forget()
        assert bedside.asked() == []

    def test_that_fails_certainly_or_perhaps_does_nothing(self, bank: Any, bedside: Bedside) -> None:
        bedside.fall_ill(Illness(errors=1.0))

        with pytest.raises((Unavailable, OutcomeUnknown)):
            bank.authorize(key="k1")

        bedside.fall_ill(Illness())
        assert bank.authorize(key="k1") == "authorized k1"

    def test_that_is_slow_is_not_waited_for_longer_than_there_is_time(self, bank: Any, bedside: Bedside) -> None:
        bedside.fall_ill(Illness(seconds=600))

        with within(0.01), pytest.raises(OutcomeUnknown, match="in time"):
            bank.authorize(key="k1")


class TestIllness:
    def test_in_bursts_comes_at_the_beginning_of_every_ten_seconds(self) -> None:
        burst = Illness(errors=0.3, in_bursts=True)

        assert [burst.fails(now) for now in (1_000.0, 1_002.9, 1_003.1, 1_009.9, 1_010.0)] == [
            True, True, False, False, True,
        ]

    def test_a_question_is_new_once_for_each_kind_and_key_and_a_look_up_never_is(self) -> None:
        asked = [("authorize", "k1"), ("authorize", "k1"), ("find", "k1"), ("capture", "k2")]

        assert Questions.of(Question(*each) for each in asked) == Questions(first=2, again=2)


class TestPhase:
    def test_tells_who_looked_who_ordered_and_what_the_bank_was_asked(self) -> None:
        browsing = tally(0.004, 0.004, 0.001, 0.002)
        buying = tally(0.05, failures={"202 ": 2}, completed=(0.03, 2.0, 2.0))

        found = Phase.of(browsing, buying, Questions(first=3, again=1), others_cores=0.5)

        assert (found.browsed, found.browse_p99, found.browse_p99_later) == (2.0, 4.0, 2.0)
        assert (found.orders, found.heard, found.heard_p50) == (3, {"201": 1, "202 ": 2}, 2000.0)
        assert found.asked_an_order == 4 / 3


class TestMisses:
    def turn(self, **ill: Any) -> dict[str, Phase]:
        return dict.fromkeys(STATES, WELL) | {"slow": msgspec.structs.replace(WELL, **ill)}

    def test_are_none_when_nobody_noticed_anything(self) -> None:
        assert misses([self.turn(browse_p99=22.0)], workers=2) == []

    @pytest.mark.parametrize(
        ("ill", "told"),
        [
            ({"browse_p99": 23.0}, "slow: p99 of browsing is 1.15 times what it was, 1.10 wanted."),
            ({"browse_failures": {"503 ": 3}}, "slow: 3 of those who browse were answered: 503."),
            ({"again": 49}, "slow: the bank was asked again 49 times, 48 at most."),
        ],
    )
    def test_tell_what_was_not_reached(self, ill: dict[str, Any], told: str) -> None:
        assert misses([self.turn(**ill)], workers=2) == [told]

    def test_take_the_median_of_the_turns(self) -> None:
        turns = [self.turn(browse_p99=p99) for p99 in (400.0, 21.0, 20.0)]

        assert ratio(turns, "slow") == 1.05
        assert misses(turns, workers=2) == []

    def test_the_table_has_a_line_for_each_state(self) -> None:
        lines = table([self.turn()]).splitlines()

        assert len(lines) == 2 + len(STATES)
        assert len({line.count("|") for line in lines}) == 1
