"""The loading dock: where the tests of shipping arrange parcels."""

from datetime import UTC, datetime
from typing import Any

from modules.shipping.carriers.protocol import TrackingReport
from modules.shipping.carriers.sandbox import SandboxCarrier
from modules.shipping.interface import PostalAddress, ShipmentView, ShippedItem, Shipping
from storefront.ids import new_id
from storefront.interface import connect
from storefront.testing.world import World

BERLIN = PostalAddress(
    name="Jürgen Groß", line1="Straße des 17. Juni 135", city="Berlin", country="DE", postal_code="10623"
)
TOKYO = PostalAddress(
    name="山田 太郎", line1="神南1丁目2-3", city="渋谷区", region="東京都", country="JP", postal_code="150-0041"
)
MUGS = (ShippedItem(sku="RED-MUG", title="Red mug", quantity=2),)
WEBHOOK = "/api/v1/webhooks/carriers/sandbox"


class Dock:
    """The loading dock: arranges parcels, and lets the sandbox carrier report on them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shipping = connect(Shipping)
        self.carrier = SandboxCarrier()

    def arrange(self, *, address: PostalAddress = BERLIN, shipment_id: str = "", **others: Any) -> ShipmentView:
        """A parcel with two red mugs."""
        wanted: dict[str, Any] = {
            "order_id": "ord_1", "method": "standard", "items": MUGS, "weight_g": 840,
            "key": self.world.key(), **others,
        }
        return self.shipping.arrange(shipment_id=shipment_id or new_id("shp"), address=address, **wanted)

    def report(
        self, parcel: ShipmentView, status: Any, *, at: datetime | None = None, event_id: str = "", note: str = ""
    ) -> int:
        """Post the carrier's webhook; returns the status of the answer. Nothing is settled."""
        told = TrackingReport(
            tracking_number=parcel.tracking_number, status=status, occurred_at=at or datetime.now(UTC), note=note
        )
        body, headers = self.carrier.signed(told, event_id=event_id or new_id("evt"))
        return int(self.post(body, headers).status_code)

    def post(self, body: bytes, headers: dict[str, str]) -> Any:
        """Send a webhook as it is."""
        return self.world.client.post(WEBHOOK, data=body, content_type="application/json", headers=headers)

    def tells(self, parcel: ShipmentView, status: Any, *, at: datetime | None = None) -> ShipmentView:
        """The carrier reports, and the shop acts on it."""
        assert self.report(parcel, status, at=at) == 200
        self.world.settle()
        return self.shipping.shipment(shipment_id=parcel.id)
