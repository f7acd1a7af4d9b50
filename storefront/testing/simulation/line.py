"""Calls as between processes: through the codec, over a line that loses, repeats and delays them."""

from storefront.calls.carrier import Answer, AnswerLost
from storefront.calls.deadline import remaining
from storefront.calls.transport import Loopback
from storefront.interface import Operation, OutcomeUnknown, Refusal, Unavailable
from storefront.testing.simulation.stage import Killed, Stage


class Line:
    """Stands before a module."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._loopback = Loopback()

    def carry(self, operation: Operation, body: bytes) -> Answer:
        """One attempt, with whatever comes between."""
        stage, name = self._stage, operation.full_name
        stage.pause()
        if stage.trouble("request lost", name):
            raise Unavailable(f"{name}: the simulated line was cut before.")
        if operation.kind == "command":
            stage.tell(f"calls {name}")
        if operation.kind == "command" and stage.trouble("sent twice", name):
            self._unheard(operation, body)
        try:
            answer = self._loopback._once(operation, body)
        except Killed:
            if not stage.trouble("answer lost", f"{name}, whose process is gone"):
                raise  # the process of the one who asked is gone as well
            stage.revive()
            raise self._lost(operation, "its process is gone") from None
        stage.pause()
        if stage.trouble("answer lost", name):
            raise self._lost(operation, "the simulated line was cut after")
        if stage.trouble("slow call", name):
            self._delay(operation)
        return answer

    def _unheard(self, operation: Operation, body: bytes) -> None:
        try:
            self._loopback._once(operation, body)
        except (Refusal, Unavailable, OutcomeUnknown) as error:
            self._stage.tell(f"  the first of the two: {type(error).__name__}")

    def _delay(self, operation: Operation) -> None:
        seconds, left = self._stage.random.uniform(0.1, 6.0), remaining()
        if left is not None and seconds > left:
            self._stage.sleep(max(0.0, left))
            if operation.kind == "command":
                raise OutcomeUnknown(f"{operation.full_name}: no answer in time.")
            raise Unavailable(f"{operation.full_name}: no answer in time.")
        self._stage.sleep(seconds)

    def _lost(self, operation: Operation, why: str) -> Exception:
        kind = AnswerLost if operation.kind == "command" else Unavailable
        return kind(f"{operation.full_name}: {why}.")
