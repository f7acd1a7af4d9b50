"""Calls as between processes: through the codec, over a line that loses, repeats and delays them."""

from storefront.calls import http
from storefront.calls.carrier import Answer, AnswerLost
from storefront.calls.deadline import remaining
from storefront.calls.transport import Loopback
from storefront.interface import Operation, OutcomeUnknown, Refusal, Unavailable
from storefront.testing.simulation.cell import CALLER, SLOW_CALL_SECONDS
from storefront.testing.simulation.stage import Killed, Stage

GARBLED = b'{"neither": "what was asked", "nor": [-1, null, "of this shape"]}'


class Line:
    """Stands before a module."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._loopback = Loopback()

    def carry(self, operation: Operation, body: bytes) -> Answer:
        """One attempt, with whatever comes between."""
        token = CALLER.set(operation.module)
        try:
            return self._carried(operation, body, caller=token.old_value if isinstance(token.old_value, str) else "")
        finally:
            CALLER.reset(token)

    def _carried(self, operation: Operation, body: bytes, *, caller: str) -> Answer:
        stage, name = self._stage, operation.full_name
        stage.pause()
        fault = stage.fault_of(caller, operation.module, name)
        if fault == "down":
            raise Unavailable(f"{name}: {operation.module} is away in this play.")
        if stage.trouble("request lost", name):
            raise Unavailable(f"{name}: the simulated line was cut before.")
        if operation.kind == "command":
            stage.tell(f"calls {name}")
        if operation.kind == "command" and stage.trouble("sent twice", name):
            self._unheard(operation, body)
        answer = self._answered(operation, body)
        stage.pause()
        if fault == "lying":
            return Answer(http._decoded(operation, GARBLED), replayed=False)  # raises what a garbled answer is worth
        if fault == "slow":
            self._delay(operation, *SLOW_CALL_SECONDS)
        if stage.trouble("answer lost", name):
            raise self._lost(operation, "the simulated line was cut after")
        if stage.trouble("slow call", name):
            self._delay(operation, 0.1, 6.0)
        return answer

    def _answered(self, operation: Operation, body: bytes) -> Answer:
        """Of whoever provides it, whose process may die of it."""
        try:
            return self._loopback._once(operation, body)
        except Killed:
            if not self._stage.trouble("answer lost", f"{operation.full_name}, whose process is gone"):
                raise  # the process of the one who asked is gone as well
            self._stage.revive()
            raise self._lost(operation, "its process is gone") from None

    def _unheard(self, operation: Operation, body: bytes) -> None:
        try:
            self._loopback._once(operation, body)
        except (Refusal, Unavailable, OutcomeUnknown) as error:
            self._stage.tell(f"  the first of the two: {type(error).__name__}")

    def _delay(self, operation: Operation, least: float, most: float) -> None:
        seconds, left = self._stage.random.uniform(least, most), remaining()
        if left is not None and seconds > left:
            self._stage.sleep(max(0.0, left))
            if operation.kind == "command":
                raise OutcomeUnknown(f"{operation.full_name}: no answer in time.")
            raise Unavailable(f"{operation.full_name}: no answer in time.")
        self._stage.sleep(seconds)

    def _lost(self, operation: Operation, why: str) -> Exception:
        kind = AnswerLost if operation.kind == "command" else Unavailable
        return kind(f"{operation.full_name}: {why}.")
