"""Two thousand hostile requests, made of the OpenAPI document: each is refused as documented, and nothing changes."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.hostile.books import Books, changed
from tests.hostile.document import operations
from tests.hostile.pool import COUNT, KINDS, SEED, chosen, harmless
from tests.hostile.shop import Shop
from tests.hostile.sound import in_order, sound_request
from tests.hostile.tampering import unknown_names
from tests.hostile.verdict import Judge

SHOWN = 15
LOOKED_AFTER_EVERY = 100
"""Attacks: so often all tables are read, which also keeps PostgreSQL from ending a transaction as idle."""

JOURNAL = {"checkout.checkout_checkout", "checkout.checkout_sagarow", "cart.cart_tombstone"}
"""Where it is noted that an order was begun and undone; no goods, no money, no order."""


class TestAttacks:
    def test_are_as_many_as_promised(self) -> None:
        assert len({attack.request for attack in chosen()}) == COUNT

    def test_reach_every_operation_in_every_way(self) -> None:
        reached = Counter((attack.kind, attack.operation.name) for attack in chosen())

        assert {kind for kind, _ in reached} == set(KINDS)
        for name, operation in operations().items():
            assert reached["headers", name], name
            assert reached["strangers", name], name
            assert reached["paths", name], name
            assert reached["bodies", name] or operation.body is None, name

    def test_tamper_with_what_there_is(self) -> None:
        assert unknown_names() == []

    @pytest.mark.proves("R16", "S3", "S4", "S7")
    @pytest.mark.parametrize("kind", KINDS)
    def test_are_refused_and_change_nothing(self, kind: str, shop: Shop) -> None:
        judge = Judge(shop)
        attacks = [attack for attack in chosen() if attack.kind == kind]

        wrong = []
        for number, attack in enumerate(attacks, 1):
            wrong += judge.try_out(attack)
            if number % LOOKED_AFTER_EVERY == 0:
                wrong += judge.changes()
        wrong += judge.changes()

        assert not wrong, _report(kind, wrong)


class TestKeysOfNoUse:
    @pytest.mark.proves("S7")
    def test_open_what_is_open_to_guests_and_nothing_else(self, shop: Shop) -> None:
        reads = [operation for operation in in_order() if operation.is_safe]

        for operation in reads:
            reply = shop.ask(sound_request(operation).having("Authorization", "Bearer {poor}"))

            assert reply.status == (403 if operation.scope else 200), operation.name


class TestHostileTexts:
    @pytest.mark.proves("R16")
    def test_in_right_form_are_stored_or_refused_and_break_nothing(self, shop: Shop) -> None:
        judge = Judge(shop)

        wrong = [complaint for attack in harmless() for complaint in judge.try_out(attack)]

        assert not wrong, _report("harmless bodies", wrong)


class TestTamperedTotal:
    @pytest.mark.proves("S4")
    @pytest.mark.parametrize("amount", [0, 1, -1, 2**63 - 1, 1 - 2**63])
    def test_is_refused_and_wins_nothing(self, amount: int, shop: Shop) -> None:
        complete = sound_request(operations()["POST /checkouts/{checkout_id}/complete"])
        body = b'{"expected_total": {"amount": %d, "currency": "EUR"}}' % amount
        books = Books()
        before = books.read()

        reply = shop.ask(replace(complete, body=body).having("Idempotency-Key", "tampered"))

        assert (reply.status, reply.json()["code"]) == (409, "price_changed")
        assert set(changed(before, books.read())) <= JOURNAL
        assert shop.ask(complete).status == 201


def _report(kind: str, wrong: list[str]) -> str:
    shown = "\n".join(wrong[:SHOWN])
    return f"{len(wrong)} complaints about {kind}, HOSTILE_SEED={SEED}; the first are:\n{shown}"
