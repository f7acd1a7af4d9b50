"""What the children do: serve a shopper, work in the background, or start again after a death and put things right."""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.db import connections

from modules.checkout import services
from modules.checkout.models import Checkout
from storefront import clock
from storefront.background import Background
from storefront.nudge import awake
from storefront.sagas import operator
from storefront.testing.world import World
from storefront.topology import modules_here
from tests.faults import books
from tests.faults.books import LAST, MUG
from tests.faults.plants import PLANTS
from tests.faults.report import Books, Errand
from tests.faults.watch import Watch
from tests.journeys.shop import Shopper, shelve

LEASES_ARE_OVER = 25
"""Seconds after which nobody believes any more that the dead process is still at work."""
TRY_AGAIN = ("idempotency_key_in_flight", "unavailable", "outcome_unknown")

Answer = dict[str, Any]
"""What a shopper was told: status, code, the order's id, if there is one."""
Say = Callable[[Any], None]


def live(errand: Errand, say: Say) -> Any:
    """Run an errand. What is said before its last word is heard even if it is killed."""
    if errand.in_parent:
        return ACTS[errand.act](say, **errand.arguments)
    services.PATIENCE_SECONDS = 6.0  # a busy machine is no fault
    if errand.planted:
        PLANTS[errand.planted]()
    watch = Watch(errand.fatal)
    watch.begin()
    answer = ACTS[errand.act](say, **errand.arguments)
    return {"answer": answer, "moments": watch.seen}


def build(_say: Say) -> None:
    """A shop with two kinds of mugs; to buy two red ones takes them to their threshold."""
    call_command("migrate", verbosity=0)
    world = World()
    shelve(world, MUG, on_hand=6, low_stock_threshold=5)
    shelve(world, LAST, on_hand=1)
    connections.close_all()


def warm_up(say: Say) -> None:
    """Walk the whole journey once, so that no child has to read the code for it."""
    checkout = open_checkout(say, token="tok_visa", lines=[(MUG, 2)])
    buy(say, checkout=checkout)
    restart(say, checkout=checkout, client_first=True)
    clock.reset()
    connections.close_all()


def open_checkout(_say: Say, *, token: str, lines: list[tuple[str, int]]) -> dict[str, Any]:
    """A checkout that lacks nothing."""
    return Shopper().checkout(*lines, token=token)


def buy(say: Say, *, checkout: dict[str, Any]) -> None:
    """Serve the shopper, then do what is left to do, as a serving process does."""
    complete(say, checkout=checkout)
    World().settle_nudged()


def complete(say: Say, *, checkout: dict[str, Any]) -> None:
    """Serve the shopper only."""
    say({"heard": _told(Shopper().complete(checkout))})


def rival(say: Say, *, checkout: dict[str, Any], later: float) -> None:
    """Another shopper is served, so many seconds after the death."""
    World().clock.advance(seconds=later)
    buy(say, checkout=checkout)


def relay(_say: Say, *, checkout: dict[str, Any]) -> None:
    """`manage.py relay`, until nothing is left to do."""
    awake.set()  # rather than wait a second for the first poll
    threading.Thread(target=_stop_when_quiet, daemon=True).start()
    call_command("relay")


def _stop_when_quiet() -> None:
    while not books.is_quiet():
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGTERM)


def work(_say: Say, *, later: float) -> None:
    """The background of one more process, so many seconds after the first."""
    world = World()
    world.clock.advance(seconds=later)
    world.settle()


def turn_round(_say: Say, *, checkout: dict[str, Any]) -> None:
    """An operator turns a saga round whose runner died before its pivot."""
    world = World()
    world.clock.advance(seconds=11)
    operator.turn_round("checkout", Checkout.objects.get(id=checkout["id"]).saga_id)
    world.settle_nudged()


def restart(
    _say: Say, *, checkout: dict[str, Any], client_first: bool, heard: Answer | None = None,
    later: float = LEASES_ARE_OVER,
) -> Books:
    """A new process: its background works, and the shopper, who may come before that, repeats the request.

    heard: what the shopper was told before the death; it must still be so.
    """
    world = World()
    world.clock.advance(seconds=later)
    answer = _ask_again(checkout, pause=_one_second_passes) if client_first else None
    for seconds in (0, 40, 60):
        world.clock.advance(seconds=seconds)
        world.settle()
    answer = answer or _ask_again(checkout, pause=_one_second_passes)
    assert _ask_again(checkout, pause=_one_second_passes) == answer
    assert heard in (None, answer), f"The shopper heard {heard}, and now {answer}."
    world.clock.advance(minutes=11)  # the bank's books are compared after ten
    world.settle()
    return books.read(checkout, answer)


def reopen(_say: Say, *, checkout: dict[str, Any]) -> Books:
    """A new process as it is in earnest: nobody turns the clock, and the shopper asks again at once."""
    background = Background(modules_here())
    background.start()
    answer = _ask_again(checkout, pause=lambda: time.sleep(1))
    while not books.is_quiet():
        time.sleep(0.1)
    background.stop()
    background.join()
    return books.read(checkout, answer)


def _ask_again(checkout: dict[str, Any], *, pause: Callable[[], None]) -> Answer:
    """Repeat the request, with its key, until the answer is final; then look where it says."""
    for _ in range(20):
        response = Shopper().complete(checkout)
        if response.status_code == 202:
            response = Shopper().get(response.json()["order"])
        answer = _told(response)
        if answer["code"] not in (*TRY_AGAIN, "not_found"):
            return answer
        pause()
    raise AssertionError(f"The shopper asked twenty times and heard {answer}; {list(books.sagas().values())}.")


def _one_second_passes() -> None:
    World().clock.advance(seconds=1)


def _told(response: Any) -> Answer:
    body = response.json()
    status = 201 if response.status_code == 200 else response.status_code
    return {"status": status, "code": body.get("code", ""), "order": body.get("id", "")}


ACTS: dict[str, Callable[..., Any]] = {
    act.__name__: act
    for act in (build, warm_up, open_checkout, buy, complete, rival, relay, work, turn_round, restart, reopen)
}
