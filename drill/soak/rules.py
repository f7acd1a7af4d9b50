"""Which tables may grow with what is sold, and which must not."""

from typing import Literal

import msgspec

Kind = Literal["sales", "short", "long", "steady"]
"""sales: kept for good. short: bounded under load. long: forgotten after weeks. steady: grows with nothing here."""

SALES = frozenset({
    "checkout.order", "checkout.orderline", "checkout.orderflag", "checkout.timelineentry", "checkout.purchase",
    "payments.payment", "payments.attempt", "payments.ledgerentry",
    "payments.bankpayment", "payments.bankrequest", "payments.bankoutage",
    "inventory.movement", "inventory.reservation", "inventory.reservationline",
    "shipping.shipment", "shipping.shipmentevent",
})
OPERATED = "auditentry"
"""Grows with what operators do; those of the soak cancel and refund."""
SHORT = ("callkey", "outbox", "sagarow", "delivery")
"""The platform's tables whose rows go at once when their windows are set to nothing."""
PASSING = "trial"
"""Its rows go with what they are about, for which a job is named elsewhere."""


class TableRule(msgspec.Struct, frozen=True):
    """What a module declares in its `keeping.py`."""

    why: str
    job: str = ""

    def kind(self, label: str) -> Kind:
        """That of the table of this label, such as `checkout.order`."""
        name = label.partition(".")[2]
        if label in SALES or name == OPERATED:
            return "sales"
        if name in SHORT:
            return "short"
        return "long" if self.job or name == PASSING else "steady"
