"""What a shopper pays is what the shop works out, to the unit; what the shopper says is compared, never believed."""

from typing import Any

import pytest

from modules.catalog.interface import Catalog, PriceInput, ProductInput, VariantInput
from storefront.interface import connect
from storefront.money import Money
from storefront.testing.world import World
from tests.hostile.books import Books, changed
from tests.journeys.shop import ADDRESS, Shopper, shelve

BEGUN = {"checkout.checkout_checkout", "checkout.checkout_sagarow", "cart.cart_tombstone", "cart.cart_cart"}
"""Where it is noted that an order was begun and undone; no goods, no money, no order."""
AMERICA = ADDRESS | {"city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US"}


def reprice(world: World, sku: str, price: int) -> None:
    """Sell it at another price from now on."""
    connect(Catalog).put_product(key=world.key(), product=ProductInput(
        handle=sku.lower(), title="Red mug", status="active", variants=(VariantInput(
            sku=sku, options=(), weight_g=400,
            prices=tuple(PriceInput(price=Money(price, code), includes_tax=code == "EUR") for code in ("EUR", "USD")),
        ),),
    ))
    world.settle()


def worked_out(told: dict[str, Any]) -> int:
    """The total, by the parts that an order or a checkout shows."""
    for line in told["lines"]:
        assert line["total"]["amount"] == line["unit_price"]["amount"] * line["quantity"]
    totals = {name: part["amount"] for name, part in told["totals"].items()}
    return int(totals["subtotal"] + totals["shipping"] - totals["discount"] + totals["tax"])


@pytest.fixture
def shopper(world: World) -> Shopper:
    """Somebody in a shop with mugs."""
    shelve(world, "RED-MUG", price=1999)
    return Shopper()


@pytest.mark.proves("S4")
class TestTotal:
    @pytest.mark.parametrize("expected", [
        {"amount": 0, "currency": "EUR"}, {"amount": 1, "currency": "EUR"}, {"amount": -2_500, "currency": "EUR"},
        {"amount": 10**12, "currency": "EUR"}, "another currency", "one less", "one more",
    ])
    def test_that_the_shopper_names_is_compared_and_not_believed(self, shopper: Shopper, expected: Any) -> None:
        checkout = shopper.checkout(("RED-MUG", 3))
        total = checkout["totals"]["total"]
        named: dict[str, Any] = {
            "another currency": total | {"currency": "USD"}, "one less": total | {"amount": total["amount"] - 1},
            "one more": total | {"amount": total["amount"] + 1},
        }
        body = {"expected_total": named[expected] if isinstance(expected, str) else expected}
        books = Books()
        before = books.read()

        reply = shopper.post(f"checkouts/{checkout['id']}/complete", body, key="tampered")

        assert (reply.status_code, reply.json()["code"]) == (409, "price_changed")
        assert reply.json()["current_total"] == total
        assert set(changed(before, books.read())) <= BEGUN
        assert shopper.complete(checkout).json()["totals"]["total"] == total

    @pytest.mark.parametrize("expected", [
        1999.5, "1999", "1e3", None, [], {"amount": "1999", "currency": "EUR"}, {"amount": 19.99, "currency": "EUR"},
        {"amount": 1e30, "currency": "EUR"}, {"amount": 1999, "currency": "€"}, {"amount": 1999},
        {"amount": 2**63, "currency": "EUR"}, {"amount": True, "currency": "EUR"},
    ])
    def test_in_another_form_is_refused(self, shopper: Shopper, expected: Any) -> None:
        checkout = shopper.checkout(("RED-MUG", 1))
        books = Books()
        before = books.read()

        reply = shopper.post(f"checkouts/{checkout['id']}/complete", {"expected_total": expected}, key="tampered")

        if expected is None:
            assert reply.json()["totals"]["total"] == checkout["totals"]["total"]
            return
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid_body")
        assert changed(before, books.read()) == []

    def test_of_an_order_is_the_sum_of_what_it_shows(self, shopper: Shopper, world: World) -> None:
        """And, where prices include the tax, of the goods and the parcel as they were priced."""
        for quantity in (1, 2, 7):
            checkout = shopper.checkout(("RED-MUG", quantity))
            order = shopper.complete(checkout).json()
            parcel = next(option for option in checkout["shipping_options"] if option["id"] == "standard")

            assert order["totals"]["total"]["amount"] == worked_out(order)
            assert order["totals"]["total"]["amount"] == 1999 * quantity + parcel["price"]["amount"]


@pytest.mark.proves("S4")
class TestQuote:
    def test_of_before_a_price_rose_is_refused_and_shows_the_new_one(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG", 1))
        reprice(world, "RED-MUG", 2_999)

        reply = shopper.complete(checkout)
        told = reply.json()
        again = shopper.get(f"checkouts/{checkout['id']}").json()

        assert (reply.status_code, told["code"]) == (409, "price_changed")
        assert told["current_total"] == again["totals"]["total"]
        assert shopper.complete(again, key="again").json()["lines"][0]["unit_price"]["amount"] == 2_999

    def test_with_a_country_that_is_changed_before_paying_is_worked_out_again(
        self, shopper: Shopper, world: World
    ) -> None:
        """Taxes of the country that is delivered to, not of the one that was asked about."""
        checkout = shopper.checkout(("RED-MUG", 1), currency="USD")
        patched = shopper.client.patch(
            f"/api/v1/checkouts/{checkout['id']}", {"shipping_address": AMERICA}, content_type="application/json"
        ).json()

        stale = shopper.complete(checkout, key="stale")
        order = shopper.complete(patched, key="fresh") if not patched["requirements"] else None

        if patched["totals"]["total"] != checkout["totals"]["total"]:
            assert stale.json()["code"] in ("price_changed", "requirements_missing")
        if order is not None and order.status_code == 201:
            assert order.json()["totals"]["total"]["amount"] == worked_out(order.json())
            assert order.json()["totals"]["total"] == patched["totals"]["total"]

    def test_of_a_cart_that_was_changed_since_is_not_what_is_paid(self, shopper: Shopper) -> None:
        checkout = shopper.checkout(("RED-MUG", 1))
        cart = shopper.get(f"carts/{checkout['cart']}").json()
        shopper.client.patch(
            f"/api/v1/carts/{cart['id']}/lines/{cart['lines'][0]['id']}", {"quantity": 9},
            content_type="application/json",
        )

        reply = shopper.complete(checkout)

        assert (reply.status_code, reply.json()["code"]) == (409, "price_changed")


@pytest.mark.proves("S4")
class TestQuantity:
    @pytest.mark.parametrize("quantity", [
        "0", "-1", "-9999", "10000", "1000000000000", "9223372036854775808", "1.0", "1.5", "1e0", "1e3", '"1"',
        '"\uff11"', "true", "null", "[1]", '{"amount": 1}', "-0.0", "1e400", "0x1", "٣",
    ])
    def test_that_is_no_whole_number_of_the_range_is_refused(self, shopper: Shopper, quantity: str) -> None:
        cart = shopper.cart(("RED-MUG", 1))
        line = f"/api/v1/carts/{cart['id']}/lines/{cart['lines'][0]['id']}"
        asked = {
            "/api/v1/carts": f'{{"currency": "EUR", "lines": [{{"sku": "RED-MUG", "quantity": {quantity}}}]}}',
            f"/api/v1/carts/{cart['id']}/lines": f'{{"sku": "RED-MUG", "quantity": {quantity}}}',
        }
        books = Books()
        before = books.read()

        replies = [shopper.client.post(path, body, content_type="application/json") for path, body in asked.items()]
        replies.append(shopper.client.patch(line, f'{{"quantity": {quantity}}}', content_type="application/json"))

        assert {reply.json()["code"] for reply in replies} <= {"invalid_body", "malformed_json"}
        assert {reply.status_code for reply in replies} <= {400, 422}
        assert changed(before, books.read()) == []
