"""A broker that holds, loses, repeats and reorders what it is given, and its workers."""

from storefront.events import inbox, outbox
from storefront.events.delivery import Batch, Receipt
from storefront.events.relay import deliver
from storefront.interface import Unavailable
from storefront.testing.simulation.stage import Stage


class Broker:
    """Batches on their way, from all producers to all consumers."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._held: list[Batch] = []

    def relay(self, producer: str) -> int:
        """Send what `producer` owes; returns how many deliveries that is."""
        return deliver(producer, transport=self._send) if outbox.is_owing(producer) else 0

    def _send(self, batch: Batch) -> Receipt | None:
        stage, what = self._stage, _named(batch)
        if stage.trouble("broker away", what):
            raise Unavailable("The simulated broker is away.")
        stage.tell(f"sends {what}")
        if not stage.trouble("broker loses", what):
            self._held.append(batch)
        if stage.trouble("broker repeats", what):
            self._held.append(batch)
        return None

    def work(self) -> bool:
        """Handle one batch and acknowledge it, as a worker does; False if there is none."""
        if not self._held:
            return False
        stage = self._stage
        number = stage.random.randrange(len(self._held)) if stage.trouble("broker reorders", "") else 0
        batch = self._held.pop(number)
        if stage.trouble("broker repeats", _named(batch)):
            self._held.append(batch)
        try:
            receipt = inbox.receive(batch.subscriber, batch.parcels)
        except Unavailable:
            receipt = Receipt(waiting=batch.delivery_ids)
        stage.tell(f"handled {_named(batch)}: {len(receipt.done)} done, {len(receipt.failed)} failed")
        if not stage.trouble("acknowledgement lost", _named(batch)):
            outbox.settle(batch.producer, batch.subscriber, receipt, lease_until=batch.lease_until)
        return True


def _named(batch: Batch) -> str:
    return f"{len(batch.parcels)} of {batch.producer} to {batch.subscriber} from {batch.delivery_ids[0]}"
