"""The soak judges rightly: it finds what is planted, and says when it cannot tell. It is run whole by `make soak`."""

import time
from collections.abc import Callable

import msgspec
import pytest

from drill.soak import judging, report
from drill.soak.arithmetic import grows, percent_per_hour, second_half, slope
from drill.soak.judging import MB
from drill.soak.report import Memory, Report, Table
from drill.soak.rules import SALES, TableRule
from drill.soak.sampling import Held, Sample
from drill.soak.visitors import Crowd, Visitor

HOUR, MINUTE = 3600, 60
FORGOTTEN, KEPT = TableRule("a day", "forget_old"), TableRule("operators keep it")
OUTCOMES = {"placed": 10, "looked": 20}


def samples(rss: Callable[[float], float], *, seconds: int = HOUR, files: int = 20, connected: int = 7) -> list[Sample]:
    """A process every half a minute; an order a second."""
    return [
        Sample(at, at, {"shop": Held(round(rss(at)), files, 4)}, {"cart": connected})
        for at in range(0, seconds + 1, MINUTE // 2)
    ]


def rows(count: Callable[[float], float], *, label: str = "cart.callkey", seconds: int = HOUR) -> judging.Rows:
    """A table every half a minute; an order a second."""
    return [(float(at), at, {label: round(count(at))}) for at in range(0, seconds + 1, MINUTE // 2)]


def found(
    watched: list[Sample] | None = None, counted: judging.Rows = (), *, left: int = 0, label: str = "cart.callkey",
    rule: TableRule = FORGOTTEN, outcomes: dict[str, int] | None = None,
) -> list[str]:
    """Bounds that did not hold."""
    watched = watched or samples(lambda _: 100 * MB)
    counted = counted or rows(lambda _: 5, label=label)
    memories = [
        judging.memory(name, watched, idle=(watched[0], watched[-1])) for name in judging.stayed(watched)
    ]
    tables = judging.tables({label: rule}, counted, built={}, left={label: left})
    return judging.broken(outcomes or OUTCOMES, memories, tables, [*watched, watched[0], watched[-1]], counted)


class TestSlope:
    def test_is_that_of_the_line_and_where_it_begins(self) -> None:
        assert slope([(10, 5.0), (20, 25.0), (30, 45.0)]) == pytest.approx((2.0, 5.0))

    def test_is_not_misled_by_ups_and_downs(self) -> None:
        points = [(float(at), at * 0.5 + (1 if at % 2 else -1)) for at in range(1000)]

        assert slope(points)[0] == pytest.approx(0.5, abs=0.001)

    def test_needs_two_places(self) -> None:
        with pytest.raises(ValueError, match="two places"):
            slope([(1, 5.0), (1, 6.0)])

    def test_leaves_the_warm_up_out(self) -> None:
        points = [(float(at), min(at, 50) * 1.0) for at in range(101)]

        assert slope(second_half(points))[0] == 0

    def test_is_told_by_the_hour_and_of_what_was_there(self) -> None:
        points = [(at, 200.0 + at / HOUR * 4) for at in range(0, 2 * HOUR + 1, MINUTE)]

        assert percent_per_hour(points) == pytest.approx(4 / 204 * 100)


class TestGrows:
    @pytest.mark.parametrize("count", [lambda at: at, lambda at: 1000 + at * 2, lambda at: 2.0 ** (at / 100)])
    def test_finds_what_grows(self, count: Callable[[float], float]) -> None:
        assert grows([(float(at), count(at)) for at in range(0, 1000, 10)], noise=100)

    @pytest.mark.parametrize("count", [lambda _: 5000, lambda at: at % 60 * 100, lambda at: min(at * 20, 4000)])
    def test_bears_what_is_full_or_comes_and_goes(self, count: Callable[[float], float]) -> None:
        assert not grows([(float(at), count(at)) for at in range(0, 1000, 10)], noise=100)


class TestBounds:
    def test_hold_where_nothing_grows(self) -> None:
        assert found() == []

    def test_find_memory_that_leaks(self) -> None:
        assert found(samples(lambda at: 100 * MB + at * MB / 1200)) == ["shop grows by 2.96 % an hour."]

    def test_bear_memory_that_is_still_being_filled_in_the_first_half(self) -> None:
        assert found(samples(lambda at: (50 + min(at, HOUR / 2) / MINUTE) * MB)) == []

    def test_do_not_judge_memory_in_a_short_time(self) -> None:
        leaking = samples(lambda at: 100 * MB + at * 1024, seconds=4 * MINUTE)

        (memory,) = (judging.memory("shop", leaking, idle=(leaking[0], leaking[-1])),)

        assert memory.percent_per_hour is None
        assert memory.bytes_per_1000_orders == 1024 * 1000
        assert list(judging.leaks([memory])) == []

    def test_find_descriptors_that_are_not_closed(self) -> None:
        watched = samples(lambda _: 100 * MB)
        watched[-1] = samples(lambda _: 100 * MB, files=60)[-1]

        assert found(watched) == ["shop has 20 descriptors when idle before, and 60 after."]

    @pytest.mark.parametrize(
        ("after", "told"), [(11, []), (12, ["7 connections when idle before, and 12 after: +5 of cart."])]
    )
    def test_find_connections_that_are_not_closed(self, after: int, told: list[str]) -> None:
        watched = samples(lambda _: 100 * MB)
        watched[-1] = samples(lambda _: 100 * MB, connected=after)[-1]

        assert found(watched) == told

    def test_find_a_process_that_ended(self) -> None:
        watched = samples(lambda _: 100 * MB)
        watched.insert(5, msgspec.structs.replace(watched[5], processes={}))
        relay = {"relay": Held(MB, 5, 1)}
        watched = [msgspec.structs.replace(each, processes=relay | each.processes) for each in watched]

        assert found(watched) == ["shop has ended."]

    @pytest.mark.parametrize(
        ("outcomes", "said"), [({"looked": 5}, "Nobody could buy"), ({"placed": 5, "unknown": 1}, "1 visitors never")]
    )
    def test_find_a_shop_that_does_not_sell(self, outcomes: dict[str, int], said: str) -> None:
        (sentence,) = found(outcomes=outcomes)

        assert said in sentence


class TestTables:
    def test_that_are_to_be_bounded_are_found_growing(self) -> None:
        (sentence,) = found(counted=rows(lambda at: at))

        assert sentence.startswith("cart.callkey grows under load, from 1800 to 3600 rows")

    def test_that_grow_in_a_time_without_turns_of_the_jobs_are_not_judged(self) -> None:
        assert found(counted=rows(lambda at: at, seconds=4 * MINUTE)) == []

    def test_that_jobs_sweep_by_turns_are_well(self) -> None:
        assert found(counted=rows(lambda at: at % 120 * 10)) == []

    def test_of_sales_may_grow(self) -> None:
        assert found(counted=rows(lambda at: at, label="checkout.order"), label="checkout.order", rule=KEPT) == []

    def test_that_nobody_lets_grow_are_found_even_in_a_short_time(self) -> None:
        grown = rows(lambda at: at * 5, label="catalog.slug", seconds=MINUTE)

        (sentence,) = found(counted=grown, label="catalog.slug", rule=KEPT)

        assert sentence == "catalog.slug has grown from 0 to 300 rows: operators keep it"

    def test_that_are_forgotten_after_weeks_may_grow_until_then(self) -> None:
        assert found(counted=rows(lambda at: at, label="cart.cart"), label="cart.cart") == []

    def test_that_are_not_forgotten_even_then_are_found(self) -> None:
        (sentence,) = found(counted=rows(lambda at: at, label="cart.cart"), label="cart.cart", left=3600)

        assert sentence == "cart.cart still has 3600 of 3600 rows when all are forgotten: a day"

    def test_of_sales_are_kept_by_the_rules_of_their_modules(self) -> None:
        from django.apps import apps

        from storefront.keeping.checks import rule_of

        ruled = {model._meta.label_lower: rule_of(model) for model in apps.get_models(include_auto_created=True)}

        forgotten = [label for label in SALES if (rule := ruled[label]) is None or rule.job]

        assert forgotten == []


class TestCrowd:
    def test_goes_on_after_an_answer_that_nobody_can_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def visit(_visitor: Visitor, number: int) -> str:
            return {1: "placed", 2: "looked"}[number % 3]

        monkeypatch.setattr(Visitor, "visit", visit)
        crowd = Crowd(1, "", seed="seed", per_second=0)

        crowd.begin()
        until(lambda: crowd.visits >= 100)
        crowd.end()

        assert crowd.outcomes["unknown"]
        assert crowd.orders
        assert {what for _, what in crowd.heard} == {"KeyError(0)"}

    def test_comes_at_its_rate(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Visitor, "visit", lambda _visitor, number: f"visit {number}")
        crowd = Crowd(1, "", seed="seed", per_second=0.01)

        crowd.begin()
        until(lambda: crowd.visits)
        crowd.end()

        assert crowd.outcomes == {"visit 0": 1}


def until(is_so: Callable[[], object]) -> None:
    """Wait for it."""
    give_up_at = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


class TestReport:
    def reported(self, **change: object) -> Report:
        memory = Memory("shop", 100.0, 101.0, None, 2048, (20, 21), (4, 4))
        table = Table("cart.callkey", "short", "a day", 0, (50, 60), 40, 3.2, 0)
        made = Report(
            topology="monolith", hours=0.05, visits_per_s=10.0, sustainable_per_s=20.0, visits=30, orders=10,
            orders_per_s=3.0, outcomes=OUTCOMES, asked_again={}, behind_s=0.1, is_slope_judged=False,
            are_tables_judged=False, memory=[memory], connections=({"cart": 7}, {"cart": 7}), tables=[table],
            days_later=101.0, audit=[], broken=[],
        )
        return msgspec.structs.replace(made, **change)

    def test_says_what_it_could_not_judge(self) -> None:
        text = report.text(self.reported())

        assert "growth of memory is NOT judged" in text
        assert "growth of tables under load is NOT judged" in text
        assert "| shop | 100.0 | 101.0 | - | 2048 | 20 to 21 | 4 to 4 |" in text
        assert "| cart.callkey | bounded under load | 0 | 50 | 60 | 40 | 3 | 0 |" in text
        assert text.endswith("\nGood.\n")

    def test_is_not_good_if_a_bound_is_broken(self) -> None:
        told = self.reported(broken=["shop grows by 2.00 % an hour."])

        assert not told.is_good
        assert report.text(told).endswith("- shop grows by 2.00 % an hour.\nNOT GOOD.\n")
