"""A day in which every kind of fact is announced, and none is delivered yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps

from modules.checkout.interface import Checkout
from modules.inventory.interface import Inventory
from modules.payments.interface import Payments
from modules.shipping import reports
from modules.shipping.carriers.protocol import TrackingReport
from modules.shipping.carriers.sandbox import SandboxCarrier
from modules.shipping.interface import Shipping
from storefront import clock, schedule
from storefront.events import inbox
from storefront.events.delivery import Parcel, Receipt
from storefront.events.event import Envelope
from storefront.events.subscription import heard_by
from storefront.interface import connect
from storefront.money import Money
from storefront.sagas import runner
from storefront.testing.simulation.clockwork import played_time
from storefront.testing.simulation.stage import Stage
from storefront.testing.simulation.trouble import Troubles
from storefront.topology import modules_here
from tests.journeys.shop import Shopper
from tests.simulation.premises import opened, premises

checkouts, inventory, payments, shipping = connect(Checkout), connect(Inventory), connect(Payments), connect(Shipping)


@contextmanager
def day() -> Iterator[Stage]:
    """The shop as it was built, on virtual time, with no troubles; the same facts with the same ids each time."""
    premises()
    stage = Stage(7, Troubles({}), lambda: premises().adopted())
    with opened(stage), played_time(stage):
        yield stage


def live(stage: Stage) -> None:
    """Buy, cancel, refund, dispute, void, run low, wait for units, dispatch, deliver."""
    paid, backordered, disputed, canceled = (
        buy(stage, sku, quantity, token)
        for sku, quantity, token in (
            ("RED-MUG", 3, "tok_visa"), ("LATE-MUG", 3, "tok_visa"), ("GREEN-MUG", 1, "tok_chargeback"),
            ("BLUE-MUG", 1, "tok_visa"),
        )
    )
    (payment,) = payments.payments_of(order_id=paid)
    part = Money(100, payment.amount.currency)
    payments.refund(key="part", payment_id=payment.id, refund_id="rfd_part", amount=part, reason="goodwill")
    payments.authorize(
        key="alone", payment_id="pay_alone", order_id=disputed, amount=part, provider="sandbox", token="tok_visa"
    )
    payments.void(key="alone:void", payment_id="pay_alone")
    checkouts.cancel(key="cancel", order_id=canceled, reason="changed my mind", actor="grace")
    inventory.adjust(key="came", sku="LATE-MUG", location="BER", change=5, reason="delivery", actor="grace")
    for order_id in (paid, disputed):
        (shipment,) = shipping.shipments_of(order_id=order_id)
        shipping.dispatch(key=f"dispatch:{shipment.id}", shipment_id=shipment.id)
        for number, status in enumerate(("in_transit", "out_for_delivery", "delivered")):
            report(shipment.tracking_number, status, f"evt_{shipment.id}_{number}")
    work(stage)
    del backordered


def buy(stage: Stage, sku: str, quantity: int, token: str) -> str:
    """An order, with all that follows but deliveries."""
    placed = Shopper().buy((sku, quantity), token=token)
    assert placed.status_code == 201, placed.content
    work(stage)
    return str(placed.json()["id"])


def work(stage: Stage) -> None:
    """Sagas and jobs, until nothing is due; a minute later too."""
    for _ in range(3):
        stage.now += 20
        while runner.run_due("checkout") + sum(schedule.run_due(module) for module in modules_here()):
            pass


def report(tracking_number: str, status: Any, event_id: str) -> None:
    """The carrier's webhook."""
    told = TrackingReport(tracking_number=tracking_number, status=status, occurred_at=clock.now())
    body, headers = SandboxCarrier().signed(told, event_id=event_id)
    reports.receive("sandbox", headers=headers, body=body)


def facts_for(consumer: str) -> list[Envelope]:
    """What it hears of all producers, oldest first."""
    wanted = heard_by(consumer)
    found = []
    for producer in sorted({name.partition(".")[0] for name in wanted} & set(modules_here())):
        rows = apps.get_model(producer, "Outbox").objects.filter(type__in=wanted).order_by("occurred_at", "id")
        found += [
            Envelope(
                id=row.id, type=row.type, version=row.version, subject=row.subject, occurred_at=row.occurred_at,
                payload=row.payload,
            )
            for row in rows
        ]
    return found


def hand_over(consumer: str, envelopes: list[Envelope]) -> list[Receipt]:
    """One after the other, each by itself."""
    return [inbox.receive(consumer, [Parcel(number, envelope)]) for number, envelope in enumerate(envelopes)]
