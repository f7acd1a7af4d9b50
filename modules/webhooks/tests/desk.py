"""The desk of a machine outside the shop: it registers endpoints, and things happen."""

from typing import Any

import msgspec

from modules.checkout.events import OrderCanceled, OrderFlagged, OrderPlaced
from modules.webhooks.models import Endpoint, Message
from modules.webhooks.public import SCOPES
from storefront import clock
from storefront.events import Event
from storefront.events.event import Envelope
from storefront.events.inbox import consume
from storefront.ids import new_id
from storefront.money import Money
from storefront.rest import keys
from storefront.testing.world import World

ALL_SCOPES = sorted({*SCOPES.values(), "webhooks:write"})


class Desk:
    """name: whose key it is."""

    def __init__(self, world: World, *, name: str = "ERP", scopes: list[str] | None = None) -> None:
        self.world = world
        self.name = name
        self.key = ""
        self.take_key(scopes or ALL_SCOPES)

    def take_key(self, scopes: list[str]) -> str:
        """A new key under the same name; returns its prefix."""
        row, self.key = keys.mint(name=self.name, scopes=scopes)
        return row.prefix

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A request with the key; the body as JSON."""
        return self.world.client.generic(
            method, f"/api/v1/{path}", b"" if body is None else msgspec.json.encode(body),
            content_type="application/json",
            headers={
                "Authorization": f"Bearer {self.key}", "Idempotency-Key": new_id("key"),
                **{name.replace("_", "-"): text for name, text in headers.items()},
            },
        )

    def register(self, url: str, *events: str, **more: Any) -> dict[str, Any]:
        """A new endpoint for these events, or for all."""
        answer = self.ask("POST", "webhook-endpoints", {"url": url, "events": events or ("*",), **more})
        assert answer.status_code == 201, answer.content
        found: dict[str, Any] = answer.json()
        return found

    def seen(self, endpoint: dict[str, Any]) -> dict[str, Any]:
        """The endpoint as it is now."""
        found: dict[str, Any] = self.ask("GET", f"webhook-endpoints/{endpoint['id']}").json()
        return found

    def change(self, endpoint: dict[str, Any], **changes: Any) -> Any:
        """Whatever its version is."""
        return self.ask("PATCH", f"webhook-endpoints/{endpoint['id']}", changes, If_Match="*")

    def happen(self, *events: Event, replay: str = "") -> list[str]:
        """These arrive from other modules; returns their ids."""
        envelopes = [enveloped(event, replay=replay) for event in events]
        consume("webhooks", envelopes)
        return [envelope.id for envelope in envelopes]

    def later(self, **duration: float) -> None:
        """Let time pass and the shop do what is due then."""
        self.world.clock.advance(**duration)
        self.world.settle()

    def world_time(self) -> str:
        """The present instant, as it is written."""
        return clock.now().isoformat()

    def messages(self, endpoint: dict[str, Any]) -> list[Message]:
        """Those of an endpoint, by the order of their facts."""
        return list(Message.objects.filter(endpoint_id=endpoint["id"]).order_by("fact_id"))

    def row(self, endpoint: dict[str, Any]) -> Endpoint:
        """Its row."""
        return Endpoint.objects.get(id=endpoint["id"])


def enveloped(event: Event, *, replay: str = "") -> Envelope:
    """As the relay would bring it."""
    return Envelope(
        id=new_id("evt"), type=event.event_type, version=event.event_version,
        subject=getattr(event, event.event_subject), occurred_at=clock.now(), replay=replay,
        payload=msgspec.json.encode(event).decode(),
    )


def placed(order_id: str = "ord_1") -> OrderPlaced:
    """Two red mugs were bought."""
    return OrderPlaced(
        order_id=order_id, number="1001", checkout_id="chk_SECRET", cart_id="crt_SECRET", email="ada@example.org",
        total=Money(2_500, "EUR"), skus=("RED-MUG",),
    )


def canceled(order_id: str = "ord_1") -> OrderCanceled:
    """They were not wanted after all."""
    return OrderCanceled(order_id=order_id, reason="Bought twice.")


def flagged(order_id: str = "ord_1") -> OrderFlagged:
    """Somebody must look."""
    return OrderFlagged(order_id=order_id, code="backordered", sku="RED-MUG")
