"""The shop under attack: something of every kind, and what it is called."""

from dataclasses import dataclass

from modules.inventory.interface import Inventory
from modules.payments.interface import Payments
from modules.payments.sandbox import signature
from modules.shipping.carriers.protocol import TrackingReport
from modules.shipping.carriers.sandbox import SandboxCarrier
from modules.webhooks.interface import Machine, Webhooks
from storefront import clock
from storefront.ids import new_id
from storefront.interface import connect
from storefront.money import Money
from storefront.rest import keys
from storefront.testing.world import World
from tests.hostile.document import scopes
from tests.hostile.sound import TOTAL
from tests.hostile.wire import Reply, Request, Wire
from tests.journeys.shop import Shopper, shelve


@dataclass(frozen=True)
class Shop:
    """names: what `{cart_id}` and its like stand for in this shop."""

    names: dict[str, str]
    wire: Wire

    def ask(self, request: Request) -> Reply:
        """Send a request in which the names have been filled in."""
        return self.wire.send(self.filled(request))

    def filled(self, request: Request) -> Request:
        """The request as this shop gets it."""
        found = request.filled(self.names)
        body = found.body and found.body.replace(str(TOTAL).encode(), self.names["total"].encode())
        return Request(found.method, found.target, found.headers, body)


def opened(world: World) -> Shop:
    """A shop with goods, carts, a checkout, orders, payments, parcels, and keys of all sorts."""
    shelve(world, "RED-MUG")
    shelve(world, "GREEN-MUG")
    shelve(world, "BLUE-MUG", on_hand=1, backorder_limit=50)
    shopper = Shopper()
    cart, other = shopper.cart(("RED-MUG", 1)), shopper.cart(("RED-MUG", 1))
    checkout = shopper.checkout(("RED-MUG", 1))
    names = {
        "cart_id": cart["id"], "line_id": cart["lines"][0]["id"], "other_cart": other["id"],
        "other_line": other["lines"][0]["id"], "checkout_id": checkout["id"],
        "total": str(checkout["totals"]["total"]["amount"]),
        "name": "red-mug", "carrier": "sandbox", "provider": "sandbox", "sku": "GREEN-MUG", "location": "BER",
        **_keys(), **_orders(world, shopper), **_payments(world),
    }
    names["endpoint_id"] = _endpoint(world, names["machine"])
    level = connect(Inventory).levels(skus=("GREEN-MUG",))[0]
    return Shop(names | _letters(names) | {"level_version": str(level.version)}, Wire())


def _keys() -> dict[str, str]:
    revoked, revoked_key = keys.mint(name="Former ERP", scopes=scopes())
    keys.revoke(revoked.prefix)
    machine = keys.mint(name="ERP", scopes=scopes())[1]
    return {
        "machine": machine, "revoked": revoked_key, "poor": keys.mint(name="Kiosk", scopes=["kiosk:read"])[1],
        "forged": machine[:-8] + "AAAAAAAA", "unknown": f"sk_aaaaaaaa_{'A' * 43}",
    }


def _endpoint(world: World, key: str) -> str:
    """Where the machine hears of nothing, for there is nobody."""
    return connect(Webhooks).register(
        key=world.key(), owner="ERP", machine=Machine(prefix=key.split("_")[1], scopes=tuple(sorted(scopes()))),
        url="https://erp.example/hooks", description="", events=("webhook_endpoint.disabled",),
    ).id


def _orders(world: World, shopper: Shopper) -> dict[str, str]:
    """One that is paid and packed, another, and one that waits for goods to arrive."""
    full = shopper.cart(("RED-MUG", 9_999))
    checkout = shopper.checkout(("RED-MUG", 2))
    sold = shopper.get(f"carts/{checkout['cart']}").json()
    order_id = shopper.complete(checkout).json()["id"]
    idle_id = shopper.buy(("RED-MUG", 1)).json()["id"]
    waiting_id = shopper.buy(("BLUE-MUG", 2)).json()["id"]
    world.settle()
    order, idle = shopper.order(order_id, checkout["id"]), _shipments(idle_id)
    return {
        "order_id": order_id, "order_checkout": checkout["id"], "payment_id": order["payments"][0]["id"],
        "shipment_id": order["shipments"][0]["id"], "tracking_number": order["shipments"][0]["tracking_number"],
        "waiting_order": waiting_id, "idle_shipment": idle, "sold_cart": sold["id"],
        "sold_line": sold["lines"][0]["id"],
        "full_cart": full["id"],
    }


def _shipments(order_id: str) -> str:
    from modules.checkout.interface import Checkout

    return connect(Checkout).order(order_id=order_id).shipments[0].id


def _payments(world: World) -> dict[str, str]:
    """Two whose money is set aside and not taken."""
    names = {"held_payment": new_id("pay"), "idle_payment": new_id("pay")}
    for payment_id in names.values():
        connect(Payments).authorize(
            key=world.key(), payment_id=payment_id, order_id=new_id("ord"), amount=Money(5_000, "EUR"),
            provider="sandbox", token="tok_visa",
        )
    world.settle()
    return names


def _letters(names: dict[str, str]) -> dict[str, str]:
    """A genuine webhook of the carrier and one of the bank."""
    report = TrackingReport(
        tracking_number=names["tracking_number"], status="in_transit", occurred_at=clock.now(), note="Left the depot."
    )
    letter, told = SandboxCarrier().signed(report, event_id="evt_carrier")
    bank = b'{"type": "payment.authorized", "key": "a key of the bank\'s own"}'
    letters = {"carrier": (letter, told), "bank": (bank, signature.signed("evt_bank", bank))}
    found = {}
    for sender, (body, headers) in letters.items():
        found[f"{sender}_letter"] = body.decode()
        found |= {f"{sender}_{name.removeprefix('webhook-')}": text for name, text in headers.items()}
    return found
