"""The sandbox bank as a bank far away: it may be slow, or fail. Installed by `benchmarks/bank_settings.py`."""

import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.illness import Bedside, Question
from modules.payments.sandbox.provider import Sandbox
from storefront.calls.deadline import remaining
from storefront.interface import OutcomeUnknown, Unavailable


class Bank:
    """A `PaymentProvider`: the sandbox, in the state that the benchmark has written down."""

    def __init__(self) -> None:
        self._sandbox, self._bedside = Sandbox(), Bedside.of_this_process()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        ask: Callable[..., Any] = getattr(self._sandbox, name)
        return ask if name == "parse_webhook" else partial(self._asked, name, ask)

    def _asked(self, kind: str, ask: Callable[..., Any], *, key: str, **question: Any) -> Any:
        self._bedside.note(Question(kind, key))
        illness = self._bedside.illness()
        if illness.fails(time.time()):
            raise random.choice((Unavailable("429"), OutcomeUnknown("500")))
        answer = ask(key=key, **question)
        _wait(illness.seconds)
        return answer


def _wait(seconds: float) -> None:
    """As an adapter does: no longer than whoever asks."""
    left = remaining()
    if left is None or left >= seconds:
        time.sleep(seconds)
        return
    time.sleep(max(0.0, left))
    raise OutcomeUnknown("No answer in time.")
