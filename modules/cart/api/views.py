"""Carts for whoever holds their id."""

from django.http import HttpResponse
from rest_framework.request import Request

from modules.cart.api.shapes import CartChange, CartOut, LineChange, NewCart, NewLine, entries
from modules.cart.interface import EDITING, Cart, CartView, NoSuchCurrency, NotForSale, TooMany, TooMuch
from storefront.interface import NotFound, connect
from storefront.rest import ModuleView, answered, created, documented, emptied, read

_carts = connect(Cart)
_RATES = dict.fromkeys(("post", "patch", "delete"), "cart.write")


class CartList(ModuleView):
    """Where carts are opened. There is no list of carts: an id is a secret."""

    throttle = _RATES

    @documented(request=NewCart, answers={201: CartOut}, refuses=(NoSuchCurrency, NotForSale, TooMany, TooMuch))
    def post(self, request: Request) -> HttpResponse:
        """Open a cart."""
        wanted = read(NewCart, request)
        cart = _carts.create(
            key=self.key(request), currency=wanted.currency, lines=wanted.wanted(), metadata=entries(wanted.metadata)
        )
        return _made(cart, location=f"/api/v1/carts/{cart.id}")


class CartDetail(ModuleView):
    """One cart."""

    throttle = _RATES

    @documented(answers={200: CartOut}, refuses=(NotFound,))
    def get(self, request: Request, cart_id: str) -> HttpResponse:
        """A cart with today's prices and availability."""
        request.META.pop("HTTP_IF_NONE_MATCH", None)  # the version does not count prices, so "not modified" could lie
        return _shown(_carts.cart(cart_id=cart_id))

    @documented(request=CartChange, answers={200: CartOut}, refuses=EDITING, version="accepted")
    def patch(self, request: Request, cart_id: str) -> HttpResponse:
        """Replace the metadata."""
        wanted = read(CartChange, request)
        return _shown(
            _carts.change(
                key=self.key(request), cart_id=cart_id, metadata=entries(wanted.metadata),
                expected_version=self.expected_version(request),
            )
        )

    @documented(answers={204: None}, refuses=EDITING, version="accepted")
    def delete(self, request: Request, cart_id: str) -> HttpResponse:
        """Delete the cart."""
        _carts.discard(key=self.key(request), cart_id=cart_id, expected_version=self.expected_version(request))
        return emptied()


class LineList(ModuleView):
    """The lines of a cart."""

    throttle = _RATES

    @documented(request=NewLine, answers={201: CartOut}, refuses=(*EDITING, TooMuch), version="accepted")
    def post(self, request: Request, cart_id: str) -> HttpResponse:
        """Add units of a SKU; they join its line if there is one."""
        wanted = read(NewLine, request)
        return _made(
            _carts.add_line(
                key=self.key(request), cart_id=cart_id, sku=wanted.sku, quantity=wanted.quantity,
                expected_version=self.expected_version(request),
            )
        )


class LineDetail(ModuleView):
    """One line of a cart."""

    throttle = _RATES

    @documented(request=LineChange, answers={200: CartOut}, refuses=(*EDITING, TooMuch), version="accepted")
    def patch(self, request: Request, cart_id: str, line_id: str) -> HttpResponse:
        """Set the quantity."""
        wanted = read(LineChange, request)
        return _shown(
            _carts.change_line(
                key=self.key(request), cart_id=cart_id, line_id=line_id, quantity=wanted.quantity,
                expected_version=self.expected_version(request),
            )
        )

    @documented(answers={200: CartOut}, refuses=EDITING, version="accepted")
    def delete(self, request: Request, cart_id: str, line_id: str) -> HttpResponse:
        """Take the line out; the answer is the cart without it."""
        return _shown(
            _carts.remove_line(
                key=self.key(request), cart_id=cart_id, line_id=line_id,
                expected_version=self.expected_version(request),
            )
        )


def _shown(cart: CartView) -> HttpResponse:
    return answered(CartOut.of(cart), etag=cart.version)


def _made(cart: CartView, *, location: str | None = None) -> HttpResponse:
    return created(CartOut.of(cart), etag=cart.version, location=location)
