"""Who sends webhooks to the shop: the sandbox bank and the sandbox carrier, with letters about what is true there."""

import base64
import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import msgspec
import pytest

from modules.payments.interface import Payments
from modules.payments.models import Payment, WebhookReceipt
from modules.payments.providers.protocol import Outcome
from modules.payments.sandbox.models import BankPayment
from modules.payments.sandbox.provider import Sandbox
from modules.shipping import carriers, tariff
from modules.shipping.carriers.protocol import TrackingReport
from modules.shipping.carriers.sandbox import SECRETS_FROM, SandboxCarrier, TrackingUpdated
from modules.shipping.interface import PostalAddress, ShippedItem, Shipping
from modules.shipping.models import CarrierReport, Method, Shipment
from storefront.calls import retry
from storefront.ids import new_id
from storefront.interface import OutcomeUnknown, Refusal, connect
from storefront.money import Money
from storefront.testing.world import World


def secret(name: str) -> str:
    """A webhook secret, the same for the same name."""
    return f"whsec_{base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()}"


class Letter(NamedTuple):
    """A webhook that was never signed yet."""

    event_id: str
    body: bytes


class Sender(ABC):
    """A provider or a carrier. new, old: its two secrets during a rotation; retired: one that holds no more."""

    name: str
    path: str
    forged_code: str

    def __init__(self, world: World) -> None:
        self.world = world
        self.new, self.old, self.retired = (f"{self.name} {age}" for age in ("new", "old", "retired"))

    def post(self, body: bytes, headers: dict[str, str]) -> Any:
        """Send bytes as they are."""
        return self.world.client.post(self.path, body, content_type="application/json", headers=headers)

    def deliver(self, letter: Letter, *, by: str = "") -> int:
        """Send a letter, signed now. by: the name of a secret."""
        return int(self.post(letter.body, signed(letter, secret(by or self.new))).status_code)

    @abstractmethod
    def stored(self) -> list[str]:
        """The ids of the letters that were kept."""

    @abstractmethod
    def letters(self, count: int, chance: Random) -> list[Letter]:
        """Let things happen unheard by the shop; at least as many letters about them, in the order of the facts."""

    @abstractmethod
    def ours(self) -> dict[str, Any]:
        """What the shop holds for true, by the id of the thing."""

    @abstractmethod
    def theirs(self) -> dict[str, Any]:
        """What is true at the sender, in the same words."""


def signed(letter: Letter, key: str | bytes, *, at: datetime | None = None) -> dict[str, str]:
    """The headers of Standard Webhooks, made here and not by what verifies them."""
    raw = base64.b64decode(key.removeprefix("whsec_")) if isinstance(key, str) else key
    stamp = str(int((at or datetime.now(UTC)).timestamp()))
    told = b".".join((letter.event_id.encode(), stamp.encode(), letter.body))
    digest = base64.b64encode(hmac.digest(raw, told, hashlib.sha256)).decode()
    return {"webhook-id": letter.event_id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{digest}"}


class Bank(Sender):
    """The sandbox bank. Every answer that it gives is lost on the way, so only its letters tell."""

    name, path, forged_code = "bank", "/api/v1/webhooks/payments/sandbox", "payments.forged_webhook"

    def stored(self) -> list[str]:
        return list(WebhookReceipt.objects.values_list("event_id", flat=True))

    def letters(self, count: int, chance: Random) -> list[Letter]:
        found: list[Letter] = []
        while len(found) < count:
            fate = chance.choice(("authorized", "declined", "captured", "refunded", "disputed"))
            found += self._payment(fate, new_id("pay"), Money(chance.randint(100, 99_999), "EUR"))
        return found

    def _payment(self, fate: str, payment_id: str, amount: Money) -> list[Letter]:
        """The letters about one payment, of which the last one is news to the shop."""
        key, token = f"authorize:{payment_id}", "tok_declined" if fate == "declined" else "tok_visa"
        with answers_lost() if fate in ("authorized", "declined") else answers_heard():
            self._ask("authorize", payment_id, amount=amount, order_id=f"ord_{payment_id}", provider="sandbox",
                      token=token)
        if fate in ("authorized", "declined"):
            return [letter(f"payment.{fate}", key=key)]
        first = letter("payment.authorized", key=key)
        with answers_lost() if fate == "captured" else answers_heard():
            self._ask("capture", payment_id, amount=amount)
        second = letter("payment.captured", key=_last_key("capture", payment_id))
        if fate == "captured":
            return [first, second]
        reference = BankPayment.objects.get(key=key).id
        if fate == "disputed":
            BankPayment.objects.filter(key=key).update(disputed=amount.amount)
            return [first, second, letter("payment.disputed", reference=reference, amount=amount)]
        with answers_lost():
            self._ask("refund", payment_id, amount=amount, refund_id=new_id("rfd"), reason="chipped")
        return [first, second, letter("payment.refunded", key=_last_key("refund", payment_id))]

    def _ask(self, command: str, payment_id: str, **facts: Any) -> None:
        with suppress(OutcomeUnknown, Refusal):
            getattr(connect(Payments), command)(key=self.world.key(), payment_id=payment_id, **facts)

    def ours(self) -> dict[str, Any]:
        return {
            f"authorize:{row.id}":
                (row.authorized, row.captured, row.refunded, row.charged_back, row.status == "failed")
            for row in Payment.objects.all()
        }

    def theirs(self) -> dict[str, Any]:
        return {
            row.key: (row.authorized, row.captured, row.refunded, row.disputed, row.status == "declined")
            for row in BankPayment.objects.all()
        }


def letter(name: str, **facts: Any) -> Letter:
    """A letter of the bank."""
    return Letter(new_id("evt"), msgspec.json.encode({"type": name, **facts}))


def _last_key(kind: str, payment_id: str) -> str:
    from modules.payments.models import Attempt

    return Attempt.objects.filter(payment_id=payment_id, kind=kind).latest("started_at").key


@contextmanager
def answers_lost() -> Iterator[None]:
    """The bank does as it is asked, and nobody hears its answer."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("authorize", "capture", "refund", "void"):
            patch.setattr(Sandbox, name, _unheard(getattr(Sandbox, name)))
        yield
    retry.forget()  # or the shop would let so silent a bank rest


@contextmanager
def answers_heard() -> Iterator[None]:
    """As always."""
    yield


def _unheard(ask: Any) -> Any:
    def asked(self: Sandbox, **facts: Any) -> Outcome:
        ask(self, **facts)
        raise OutcomeUnknown("The answer was lost on the way.")

    return asked


class Carrier(Sender):
    """The sandbox carrier, with parcels under way."""

    name, path, forged_code = "carrier", "/api/v1/webhooks/carriers/sandbox", "shipping.forged_report"

    ROUTES = (
        ("in_transit", "out_for_delivery", "delivered"), ("in_transit", "failure", "out_for_delivery", "delivered"),
        ("in_transit", "available_for_pickup"), ("in_transit", "failure", "return_to_sender"), ("in_transit",),
    )

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._told: dict[str, str] = {}

    def stored(self) -> list[str]:
        return list(CarrierReport.objects.values_list("event_id", flat=True))

    def letters(self, count: int, chance: Random) -> list[Letter]:
        found: list[Letter] = []
        while len(found) < count:
            found += self._parcel(chance.choice(self.ROUTES), count - len(found))
        return found

    def _parcel(self, route: tuple[str, ...], most: int) -> list[Letter]:
        shipment = connect(Shipping).arrange(
            key=self.world.key(), shipment_id=new_id("shp"), order_id=new_id("ord"), method="standard", weight_g=420,
            items=(ShippedItem(sku="RED-MUG", title="Red mug", quantity=1),),
            address=PostalAddress(name="Ada", line1="Ring 1", city="Berlin", postal_code="10178", country="DE"),
        )
        began_at = datetime.now(UTC) - timedelta(days=9)
        Shipment.objects.filter(id=shipment.id).update(created_at=began_at)
        found = []
        for day, status in enumerate(route[:most]):
            report = msgspec.convert({
                "tracking_number": shipment.tracking_number, "status": status,
                "occurred_at": (began_at + timedelta(days=day)).isoformat(),
            }, TrackingReport)
            found.append(Letter(new_id("evt"), msgspec.json.encode(TrackingUpdated(data=report))))
            self._told[shipment.id] = status
        return found

    def ours(self) -> dict[str, Any]:
        return dict(Shipment.objects.values_list("id", "tracking_status"))

    def theirs(self) -> dict[str, Any]:
        return dict(self._told)


SENDERS = {"bank": Bank, "carrier": Carrier}


@contextmanager
def in_rotation(settings: Any, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each sender has a new and an old secret that hold."""
    settings.PAYMENT_SANDBOX_PATIENCE_SECONDS = 0
    settings.PAYMENT_SANDBOX_WEBHOOK_SECRETS = [secret("bank new"), secret("bank old")]
    patch.setenv(SECRETS_FROM, f"{secret('carrier new')},{secret('carrier old')}")
    yield


@contextmanager
def delivers_express(carrier: SandboxCarrier) -> Iterator[None]:
    """Express parcels go by this carrier meanwhile."""
    carriers.register(carrier)
    Method.objects.filter(code="express").update(carrier=carrier.code)
    tariff.forget()
    yield
    del carriers._CARRIERS[carrier.code]
    tariff.forget()
