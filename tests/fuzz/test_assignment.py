"""Nobody sets what is not theirs to set: every column of every table is sent with every write, and refused."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps

from tests.hostile import values
from tests.hostile.bodies import Path, places, put
from tests.hostile.document import Json, Operation, operations
from tests.hostile.ledger import Ledger
from tests.hostile.shop import Shop
from tests.hostile.sound import SOUND, in_order, sound_request


def columns() -> set[str]:
    """The name of every field of every model, and what a client might hope for beside them."""
    found = {field.name for model in apps.get_models() for field in model._meta.get_fields()}
    return (found | {f"{name}_id" for name in found} | set(values.EXTRAS)) - {""}


def writes() -> list[Operation]:
    """Every operation with a JSON body of its own shape."""
    return [operation for operation in in_order() if operation.body and not isinstance(SOUND[operation.name].body, str)]


def _closed_places(operation: Operation) -> Iterator[tuple[Path, set[str]]]:
    """Where an object of a closed shape stands in the body, and the names that it has."""
    body: Any = SOUND[operation.name].body
    schema: Json = operation.body or {}
    for path, place in places(schema, body):
        if place.get("type") == "object" and not isinstance(place.get("additionalProperties"), dict):
            yield path, set(place.get("properties", {}))


@pytest.mark.proves("S3")
class TestEveryWrite:
    def test_refuses_every_column_that_it_does_not_take(self, shop: Shop) -> None:
        ledger, names, wrong, sent = Ledger(), sorted(columns()), list[str](), 0
        for operation in writes():
            sound = sound_request(operation)
            for path, known in _closed_places(operation):
                tried = names if not path else values.EXTRAS  # inside, what a client might hope for
                for name in [name for name in tried if name not in known]:
                    body = put(SOUND[operation.name].body, (*path, name), 1)
                    reply = shop.ask(replace(sound, body=json.dumps(body).encode()))
                    sent += 1
                    if (reply.status, reply.json()["code"]) != (422, "invalid_body"):
                        wrong.append(f"{operation.name}: {path} {name}: {reply.status} {reply.body!r}")
                wrong += [f"{operation.name}: {table} has changed" for table in ledger.all_changes()]

        assert wrong == []
        assert sent > 3_000

    def test_takes_no_column_by_its_query(self, shop: Shop) -> None:
        ledger = Ledger()
        for operation in [found for found in writes() if found.body]:
            request = sound_request(operation)
            spoilt = replace(request, target=f"{request.target}?status=paid&total=1", body=b"{")

            assert shop.ask(spoilt).status == 400, operation.name
        assert ledger.all_changes() == []


@pytest.mark.proves("S3")
class TestColumns:
    def test_are_those_of_all_modules(self) -> None:
        assert {"captured", "reserved", "on_hand", "is_superuser", "scopes", "total_minor", "status"} <= columns()
        assert len(columns()) > 200

    def test_are_sent_with_all_writes(self) -> None:
        told = {name for name, operation in operations().items() if operation.body}

        assert {operation.name for operation in writes()} == {name for name in told if "/webhooks/" not in name}
