"""What the document says of the answers is true of every operation."""

from modules.catalog.models import Product, Slug
from storefront.testing.world import World
from tests.hostile.document import PREFIX, Operation, operations, validator_of
from tests.hostile.shop import Shop
from tests.hostile.sound import SOUND, in_order, sound_request
from tests.hostile.wire import Reply, Request


class TestSoundRequests:
    def test_are_known_for_every_operation(self) -> None:
        assert sorted(set(operations()) - set(SOUND)) == []

    def test_say_all_that_can_be_said(self) -> None:
        for operation in in_order():
            assert operation.body is None or operation.accepts(_plain(operation)), operation.name


def _plain(operation: Operation) -> object:
    return SOUND[operation.name].body


class TestAnswers:
    def test_of_every_sound_request_are_as_documented(self, shop: Shop, world: World) -> None:
        wrong = []
        for operation in in_order():
            reply = shop.ask(sound_request(operation))
            wrong += [f"{operation.name}: {complaint}" for complaint in complaints(operation, reply)]
            world.settle()

        assert wrong == []

    def test_of_a_former_address_is_as_documented(self, shop: Shop) -> None:
        operation = operations()["GET /products/{name}"]
        Slug.objects.create(slug="crimson-mug", product=Product.objects.get(slug="red-mug"))

        reply = shop.ask(Request("GET", f"{PREFIX}/products/crimson-mug"))

        assert reply.status == 301
        assert reply.status in operation.statuses


def complaints(operation: Operation, reply: Reply) -> list[str]:
    """What is not as the document says."""
    if reply.status not in operation.statuses or reply.status >= 300:
        return [f"{reply.status} {reply.body[:300]!r}"]
    if reply.status not in operation.answers:
        return []
    if reply.headers["Content-Type"] != "application/json":
        return [f"Content-Type {reply.headers['Content-Type']}"]
    errors = validator_of(operation, reply.status).iter_errors(reply.json())
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]
