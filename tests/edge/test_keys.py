"""Idempotency keys: one effect and one answer for each, whoever repeats what; nobody else's, and for nothing else."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps

from storefront import clock
from storefront.rest import keys
from storefront.testing.world import World
from tests.edge.undone import undone
from tests.hostile.books import Books, changed
from tests.hostile.document import Operation, operations, scopes
from tests.hostile.shop import Shop
from tests.hostile.sound import SOUND, in_order, sound_request
from tests.hostile.wire import Reply, Request
from tests.journeys.crowd import at_once, outcomes
from tests.journeys.shop import Shopper, shelve

OTHER_BODIES: dict[str, dict[str, Any]] = {
    "POST /carts": {"metadata": {"table": "eight"}}, "PATCH /carts/{cart_id}": {"metadata": {"table": "ten"}},
    "POST /carts/{cart_id}/lines": {"quantity": 2}, "PATCH /carts/{cart_id}/lines/{line_id}": {"quantity": 4},
    "POST /checkouts": {"email": "grace@example.org"}, "PATCH /checkouts/{checkout_id}": {"email": "grace@example.org"},
    "POST /checkouts/{checkout_id}/complete": {"expected_total": {"amount": 1, "currency": "EUR"}},
    "POST /orders/{order_id}/hold": {"reason": "Another."}, "POST /orders/{order_id}/cancel": {"reason": "Another."},
    "POST /payments/{payment_id}/capture": {"amount": {"amount": 101, "currency": "EUR"}},
    "POST /payments/{payment_id}/refunds": {"reason": "Another."}, "PATCH /stock/{sku}/{location}": {"on_hand": 91},
    "POST /stock/adjustments": {"change": 6}, "POST /webhook-endpoints": {"description": "Another."},
    "PATCH /webhook-endpoints/{endpoint_id}": {"description": "Another."},
    "POST /webhook-endpoints/{endpoint_id}/rotate-secret": {"old_for_hours": 2},
    "POST /webhook-endpoints/{endpoint_id}/replay": {"event": "evt_another"},
}
"""What makes another request of the sound one."""
WITHOUT_ANOTHER = {
    "DELETE /carts/{cart_id}", "DELETE /carts/{cart_id}/lines/{line_id}", "POST /orders/{order_id}/release",
    "POST /payments/{payment_id}/void", "POST /shipments/{shipment_id}/dispatch",
    "POST /shipments/{shipment_id}/cancel", "DELETE /webhook-endpoints/{endpoint_id}",
    "POST /webhook-endpoints/{endpoint_id}/test",
}
"""Their path says it all."""

GONE = ("/carts/{cart_id}/lines/{line_id}", "/carts/{cart_id}", "/webhook-endpoints/{endpoint_id}")
"""What may be deleted."""
TELL_A_SECRET = ("POST /webhook-endpoints", "POST /webhook-endpoints/{endpoint_id}/rotate-secret")
"""Once the endpoint is gone, so is its secret: then these are told that it is not found."""


def commands() -> list[Operation]:
    """Every operation that takes a key, in the order in which the sound ones succeed. Webhooks have ids instead."""
    return [found for found in in_order() if not found.is_safe and not found.path.startswith("/webhooks/")]


def keyed(operation: Operation, key: str = "a-key-of-mine") -> Request:
    """The sound request with this key."""
    return sound_request(operation).having("Idempotency-Key", key)


def otherwise(operation: Operation) -> Request:
    """Another request with the same key."""
    body = SOUND[operation.name].body | OTHER_BODIES[operation.name]
    return replace(keyed(operation), body=json.dumps(body).encode())


@pytest.mark.proves("S5")
class TestKey:
    def test_is_asked_about_with_every_command(self) -> None:
        named = {operation.name for operation in commands()}

        assert named == set(OTHER_BODIES) | WITHOUT_ANOTHER

    def test_sent_again_brings_the_same_answer_and_no_second_effect(self, shop: Shop, world: World) -> None:
        books, wrong = Books(), []
        for operation in commands():
            first = shop.ask(keyed(operation))
            before = books.read()
            again = shop.ask(keyed(operation))
            wrong += [f"{operation.name}: {found}" for found in _unlike(first, again)]
            wrong += [f"{operation.name}: {table} has changed" for table in changed(before, books.read())]
            world.settle()

        assert wrong == []

    def test_with_another_request_is_refused_and_keeps_its_answer(self, shop: Shop) -> None:
        books, wrong = Books(), list[str]()
        for operation in [found for found in commands() if found.name in OTHER_BODIES]:
            with undone():
                first = shop.ask(keyed(operation))
                before = books.read()
                other = shop.ask(otherwise(operation))
                if (other.status, other.json()["code"]) != (422, "idempotency_key_reused"):
                    wrong.append(f"{operation.name}: {other.status} {other.body!r}")
                wrong += [f"{operation.name}: {table} has changed" for table in changed(before, books.read())]
                wrong += [f"{operation.name}: {found}" for found in _unlike(first, shop.ask(keyed(operation)))]

        assert wrong == []

    @pytest.mark.parametrize("gone", GONE)
    def test_sent_again_when_a_thing_is_gone_brings_the_same_answer(self, gone: str, shop: Shop, world: World) -> None:
        books, wrong, deletion = Books(), list[str](), operations()[f"DELETE {gone}"]
        for operation in commands():
            first = shop.ask(keyed(operation))
            with undone():
                assert shop.ask(keyed(deletion, "another-key")).status < 500, operation.name
                before = books.read()
                again = shop.ask(keyed(operation))
                if not (again.status == 404 and "endpoint_id" in gone and operation.name in TELL_A_SECRET):
                    wrong += [f"{operation.name}: {found}" for found in _unlike(first, again)]
                wrong += [f"{operation.name}: {table} has changed" for table in changed(before, books.read())]
            world.settle()

        assert wrong == []

    @pytest.mark.parametrize("name", ["POST /carts", "POST /webhook-endpoints"])
    def test_sent_again_when_what_it_made_is_gone_makes_no_other(self, name: str, shop: Shop) -> None:
        operation, books = operations()[name], Books()
        first = shop.ask(keyed(operation))
        gone = Request("DELETE", first.headers["Location"], (("Authorization", "Bearer {machine}"),))
        assert shop.ask(gone).status in (200, 204)
        before = books.read()

        again = shop.ask(keyed(operation))

        assert again.status == 404 if name in TELL_A_SECRET else _unlike(first, again) == []
        assert changed(before, books.read()) == []

    @pytest.mark.parametrize("versions", [("", "*"), ("*", ""), ("*", '"999"')])
    def test_sent_again_of_another_version_or_of_any_has_no_second_effect(
        self, versions: tuple[str, str], shop: Shop, world: World
    ) -> None:
        books, wrong = Books(), list[str]()
        for operation in commands():
            one, other = (
                keyed(operation).having("If-Match", each) if each else keyed(operation) for each in versions
            )
            first, before = shop.ask(one), books.read()
            again = shop.ask(other)
            if again.status == 422:  # where it is read at all, another version makes another request
                assert again.json()["code"] == "idempotency_key_reused", operation.name
                again = shop.ask(one)
            wrong += [f"{operation.name}: {found}" for found in _unlike(first, again)]
            wrong += [f"{operation.name}: {table} has changed" for table in changed(before, books.read())]
            world.settle()

        assert wrong == []

    def test_is_each_machine_s_own(self, shop: Shop) -> None:
        """Another machine with the same key and body has an effect of its own, or none; never the first's answer."""
        other = keys.mint(name="Other ERP", scopes=scopes())[1]
        for operation in [found for found in commands() if found.scope]:
            with undone():
                shop.ask(keyed(operation))
                reply = shop.ask(keyed(operation).having("Authorization", f"Bearer {other}"))

                assert "Idempotent-Replayed" not in reply.headers, operation.name

    def test_is_each_route_s_own(self, shop: Shop) -> None:
        for operation in commands():
            with undone():
                for earlier in [found for found in commands() if found.name != operation.name][:2]:
                    with undone():
                        shop.ask(keyed(earlier))
                        assert "Idempotent-Replayed" not in shop.ask(keyed(operation)).headers, operation.name

    def test_of_a_guest_elsewhere_opens_another_cart(self, world: World) -> None:
        here, there = (
            world.client.post(
                "/api/v1/carts", '{"currency": "EUR"}', content_type="application/json", REMOTE_ADDR=address,
                headers={"Idempotency-Key": "1"},
            ).json()["id"]
            for address in ("192.0.2.1", "192.0.2.2")
        )

        assert here != there

    @pytest.mark.parametrize("key", ["", " ", "x" * 256, "x" * 65_000, "two words", "ä", "\x00", "a\nb"])
    def test_that_is_none_is_refused_everywhere(self, key: str, shop: Shop) -> None:
        books = Books()
        before = books.read()
        for operation in commands():
            reply = shop.ask(keyed(operation, key))

            assert (reply.status, reply.json()["code"]) == (400, "idempotency_key_malformed"), operation.name
        assert changed(before, books.read()) == []

    def test_of_255_characters_is_one(self, shop: Shop) -> None:
        assert shop.ask(keyed(operations()["POST /carts"], "!" * 255)).status == 201

    def test_lies_in_its_table_as_a_digest_of_one_length(self, shop: Shop) -> None:
        """However long the client's is: so many keys take so much room."""
        for number in range(20):
            shop.ask(keyed(operations()["POST /carts"], f"{number}" * 100))

        lengths = {len(row.key) for row in apps.get_model("cart", "CallKey").objects.filter(key__startswith="api_")}
        assert max(lengths) <= 68

    def test_of_a_request_under_way_is_told_so(self, shop: Shop) -> None:
        """Whoever asks twice at once waits for the first answer; if it takes too long, 409 and when to ask again."""
        operation = operations()["POST /carts"]
        shop.ask(keyed(operation))
        rows = apps.get_model("cart", "CallKey").objects
        rows.filter(key=rows.latest("created_at").key).update(
            answer=None, claimed_until=clock.now() + timedelta(minutes=1)
        )

        reply = shop.ask(keyed(operation).having("Deadline-Ms", "300"))

        assert (reply.status, reply.json()["code"]) == (409, "idempotency_key_in_flight")
        assert reply.headers["Retry-After"] == "1"


def _unlike(first: Reply, again: Reply) -> list[str]:
    """How a replay differs from the first answer."""
    found = [] if first.status < 300 else [f"first {first.status} {first.body[:300]!r}"]
    found += [] if (again.status, again.body) == (first.status, first.body) else [f"then {again.status} {again.body!r}"]
    return found + ([] if again.headers.get("Idempotent-Replayed") == "true" else ["it is not called a replay"])


CROWD = 8


@pytest.mark.proves("S5", "S6")
class TestRace:
    def test_of_one_key_has_one_effect_and_one_answer(self, committed_world: World) -> None:
        shelve(committed_world, "RED-MUG")
        shoppers = [Shopper() for _ in range(CROWD)]
        body = {"currency": "EUR", "lines": [{"sku": "RED-MUG", "quantity": 1}]}

        carts = at_once([partial(each.post, "carts", body, key="raced") for each in shoppers])
        cart = carts[0].json()["id"]
        lines = at_once([
            partial(each.post, f"carts/{cart}/lines", {"sku": "RED-MUG"}, key="raced") for each in shoppers
        ])

        assert {response.status_code for response in (*carts, *lines)} == {201}
        assert len({response.content for response in carts}) == 1
        assert len({response.content for response in lines}) == 1
        assert [line["quantity"] for line in lines[0].json()["lines"]] == [2]
        assert sum("Idempotent-Replayed" in response.headers for response in carts) == CROWD - 1

    def test_of_one_key_for_several_requests_is_won_by_one(self, committed_world: World) -> None:
        shoppers = [Shopper() for _ in range(CROWD)]

        answers = at_once([
            partial(each.post, "carts", {"currency": "EUR", "metadata": {"table": str(number)}}, key="raced")
            for number, each in enumerate(shoppers)
        ])

        assert outcomes(answers) == {(201, ""): 1, (422, "idempotency_key_reused"): CROWD - 1}
        assert apps.get_model("cart", "Cart").objects.count() == 1

    def test_of_a_machine_adjusts_stock_once(self, committed_world: World) -> None:
        shelve(committed_world, "RED-MUG", on_hand=10)
        machine = keys.mint(name="ERP", scopes=["stock:write"])[1]
        body = {"sku": "RED-MUG", "location": "BER", "change": 5, "reason": "received"}

        answers = at_once([
            partial(each.post, "stock/adjustments", body, key="raced", HTTP_AUTHORIZATION=f"Bearer {machine}")
            for each in [Shopper() for _ in range(CROWD)]
        ])

        assert outcomes(answers) == {(201, ""): CROWD}
        assert {response.json()["on_hand"] for response in answers} == {15}
