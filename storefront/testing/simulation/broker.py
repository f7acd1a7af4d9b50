"""A broker that holds, loses, repeats and reorders what it is given, and its workers."""

from storefront.events import inbox, outbox
from storefront.events.delivery import Batch, Receipt
from storefront.events.relay import deliver
from storefront.interface import Unavailable
from storefront.testing.simulation.cell import HELD_SECONDS
from storefront.testing.simulation.stage import Stage


class Broker:
    """Batches on their way, from all producers to all consumers."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._held: list[tuple[float, Batch]] = []  # until when a slow broker keeps it

    def relay(self, producer: str) -> int:
        """Send what `producer` owes; returns how many deliveries that is."""
        return deliver(producer, transport=self._send) if outbox.is_owing(producer) else 0

    def _send(self, batch: Batch) -> Receipt | None:
        stage, what = self._stage, _named(batch)
        if stage.trouble("broker away", what):
            raise Unavailable("The simulated broker is away.")
        fault = self._fault(batch)
        if fault == "down":
            raise Unavailable("The simulated broker is away.")
        stage.tell(f"sends {what}")
        until = stage.now + (HELD_SECONDS if fault == "slow" else 0.0)
        copies = [(until, batch)] * (not stage.trouble("broker loses", what)) + [(until, batch)] * (
            3 if fault == "lying" else stage.trouble("broker repeats", what)
        )
        self._held += copies
        return None

    def _fault(self, batch: Batch) -> str:
        """What is wrong with the broker for one of the two."""
        ends = (batch.producer, batch.subscriber)
        return next(filter(None, (self._stage.fault_of(module, "broker", _named(batch)) for module in ends)), "")

    def work(self) -> bool:
        """Handle one batch and acknowledge it, as a worker does; False if there is none."""
        stage = self._stage
        ready = [number for number, (until, _) in enumerate(self._held) if until <= stage.now]
        if not ready:
            return False
        batch = self._held.pop(stage.random.choice(ready) if stage.trouble("broker reorders", "") else ready[0])[1]
        fault = self._fault(batch)
        if stage.trouble("broker repeats", _named(batch)):
            self._held.append((stage.now, batch))
        try:
            receipt = inbox.receive(batch.subscriber, batch.parcels)
        except Unavailable:
            receipt = Receipt(waiting=batch.delivery_ids)
        stage.tell(f"handled {_named(batch)}: {len(receipt.done)} done, {len(receipt.failed)} failed")
        if fault != "lying" and not stage.trouble("acknowledgement lost", _named(batch)):
            outbox.settle(batch.producer, batch.subscriber, receipt, lease_until=batch.lease_until)
        return True


def _named(batch: Batch) -> str:
    return f"{len(batch.parcels)} of {batch.producer} to {batch.subscriber} from {batch.delivery_ids[0]}"
