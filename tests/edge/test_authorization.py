"""Every route, asked by everybody: each gets what the policy says, and who is refused changes nothing."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from storefront.rest import keys
from storefront.testing.statements import counted
from storefront.testing.world import World
from tests.edge.policy import OTHERS, POLICY, PREREQUISITES
from tests.edge.principals import Principal, everybody, owns
from tests.edge.routes import as_documented, routes
from tests.edge.table import DOCUMENT, rendered
from tests.edge.undone import undone
from tests.hostile.attack import Attack
from tests.hostile.books import Books, changed
from tests.hostile.document import METHODS, Operation, operations, scopes
from tests.hostile.ledger import Ledger
from tests.hostile.shop import Shop
from tests.hostile.sound import in_order, sound_request
from tests.hostile.verdict import complaints
from tests.hostile.wire import Reply, Request

PRIVATE = (b"ada@example.org", b"Turmstrasse", b"Lovelace", b"tok_visa")
RESOURCES = sorted({name.split("/")[1] for name in POLICY})


class TestPolicy:
    @pytest.mark.proves("S1", "S7")
    def test_has_a_row_for_every_operation_of_the_document(self) -> None:
        assert sorted(set(operations()) ^ set(POLICY)) == []

    @pytest.mark.proves("S7")
    def test_has_a_row_for_every_other_route(self) -> None:
        inside = {f"api/v1{operation.path}" for operation in operations().values()}
        found = {route for route in routes() if not route.startswith("admin/") and as_documented(route) not in inside}

        assert sorted(found ^ set(OTHERS)) == []

    @pytest.mark.proves("S7")
    def test_names_the_scopes_that_the_document_names(self) -> None:
        told = {name: operation.scope or "" for name, operation in operations().items()}
        without_holders = [name for name, right in POLICY.items() if not right.holder]

        assert {name: POLICY[name].scope for name in without_holders} == {name: told[name] for name in without_holders}

    def test_stands_in_the_documentation(self) -> None:
        assert DOCUMENT.read_text() == rendered(), "Write it anew: python -m tests.edge.table"


class TestRoute:
    @pytest.mark.proves("S1", "S7")
    @pytest.mark.rival("saleor CVE-2026-33756")
    @pytest.mark.parametrize("resource", RESOURCES)
    def test_answers_everybody_as_the_policy_says(self, resource: str, shop: Shop, world: World) -> None:
        people, door, wrong = everybody(shop), Door(), []
        for name in [name for name in POLICY if name.split("/")[1] == resource]:
            if name in PREREQUISITES:
                shop.ask(sound_request(operations()[PREREQUISITES[name]]).having("Idempotency-Key", "before"))
                world.settle()
                door = Door()
            for principal in people:
                wrong += [f"{name}: {principal.name}: {found}" for found in door.asked(operations()[name], principal)]

        assert wrong == []

    @pytest.mark.proves("S7")
    def test_outside_the_document_answers_everybody_alike(self, shop: Shop) -> None:
        people, door = everybody(shop), Door()

        wrong = [
            f"{route}: {principal.name}: {complaint}"
            for route, told in OTHERS.items() for method, expected in told for principal in people
            for complaint in door.answered(_bare(method, route, principal), principal.knows[0], expected)
        ]

        assert wrong == []


class Door:
    """Asks, and undoes what came of it. Whoever is refused must not have changed anything."""

    def __init__(self) -> None:
        self.ledger = Ledger()

    def asked(self, operation: Operation, principal: Principal) -> Iterator[str]:
        """What is wrong with the answers that a principal gets to what it knows."""
        right = POLICY[operation.name]
        request = sound_request(operation).without("Authorization").without("webhook-signature")
        for name, text in principal.headers:
            request = request.having(name, text)
        for shop in principal.knows:
            if not owns(shop, principal, operation.path):
                yield from self.answered(request, shop, principal.told(right), operation)

    def answered(
        self, request: Request, shop: Shop, expected: int, operation: Operation | None = None
    ) -> Iterator[str]:
        """What is wrong with one answer."""
        with undone():
            with counted() as statements:
                reply = shop.ask(request)
            found = [] if reply.status == expected else [f"{reply.status}, not {expected}"]
            if expected >= 400:
                found += complaints(Attack("strangers", operation, "", request), reply) if operation else []
                found += [f"it tells {word!r}" for word in PRIVATE if word in reply.body]
                found += [f"{table} has changed" for table in self.ledger.changes(statements)]
        self.ledger.changes(statements)  # as they are again, undone
        for complaint in found:
            yield f"{complaint}\n  {shop.filled(request)}\n  {reply.body[:300]!r}"


def _bare(method: str, route: str, principal: Principal) -> Request:
    path = route.replace("<str:module>", "cart").replace("<str:operation>", "create").replace("^api/", "api/v9/x")
    path = path.replace("<path:name>", "no-such-file").replace("<str:payment_id>", NOTHING)
    path = "/" + path.replace("<str:challenge_id>", NOTHING)
    if method == "GET":
        return Request(method, path, principal.headers)
    return Request(method, path, (*principal.headers, ("Content-Type", "application/json")), b"{}")


class TestDoor:
    def test_sees_a_scope_that_nobody_asks_for_any_more(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("modules.payments.api.views.PaymentDetail.required_scope", None)

        assert _let_in("GET /payments/{payment_id}", shop) == {
            *("a guest", "shopper A", "shopper B", "a superuser", "staff with all rights", "staff without rights"),
            *("a customer's session", "a key with kiosk:read"),
            *("another machine with webhooks:read", "another machine with webhooks:write"),
            *(f"a key with {scope}" for scope in scopes() - {"payments:read"}),
        }

    def test_sees_an_order_that_opens_without_its_checkout(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("modules.checkout.api.views.hmac.compare_digest", lambda shown, right: bool(shown))

        assert {"a guest", "shopper B"} <= _let_in("GET /orders/{order_id}", shop)

    def test_sees_a_refusal_that_writes(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        def write(*_: object, **__: object) -> None:
            keys.mint(name="Burglar", scopes=["stock:write"])
            raise keys.unauthenticated("No.")

        monkeypatch.setattr("storefront.rest.view.require_scope", write)

        found = list(Door().asked(operations()["GET /stock"], Principal("a guest", (shop,))))

        assert [line.partition("\n")[0] for line in found] == ["default.rest_apikey has changed"]


def _let_in(name: str, shop: Shop) -> set[str]:
    door = Door()
    return {person.name for person in everybody(shop) if list(door.asked(operations()[name], person))}


class TestRefusal:
    @pytest.mark.proves("S1", "S2")
    def test_does_not_tell_what_there_is(self, shop: Shop) -> None:
        """Without the right, what exists and what does not look alike."""
        wrong = []
        for operation in _scoped():
            bare = sound_request(operation).without("Authorization")
            bare = replace(bare, target=bare.target.partition("?")[0])
            for request in (bare, bare.having("Authorization", "Bearer {poor}")):
                nothing = Shop(shop.names | _nothing(operation), shop.wire)
                told = {_told(each.ask(request), each.filled(request).target.split("/")) for each in (shop, nothing)}
                wrong += [(operation.name, told)] if len(told) > 1 else []

        assert wrong == []

    @pytest.mark.proves("S1")
    def test_of_what_there_is_not_is_404_for_who_has_the_right(self, shop: Shop) -> None:
        answers = {}
        for operation in _scoped():
            reply = Shop(shop.names | _nothing(operation), shop.wire).ask(_with_all_scopes(operation))
            answers[operation.name] = (reply.status, reply.json()["code"])

        assert set(answers.values()) == {(404, "not_found")}, answers


def _told(reply: Reply, asked: list[str]) -> tuple[int, str, str]:
    """What a problem says beside the words of the path."""
    told = reply.json()
    words = [word for word in told["detail"].split() if word.strip("'.") not in asked]
    return reply.status, told["code"], " ".join(words)


def _scoped() -> list[Operation]:
    """Those that need a scope, of one thing."""
    return [operation for operation in in_order() if "{" in operation.path and POLICY[operation.name].scope]


NOTHING = "none_01ARZ3NDEKTSV4RRFFQ69G5FAV"


def _nothing(operation: Operation) -> dict[str, str]:
    """The names in the path, for what is not there."""
    path = sound_request(operation).target.partition("?")[0]
    return {part.strip("{}"): NOTHING for part in path.split("/") if part.startswith("{") and part != "{location}"}


def _with_all_scopes(operation: Operation) -> Request:
    request = sound_request(operation)
    return request.having("Authorization", "Bearer {machine}") if POLICY[operation.name].scope else request


SENDERS = (
    (), (("Authorization", "Bearer {machine}"),),
    (("X-HTTP-Method-Override", "GET"), ("Authorization", "Bearer {machine}")),
    (("X-HTTP-Method-Override", "POST"), ("Content-Type", "application/x-www-form-urlencoded")),
)


class TestVerb:
    @pytest.mark.proves("S7")
    def test_that_a_path_lacks_is_refused_whoever_asks(self, shop: Shop) -> None:
        books, wrong = Books(), []
        before = books.read()
        for path in sorted({operation.path for operation in operations().values()}):
            here = [operation for operation in operations().values() if operation.path == path]
            others = {method.upper() for method in METHODS} | {"TRACE", "CONNECT", "PROPFIND"}
            for method in sorted(others - {operation.method for operation in here}):
                for headers in SENDERS:
                    reply = shop.ask(Request(method, sound_request(here[0]).target, headers))
                    is_right = reply.status == 405 and method not in reply.headers["Allow"].split(", ")
                    wrong += [] if is_right else [(method, path, headers, reply.status)]

        assert wrong == []
        assert changed(before, books.read()) == []

    @pytest.mark.proves("S7")
    def test_is_not_overridden_by_a_header(self, shop: Shop) -> None:
        """Of a read nothing becomes a write."""
        books, wrong = Books(), []
        before = books.read()
        for operation in [found for found in in_order() if found.is_safe]:
            request = _with_all_scopes(operation)
            for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
                for method in ("DELETE", "POST", "PATCH", "PUT"):
                    reply = shop.ask(request.having(header, method))
                    wrong += [] if reply.status == 200 else [(operation.name, header, method, reply.status)]

        assert wrong == []
        assert changed(before, books.read()) == []
