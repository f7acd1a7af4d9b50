"""What a shipment's history proves, written anew. The history is only ever added to, so it is the truth."""

from modules.shipping.models import Shipment
from modules.shipping.reports import replay
from modules.shipping.tracking import Sighting
from storefront import clock
from storefront.audit import NotDerivable
from storefront.database.unit import unit_of_work

ALIAS = "shipping"


def retell_instants(shipment_id: str) -> str:
    """Set when it left, arrived and was canceled to what its history says."""
    with unit_of_work(ALIAS) as unit:
        unit.now = clock.now()
        shipment = Shipment.objects.select_for_update().get(id=shipment_id)
        for kind in ("dispatched", "delivered", "canceled"):
            lines = list(shipment.history.filter(kind=kind).values_list("occurred_at", flat=True))
            if len(lines) > 1:
                raise NotDerivable(f"Its history has {len(lines)} lines that say {kind}.")
            setattr(shipment, f"{kind}_at", lines[0] if lines else None)
        if shipment.status == "delivered" and shipment.delivered_at is None:
            shipment.status = "dispatched" if shipment.dispatched_at else "ready"
        shipment.save(update_fields=["dispatched_at", "delivered_at", "canceled_at", "status"])
    return "Its instants are those of its history."


def retell_status(shipment_id: str) -> str:
    """Have a shipment that never left wait for its carrier again."""
    with unit_of_work(ALIAS) as unit:
        unit.now = clock.now()
        shipment = Shipment.objects.select_for_update().get(id=shipment_id)
        if shipment.history.filter(kind="dispatched").exists():
            raise NotDerivable("Its history says that it left.")
        shipment.status = "ready" if shipment.tracking_number else "pending"
        shipment.save(update_fields=["status"])
    return f"It is {shipment.status}."


def retell_tracking(shipment_id: str, greatest: Sighting) -> str:
    """Set where it is to the greatest of its sightings."""
    Shipment.objects.filter(id=shipment_id).update(tracking_status=greatest.status, tracked_at=greatest.at)
    return f"It is {greatest.status}."


def hear_again(report_id: int) -> str:
    """Announce a carrier's report once more; what was done with it is not done again."""
    replay(report_id)
    return "It is acted on at once."
