"""The process killed (-9) at any moment of an order: it is placed once or undone, and no operator is needed."""

import msgspec
import pytest

from modules.checkout.placing import PlaceOrder
from tests.faults.books import LAST, MUG
from tests.faults.drill import Drill
from tests.faults.journey import Journey, bought
from tests.faults.report import Books, Moment

PLACED = Books(
    answer="201", orders=1, announced=1, payments=("captured",), is_charged=True, stock=((1, 0, 0), (6, 2, 0)),
    parcels=1, cart="completed", sagas=("done",),
)
UNTOUCHED = Books(answer="", stock=((1, 0, 0), (6, 0, 0)), cart="open", sagas=("undone",))
DECLINED = msgspec.structs.replace(UNTOUCHED, answer="402 payment_declined", payments=("failed",))
SOLD_OUT = msgspec.structs.replace(UNTOUCHED, answer="409 inventory.out_of_stock")
TURNED_ROUND = msgspec.structs.replace(UNTOUCHED, answer="503 saga.unavailable", payments=("voided",))
RIVAL_SERVED = Books(
    answer="409 inventory.reservation_lost", orders=1, announced=1, payments=("voided", "captured"), is_charged=True,
    stock=((1, 1, 0), (6, 0, 0)), parcels=1, cart="open", sagas=("undone", "done"),
)

TWO_MUGS = [(MUG, 2)]
A_SAGA_IS_SAVED = "checkout writes checkout_sagarow"
CHARGED = Moment(what="the bank is asked to authorize")


@pytest.fixture
def buying(drilled: Drill) -> Journey:
    """Two mugs, a good card."""
    return Journey(drilled, "buy", checkout=bought(drilled, lines=TWO_MUGS))


def _last_of(step: str, moments: list[Moment]) -> Moment:
    """Its outcome is written, and the next one not begun."""
    return [moment for moment in moments if moment.step == step and moment.what == A_SAGA_IS_SAVED][-1]


class TestKilled:
    @pytest.mark.proves("R1", "R3", "S5", "I1", "I2", "I3", "I4", "I5", "I8", "I9")
    @pytest.mark.withstands("payments", "provider", "down")
    def test_while_an_order_is_placed_and_followed_it_is_placed_once(self, buying: Journey) -> None:
        assert buying.failures(PLACED) == []

    @pytest.mark.proves("R2")
    def test_while_a_declined_card_is_undone_nothing_is_left(self, drilled: Drill) -> None:
        checkout = bought(drilled, token="tok_declined", lines=TWO_MUGS)

        assert Journey(drilled, "buy", checkout=checkout).failures(DECLINED) == []

    @pytest.mark.proves("R2")
    def test_while_sold_out_goods_are_undone_nothing_is_left(self, drilled: Drill) -> None:
        checkout = bought(drilled, lines=[(MUG, 1), (LAST, 2)])

        assert Journey(drilled, "buy", checkout=checkout).failures(SOLD_OUT) == []

    @pytest.mark.proves("R2", "I3", "I5")
    def test_while_money_and_stock_go_back_it_is_undone_or_was_not_begun(self, buying: Journey) -> None:
        buying.killed(_last_of("authorize payment", buying.moments()))
        turning = Journey(buying.drill, "turn_round", checkout=buying.checkout)

        assert turning.failures(TURNED_ROUND, PLACED) == []
        assert "undo: authorize payment" in {moment.step for moment in turning.moments()}

    @pytest.mark.proves("R1", "I6", "I7")
    def test_in_the_middle_of_a_delivery_the_relay_delivers_it_once(self, buying: Journey) -> None:
        buying.drill.place.put_back(buying.name)
        buying.drill.done("complete", checkout=buying.checkout)
        relaying = Journey(buying.drill, "relay", checkout=buying.checkout)

        heard = [moment for moment in relaying.moments() if moment.when == "after" and "_inbox" in moment.what]
        acknowledged = [
            moment for moment in relaying.moments()
            if moment.when == "after" and " writes " in moment.what and "_delivery" in moment.what
        ]

        assert len(heard) == len(acknowledged) >= 3
        assert relaying.failures(PLACED, moments=heard + acknowledged) == []

    @pytest.mark.proves("R1", "I8")
    def test_after_every_single_step_it_still_gets_there(self, buying: Journey) -> None:
        buying.killed(Moment(what=A_SAGA_IS_SAVED))
        deaths = 1
        while buying.drill.run("work", fatal=Moment(what=A_SAGA_IS_SAVED, nth=2), later=40 * deaths).signal:
            deaths += 1  # it was taken, and one step was done

        found = buying.drill.done("restart", checkout=buying.checkout, client_first=True, later=40 * deaths + 40)

        assert deaths >= len(PlaceOrder.steps) - 2  # the pivot and the last step end in another commit
        assert msgspec.convert(found, type=Books) == PLACED


class TestDownForLong:
    @pytest.mark.proves("R1", "I1", "I9")
    def test_the_stock_that_others_bought_meanwhile_is_not_sold_twice(self, drilled: Drill) -> None:
        first = bought(drilled, lines=[(LAST, 1)])
        second = drilled.done("open_checkout", token="tok_visa", lines=[(LAST, 1)])
        buying = Journey(drilled, "buy", checkout=first)
        buying.killed(_last_of("authorize payment", buying.moments()))

        drilled.done("rival", checkout=second, later=660)
        found = drilled.done("restart", checkout=first, client_first=True, later=690)

        assert msgspec.convert(found, type=Books) == RIVAL_SERVED


class TestBetweenPivotAndAnswer:
    @pytest.mark.proves("R3", "I2")
    @pytest.mark.parametrize("client_first", [True, False])
    def test_the_shopper_who_asks_again_gets_the_order(self, buying: Journey, client_first: bool) -> None:
        pivot = next(
            moment for moment in buying.moments()
            if moment.when == "after" and moment.step == "place the order" and "checkout_order" in moment.what
        )

        assert buying.outcome(pivot, client_first=client_first) == PLACED


class TestInEarnest:
    @pytest.mark.proves("R1")
    def test_without_a_turn_of_the_clock_the_shopper_has_the_order_in_seconds(self, buying: Journey) -> None:
        buying.killed(CHARGED)

        found = buying.drill.done("reopen", checkout=buying.checkout)

        assert msgspec.convert(found, type=Books) == PLACED


class TestMoments:
    def test_reach_every_step_of_the_saga(self, buying: Journey) -> None:
        steps = {moment.step for moment in buying.moments()}

        assert {step.name for step in PlaceOrder.steps} <= steps

    def test_reach_what_lies_between_the_two_halves_of_a_payment(self, buying: Journey) -> None:
        authorizing = [moment.what for moment in buying.moments() if moment.step == "authorize payment"]

        ours = [number for number, what in enumerate(authorizing) if "payments_attempt" in what]
        banks = [number for number, what in enumerate(authorizing) if "bank_payment" in what]
        assert ours[0] < banks[0] < ours[-1]

    def test_reach_every_call_to_another_module_and_to_whoever_is_outside(self, buying: Journey) -> None:
        asked = {(moment.what.partition(" is asked to ")[2], moment.when) for moment in buying.moments()}

        calls = {"freeze", "reserve", "authorize", "capture", "consume", "complete", "arrange", "book"}
        assert {(call, when) for call in calls for when in ("before", "after")} <= asked

    def test_show_a_bank_that_is_asked_twice(self, drilled: Drill) -> None:
        checkout = bought(drilled, lines=TWO_MUGS)
        planted = Journey(drilled, "buy", checkout=checkout, planted="ask_the_bank_anew_each_time")

        (failure,) = planted.failures(PLACED, moments=[CHARGED])

        assert "The sandbox bank set 2990 EUR aside for authorize:" in failure
