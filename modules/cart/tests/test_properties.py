"""Whatever a shopper does, in whatever order: the cart equals the plainest model of it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.cart.audit import audit
from modules.cart.domain import noted, opened
from modules.cart.interface import Cart, CartView, Metadatum, NotForSale, TooMany, WantedLine
from modules.cart.limits import Limits
from modules.cart.market import Market
from modules.cart.models import Line
from modules.cart.tests.market import TestMarket
from modules.catalog.interface import Quote
from storefront.interface import NotFound
from storefront.money import Money
from storefront.testing.world import World

SKUS = ("RED-MUG", "BLUE-MUG", "TEAPOT", "GHOST")
PRICES = {"RED-MUG": 1250, "BLUE-MUG": 900, "TEAPOT": 4000}
quantities = st.one_of(st.integers(1, 4), st.sampled_from([4_999, 9_998, 9_999]))
wishes = st.lists(st.tuples(st.sampled_from(SKUS), quantities), max_size=8)
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=500)
metadata = st.dictionaries(text.filter(lambda key: 0 < len(key) <= 40), text, max_size=6)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(SKUS), quantities),
        st.tuples(st.just("set"), st.sampled_from(SKUS), quantities),
        st.tuples(st.just("take"), st.sampled_from(SKUS), st.just(0)),
    ),
    max_size=10,
)
with_the_world = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Model:
    """A cart as a dictionary: SKU to quantity."""

    def __init__(self) -> None:
        self.quantities: dict[str, int] = {}
        self.version = 1

    def take_step(self, kind: str, sku: str, quantity: int) -> type[Exception] | None:
        """Carry the step out, or say how it is refused."""
        if kind == "add":
            return self._set(sku, self.quantities.get(sku, 0) + quantity, sku not in PRICES)
        if sku not in self.quantities:
            return NotFound
        return self._set(sku, quantity, is_ghost=False)

    def _set(self, sku: str, quantity: int, is_ghost: bool) -> type[Exception] | None:
        if is_ghost:
            return NotForSale
        if quantity > 9_999:
            return TooMany
        self.quantities[sku] = quantity
        if not quantity:
            del self.quantities[sku]
        self.version += 1
        return None


def take_step(world: World, carts: Cart, cart: CartView, step: tuple[str, str, int]) -> CartView:
    kind, sku, quantity = step
    to: dict[str, Any] = {"key": world.key(), "cart_id": cart.id}
    line_id = next((line.id for line in cart.lines if line.sku == sku), "lin_NONE")
    if kind == "add":
        return carts.add_line(sku=sku, quantity=quantity, **to)
    if kind == "set":
        return carts.change_line(line_id=line_id, quantity=quantity, **to)
    return carts.remove_line(line_id=line_id, **to)


class TestAnyCart:
    @with_the_world
    @given(steps=steps)
    def test_follows_the_model(
        self, steps: list[tuple[str, str, int]], world: World, market: TestMarket, carts: Cart
    ) -> None:
        model, cart = Model(), carts.create(key=world.key(), currency="EUR")

        for step in steps:
            refusal = model.take_step(*step)
            if refusal:
                with pytest.raises(refusal):
                    take_step(world, carts, cart, step)
            else:
                cart = take_step(world, carts, cart, step)

            assert [(line.sku, line.quantity) for line in cart.lines] == list(model.quantities.items())
            assert cart.version == model.version
            assert cart.subtotal.amount == sum(PRICES[sku] * count for sku, count in model.quantities.items())
        assert carts.cart(cart_id=cart.id) == cart
        rows = Line.objects.filter(cart_id=cart.id).values_list("sku", "quantity", "unit_minor")
        assert set(rows) == {(sku, count, PRICES[sku]) for sku, count in model.quantities.items()}
        assert list(audit()) == []

    @with_the_world
    @given(metadata=metadata)
    def test_gives_metadata_back_as_it_was(
        self, metadata: dict[str, str], world: World, market: TestMarket, carts: Cart
    ) -> None:
        attached = tuple(Metadatum(key=key, value=value) for key, value in metadata.items())

        opened_with = carts.create(key=world.key(), currency="EUR", metadata=attached)
        changed = carts.change(key=world.key(), cart_id=opened_with.id, metadata=attached)

        for cart in (opened_with, changed, carts.cart(cart_id=opened_with.id)):
            assert {entry.key: entry.value for entry in cart.metadata} == metadata


class TestOpenedLines:
    @given(wishes=wishes)
    def test_hold_the_sum_of_every_wish_or_are_refused(self, wishes: list[tuple[str, int]]) -> None:
        sums: dict[str, int] = {}
        for sku, quantity in wishes:
            sums[sku] = sums.get(sku, 0) + quantity
        wanted = [WantedLine(sku=sku, quantity=quantity) for sku, quantity in wishes]

        try:
            items = opened(wanted, market=market_of(sums), limits=Limits())
        except (NotForSale, TooMany):
            assert "GHOST" in sums or max(sums.values()) > 9_999
            return

        assert {item.sku: item.quantity for item in items} == sums
        assert [item.id for item in items] == sorted(item.id for item in items)

    @given(keys=st.lists(st.sampled_from("abc"), max_size=9))
    def test_keep_the_last_value_of_a_key(self, keys: list[str]) -> None:
        entries = [Metadatum(key=key, value=str(number)) for number, key in enumerate(keys)]

        found = noted(entries, limits=Limits())

        assert found == {key: str(number) for number, key in enumerate(keys)}


def market_of(skus: dict[str, int]) -> Market:
    quotes = {
        sku: Quote(
            sku=sku, product_id="prd", variant_id="var", title=sku, options=(), unit_price=Money(PRICES[sku], "EUR"),
            price_includes_tax=True, tax_class="standard", weight_g=1, requires_shipping=True,
        )
        for sku in skus
        if sku in PRICES
    }
    return Market("EUR", frozenset(skus), quotes, {})
