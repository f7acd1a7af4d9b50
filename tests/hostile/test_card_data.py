"""A card number that somebody sends, wherever they put it, is refused and found nowhere afterwards."""

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.urls import reverse

from modules.catalog.exporting import export
from storefront.rest.context import MaskedLines
from storefront.testing.world import World
from tests.hostile.bodies import places, put
from tests.hostile.document import Operation, operations
from tests.hostile.shop import Shop
from tests.hostile.sound import SOUND, sound_request
from tests.hostile.wire import Request

CANARY, GROUPED, CVV = "4929381332664295", "4929 3813 3266 4295", "737"
ANYWHERE = re.compile("4929[^0-9]{0,2}3813[^0-9]{0,2}3266[^0-9]{0,2}4295")


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """What production would log."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(MaskedLines("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    before = root.level
    root.setLevel(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.WARNING)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def exported() -> str:
    """The goods, as they are written to a file."""
    written = io.StringIO()
    list(export(written, currency="EUR"))
    return written.getvalue()


def hits(written: io.StringIO) -> list[str]:
    """Every place where the number stands: tables of all databases, and the log."""
    found = ["the log"] if ANYWHERE.search(written.getvalue()) else []
    for alias in connections:
        connection = connections[alias]
        for table in connection.introspection.table_names():
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                if any(ANYWHERE.search(_shown(row)) for row in cursor.fetchall()):
                    found.append(f"{alias}.{table}")
    return found


def _shown(row: tuple[Any, ...]) -> str:
    return " ".join(str(bytes(value) if isinstance(value, memoryview) else value) for value in row)


def in_bodies(operation: Operation) -> Iterator[tuple[str, Request]]:
    """The number at every place of the body, as text, in groups, and as a number; and as a field of its own."""
    body, request = SOUND[operation.name].body, sound_request(operation).without("webhook-signature")
    if operation.body is None or isinstance(body, str):
        return
    for path, _ in places(operation.body, body):
        if path:
            for value in (CANARY, GROUPED, int(CANARY)):
                yield f"{path} is {value}", replace(request, body=json.dumps(put(body, path, value)).encode())
    own = dict(body) | {"card_number": CANARY, "cvv": CVV}
    yield "fields of its own", replace(request, body=json.dumps(own).encode())
    escaped = json.dumps(put(body, ("note",), CANARY)).replace("4929", "\\u0034929")
    yield "escaped", replace(request, body=escaped.encode())


def pages_of(model: Any) -> list[str]:
    """Of one row, of all rows, and of a row that is to be."""
    page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    of_a_row = [reverse(f"{page}_{name}", args=["1"]) for name in ("change", "delete", "history")]
    return [*of_a_row, *(reverse(f"{page}_{name}") for name in ("add", "changelist"))]


@pytest.mark.proves("S19")
class TestACardNumberSentToTheApi:
    def test_is_refused_in_every_place_of_every_body_and_kept_nowhere(
        self, shop: Shop, world: World, said: io.StringIO
    ) -> None:
        let_in, sent = [], 0
        for operation in operations().values():
            for what, request in in_bodies(operation):
                reply = shop.ask(request)
                sent += 1
                if reply.status != 422 and not operation.path.startswith("/webhooks/"):
                    let_in.append(f"{operation.name} {what}: {reply.status}")
                assert not ANYWHERE.search(reply.body.decode(errors="replace")), operation.name

        world.settle()
        assert let_in == []
        assert sent > 100
        assert "RED-MUG" in exported()
        assert not ANYWHERE.search(exported())
        assert hits(said) == []

    def test_is_kept_nowhere_from_a_path_a_query_or_a_header(self, shop: Shop, world: World, said: io.StringIO) -> None:
        for operation in operations().values():
            request = sound_request(operation)
            path, _, query = request.target.partition("?")
            for name in operation.parameters_in("path"):
                own = SOUND[operation.name].path.get(name, name)
                shop.ask(replace(request, target=path.replace(f"{{{own}}}", CANARY)))
            for name in operation.parameters_in("query"):
                shop.ask(replace(request, target=f"{path}?{query}&{name}={CANARY}"))
            for name in ("idempotency-key", "x-request-id", "user-agent", "referer", "if-match", "webhook-id"):
                shop.ask(request.having(name, CANARY))
            world.settle()

        assert hits(said) == []


@pytest.mark.proves("S19")
class TestACardNumberSentToTheBackOffice:
    def test_is_refused_by_every_form_and_kept_nowhere(self, world: World, said: io.StringIO) -> None:
        client = Client()
        client.force_login(User.objects.create_superuser("ada"))

        answers = {}
        for model in admin.site._registry:
            fields = {field.name: GROUPED for field in model._meta.fields} | {"reason": CANARY}
            for page in pages_of(model):
                answers[page] = client.post(page, fields).status_code

        assert set(answers.values()) == {422}
        assert hits(said) == []

    @pytest.mark.parametrize("field", ["phone", "variants-0-barcode", "gtin"])
    def test_is_refused_where_other_numbers_go(self, world: World, field: str) -> None:
        client = Client()
        client.force_login(User.objects.create_superuser("ada"))

        assert client.post("/admin/inventory/location/add/", {field: CANARY}).status_code == 422
        assert client.post("/admin/inventory/location/add/", {field: "4006381333931"}).status_code == 200

    def test_as_a_name_to_sign_in_with_is_kept_nowhere(self, world: World, said: io.StringIO) -> None:
        Client().post("/admin/login/", {"username": CANARY, "password": GROUPED})
        Client().get(f"/admin/{CANARY}/", {"q": CANARY})

        assert hits(said) == []


@pytest.mark.proves("S19")
class TestTheSearchForIt:
    def test_finds_what_is_planted(self, world: World, said: io.StringIO) -> None:
        User.objects.create_user("ada", first_name=GROUPED)
        said.write(f"INFO x {CANARY}\n")

        assert hits(said) == ["the log", "default.auth_user"]
