"""The sandbox bank, as far away as a real one: it is down, hears twice, is slow, and its answers get lost."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from modules.payments.sandbox import provider
from modules.payments.sandbox.provider import Sandbox
from storefront.interface import OutcomeUnknown, Unavailable
from storefront.testing.simulation.stage import Stage

MOVING = ("authorize", "capture", "void", "refund")


@contextmanager
def troubled_bank(stage: Stage) -> Iterator[None]:
    """Let the troubles of the play come between the shop and its bank."""
    with ExitStack() as stack:
        for name in (*MOVING, "find"):
            asked = _troubled(stage, name, getattr(Sandbox, name))
            stack.enter_context(patch.object(Sandbox, name, asked))
        stack.enter_context(patch.object(provider, "sleep", stage.sleep))
        yield


def _troubled(stage: Stage, name: str, ask: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(ask)
    def asked(*args: Any, **kwargs: Any) -> Any:
        what = f"{name} {kwargs['key'].partition(':')[0]}"
        stage.pause()
        fault = stage.fault_of("payments", "provider", what)
        if fault == "down" or stage.trouble("bank down", what):
            raise Unavailable("The simulated bank answers 503.")
        if stage.trouble("killed", f"before the bank is asked to {name}"):
            stage.kill()
        if name != "find" and stage.trouble("bank hears twice", what):
            ask(*args, **kwargs)
        found = ask(*args, **kwargs)
        stage.tell(f"the bank: {name}: {found.status if found else None}")
        if stage.trouble("killed", f"after the bank was asked to {name}"):
            stage.kill()
        if fault == "slow" or stage.trouble("bank slow", what):
            stage.sleep(stage.random.uniform(0.5, 8))
        if fault == "lying" or stage.trouble("bank's answer lost", what):
            raise OutcomeUnknown("The answer of the simulated bank was lost.")
        return found

    return asked
