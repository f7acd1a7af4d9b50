"""One payment, told of by the browser, the bank's webhook, the sweep and the shop's own call: one order, one charge."""

import json
from collections import Counter
from datetime import timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest
from django.db import connections

from modules.checkout import tasks
from modules.checkout.models import Checkout
from modules.payments import reconciliation, webhooks
from modules.payments.events import PaymentAuthorized
from modules.payments.interface import Payments
from modules.payments.sandbox.signature import signed
from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.interface import connect
from tests.journeys.shop import Shopper
from tests.races import REPEATS
from tests.races.scene import Entry, Scene, charges, orders

SWEEP_SECONDS = 2.0
"""For the sweep to come as far as it comes while somebody else holds the row; a slow machine makes the test easier."""
RACES = 5
"""In the short form of each test, of which every one is a new payment."""


def letter_about(payment_id: str) -> bytes:
    """What the bank writes of a payment that its owner has confirmed."""
    return json.dumps({"type": "payment.authorized", "key": f"authorize:{payment_id}"}).encode()


def notify(caller: Shopper, payment_id: str, event_id: str) -> Any:
    """The bank's webhook."""
    body = letter_about(payment_id)
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in signed(event_id, body).items()}
    return caller.client.post(
        "/api/v1/webhooks/payments/sandbox", data=body, content_type="application/json", **headers  # type: ignore[arg-type]
    )


def confirmed(entry: Entry) -> tuple[str, str]:
    """The shopper has been to the bank and confirmed; the payment, and where the bank sends the browser."""
    asked = entry.shopper.complete(entry.checkout, key=f"first-{entry.checkout['id']}")
    assert asked.status_code == 402, asked.content
    decided = entry.shopper.client.post(asked.json()["action_url"], {"decision": "approve"})
    assert decided.status_code == 303
    return asked.json()["payment_id"], decided.headers["Location"]


@pytest.mark.proves("R14", "R13", "I2", "I3", "I5")
@pytest.mark.rival("saleor#12652", "medusa#13301", "sylius#15172", "pinelab-vendure-plugins#620", "saleor#10925")
class TestBrowserWebhookAndShopper:
    def test_settle_one_payment_together(self, served: Scene) -> None:
        served.shelve("RED-MUG", on_hand=1000)
        count = RACES * REPEATS

        for number, entry in enumerate(served.entries(count, ("RED-MUG", 1), token="tok_3ds")):
            payment_id, back = confirmed(entry)
            answers = served.rush([
                partial(served.shopper(number).client.get, back),
                partial(notify, served.shopper(number + 1), payment_id, f"evt_{number}_a"),
                partial(notify, served.shopper(number + 2), payment_id, f"evt_{number}_a"),
                partial(notify, served.shopper(number + 3), payment_id, f"evt_{number}_b"),
                *(partial(served.shopper(number + each).complete, entry.checkout, key=f"again-{number}-{each}")
                  for each in range(2)),
            ])
            assert [answer.status_code for answer in answers[:4]] == [200] * 4
            assert sorted(answer.status_code for answer in answers[4:]) == [201, 409]

        assert orders() == len(charges()) == count
        assert len(served.world.published(PaymentAuthorized)) == count
        assert served.available("RED-MUG") == 1000 - count


@pytest.mark.proves("R14", "I2", "I3", "I5")
class TestAShopperWhoComesBackLate:
    def test_keeps_the_payment_though_the_shop_was_about_to_give_up_on_them(self, here: Scene) -> None:
        here.shelve("RED-MUG", on_hand=1)
        (entry,) = here.entries(1, ("RED-MUG", 1), token="tok_3ds")
        payment_id, _ = confirmed(entry)
        late = clock.now() - tasks.CONFIRM_WITHIN - timedelta(minutes=1)
        Checkout.objects.update(updated_at=late)
        given_up: list[int] = []
        sweep = Thread(target=lambda: given_up.append(give_up()))

        with unit_of_work("checkout"):  # as their `complete` does, which has not committed yet
            Checkout.objects.update(updated_at=clock.now())
            sweep.start()
            sweep.join(SWEEP_SECONDS)
        sweep.join()
        here.settle()

        assert given_up == [0]
        assert Checkout.objects.get().payment_id == payment_id
        assert entry.buy().status_code == 201
        here.settle()
        assert (orders(), len(charges())) == (1, 1)


def give_up() -> int:
    """On how many checkouts; in a thread of its own."""
    try:
        with unit_of_work("checkout"):
            return tasks.abandon_payments(clock.now())
    finally:
        connections.close_all()


@pytest.mark.proves("R14", "I2", "I3", "I5")
@pytest.mark.rival("saleor#12652", "sylius#15172")
class TestBrowserWebhookAndSweep:
    def test_settle_one_payment_together_with_the_shop(self, here: Scene) -> None:
        here.shelve("RED-MUG", on_hand=1000)
        count = RACES * REPEATS

        for number, entry in enumerate(here.entries(count, ("RED-MUG", 1), token="tok_3ds")):
            payment_id, back = confirmed(entry)
            later = clock.now() + reconciliation.AGAIN * 2
            answers = here.rush([
                lambda back=back: here.shopper().client.get(back).status_code,  # type: ignore[misc]
                lambda paid=payment_id: notify(here.shopper(), paid, f"evt_{paid}").status_code,  # type: ignore[misc]
                lambda at=later: reconciliation.reconcile(now=at) and 0,  # type: ignore[misc]
                lambda at=later: webhooks.handle_due(now=at) and 0,  # type: ignore[misc]
                lambda entry=entry, number=number: entry.shopper.complete(  # type: ignore[misc]
                    entry.checkout, key=f"again-{number}"
                ).status_code,
            ])
            assert Counter(answers) == Counter({200: 2, 0: 2, 201: 1})

        assert orders() == len(charges()) == count
        assert len(here.world.published(PaymentAuthorized)) == count

    def test_leave_one_payment_of_a_bank_that_never_answered(self, here: Scene) -> None:
        """`tok_timeout` charges and never answers; whoever looks first finds what became of it."""
        here.shelve("RED-MUG", on_hand=1000)
        (entry,) = here.entries(1, ("RED-MUG", 1), token="tok_timeout")

        answers = here.rush([
            entry.buy, *(lambda: reconciliation.reconcile(now=clock.now() + reconciliation.AGAIN) for _ in range(3))
        ])

        assert answers[0].status_code == 201
        assert orders() == len(charges()) == 1
        payment = connect(Payments).payment(payment_id=answers[0].json()["payments"][0]["id"])
        assert [line.kind for line in payment.ledger].count("authorization_success") == 1
