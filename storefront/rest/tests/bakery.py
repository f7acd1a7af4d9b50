"""A toy API: what the tests of the platform's own views ask."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from rest_framework.request import Request

from storefront.interface import NotFound, OutcomeUnknown, Refusal, Unavailable, Value, connect
from storefront.money import Money
from storefront.rest import (
    Listing,
    ModuleView,
    Page,
    Shape,
    answered,
    created,
    documented,
    emptied,
    hot,
    page,
    read,
    read_query,
    stored,
)
from storefront.rest.models import ApiKey
from storefront.rest.problem import no_such_path
from storefront.rest.static import media
from storefront.tests.toy import Orchard, Rotten

orchard = connect(Orchard)


class Topping(Value):
    """A value of a face, which tolerates unknown fields between modules."""

    name: str
    grams: Annotated[int, msgspec.Meta(ge=1)] = 1


class NewCake(Shape):
    """What a baker is asked for."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    size: Literal["small", "large"] = "small"
    price: Money | None = None
    toppings: tuple[Topping, ...] = ()
    notes: dict[str, str] = {}
    layers: int = 1


class CakeQuery(Listing):
    """How cakes are looked for."""

    name: str | None = None
    layers: int = 1
    is_vegan: bool = False
    tag: tuple[str, ...] = ()
    baked_after: datetime | None = None


class BurntCake(Refusal):
    """The cake is burnt."""

    code = "bakery.burnt"
    message = "{cake}: {minutes} minutes too long."
    cake: str
    minutes: int
    price: Money


class StaleCake(Refusal):
    """The cake has changed."""

    code = "bakery.stale"
    status = 412


FAILURES: dict[str, Exception] = {
    "burnt": BurntCake(cake="RED-CAKE", minutes=3, price=Money(1250, "EUR")),
    "lost": NotFound(kind="cake", id="cak_1"),
    "shut": Unavailable("The bakery is shut."),
    "unknown": OutcomeUnknown("The oven does not answer."),
    "broken": RuntimeError("secret detail of the oven"),
}


class CakeList(ModuleView):
    """Cakes."""

    @documented(answers={200: NewCake}, query=CakeQuery)
    def get(self, request: Request) -> HttpResponse:
        """Look for cakes."""
        return answered(read_query(CakeQuery, request))

    @documented(answers={201: NewCake}, request=NewCake, refuses=(BurntCake,))
    def post(self, request: Request) -> HttpResponse:
        """Bake a cake."""
        return created(read(NewCake, request), etag=1, location="/api/v1/cakes/1")


class Cake(ModuleView):
    """One cake."""

    @documented(answers={200: NewCake}, refuses=(NotFound,))
    def get(self, request: Request, cake_id: str) -> HttpResponse:
        """Look at a cake."""
        return answered({"id": cake_id}, etag=3)

    @documented(answers={200: NewCake}, request=NewCake, refuses=(StaleCake,), version="required")
    def patch(self, request: Request, cake_id: str) -> HttpResponse:
        """Change a cake."""
        return answered({"expected": self.expected_version(request, required=True)})

    @documented(answers={204: None}, version="accepted")
    def delete(self, request: Request, cake_id: str) -> HttpResponse:
        """Eat a cake."""
        return emptied(headers={"X-Expected": str(self.expected_version(request))})


class Failure(ModuleView):
    """Everything that can go wrong."""

    @documented(answers={200: None}, refuses=(BurntCake,))
    def get(self, request: Request, name: str) -> HttpResponse:
        """Fail."""
        raise FAILURES[name]


class Picking(ModuleView):
    """A command behind a view."""

    @documented(answers={201: NewCake}, refuses=(Rotten,), key_required=True)
    def post(self, request: Request, fruit: str) -> HttpResponse:
        """Pick fruit."""
        key = self.key(request, required=True)
        return created(orchard.pick(key=key, fruit=fruit, pieces=int(request.headers.get("Pieces", "1"))))


class Key(ModuleView):
    """The key that a request makes."""

    @documented(answers={200: NewCake})
    def post(self, request: Request, cart: str = "") -> HttpResponse:
        """Show the key."""
        return answered({"key": self.key(request)})


class Ledger(ModuleView):
    """For machines."""

    required_scope = {"get": "orders:read", "post": "orders:write"}
    throttle = "payment.write"

    @documented(answers={200: NewCake})
    def get(self, request: Request) -> HttpResponse:
        """Read."""
        auth: Any = request.auth
        return answered({"machine": auth.name})

    @documented(answers={201: NewCake})
    def post(self, request: Request) -> HttpResponse:
        """Write."""
        return created({})


class Label(ModuleView):
    """A PDF."""

    produces = "application/pdf"

    @documented(answers={200: "application/pdf"})
    def get(self, request: Request) -> HttpResponse:
        """Download."""
        return HttpResponse(b"%PDF", content_type="application/pdf")


class KeyOut(Value):
    """A row of the list."""

    name: str


class KeyList(ModuleView):
    """Rows in an order."""

    @documented(answers={200: Page[KeyOut]}, query=Listing)
    def get(self, request: Request) -> HttpResponse:
        """List."""
        rows = ApiKey.objects.all()
        order = ("-name", "prefix")
        return answered(page(request, rows, order=order, show=lambda row: KeyOut(name=f"{row.name} {row.prefix}")))


@hot(answers={200: NewCake}, query=CakeQuery, refuses=(NotFound,))
def menu(request: HttpRequest, day: str) -> HttpResponse:
    """Today's menu."""
    wanted = read_query(CakeQuery, request)
    if day == "sunday":
        raise NotFound(kind="menu", id=day)
    return stored(b'{"layers":%d}' % wanted.layers, etag="menu-7")


def undressed(request: HttpRequest) -> HttpResponse:
    """A page of Django's usual stack."""
    return HttpResponse("<h1>Shop</h1>")


api = [
    path("cakes", CakeList.as_view()),
    path("cakes/<str:cake_id>", Cake.as_view()),
    path("failures/<str:name>", Failure.as_view()),
    path("pickings/<str:fruit>", Picking.as_view()),
    path("keys", Key.as_view()),
    path("carts/<str:cart>/lines", Key.as_view()),
    path("ledger", Ledger.as_view()),
    path("label", Label.as_view()),
    path("rows", KeyList.as_view()),
    path("menus/<str:day>", menu),
]
urlpatterns = [
    path("api/v1/", include("storefront.rest.urls")),
    path("api/v1/", include(api)),
    path("media/<path:name>", media),
    re_path(r"^api/", no_such_path),
    path("shop", undressed),
]
handler400 = "storefront.rest.handlers.bad_request"
handler404 = "storefront.rest.handlers.not_found"
handler500 = "storefront.rest.handlers.server_error"
