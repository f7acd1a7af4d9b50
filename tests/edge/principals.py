"""Who asks: guests, shoppers, machines, and people with a session of the back office."""

from dataclasses import dataclass, replace

from django.contrib.auth.models import Permission, User
from django.test import Client

from storefront.rest import keys
from tests.edge.policy import Right
from tests.hostile.document import scopes
from tests.hostile.shop import Shop
from tests.hostile.wire import Headers
from tests.journeys.shop import Shopper

SECRETS = ("cart_id", "other_cart", "checkout_id", "order_checkout")
"""The names under which sound requests carry an id that is somebody's right."""


@dataclass(frozen=True)
class Principal:
    """knows: shops in which the names stand for what this one can know of them; each is asked once.

    scopes: of its key; None without one. is_known: whether its key is good for anything.
    """

    name: str
    knows: tuple[Shop, ...]
    headers: Headers = ()
    scopes: frozenset[str] | None = None
    is_known: bool = True
    is_holder: bool = False
    is_stranger: bool = False

    def told(self, right: Right) -> int:
        """The status that this one gets for a sound request."""
        if not self.is_known and right.reads_keys:
            return 401
        if right.is_signed:
            return 400
        if right.scope and self.scopes and right.scope in self.scopes:
            return 404 if right.is_owned and self.is_stranger else right.done
        if right.holder:
            return right.done if self.is_holder else 404
        if right.scope:
            return 401 if self.scopes is None else 403
        return right.done


def everybody(shop: Shop) -> list[Principal]:
    """All of them, each with what it knows of this shop."""
    unknown = replace(shop, names=shop.names | {name: _like(shop.names[name]) for name in SECRETS})
    people = [
        Principal("a guest", (unknown,)), Principal("shopper A", (shop,), is_holder=True),
        Principal("shopper B", tuple(_other(shop))),
    ]
    minted = {scope: keys.mint(name="ERP", scopes=[scope])[1] for scope in (*sorted(scopes()), "kiosk:read")}
    machines = [
        Principal(f"a key with {scope}", (unknown,), _bearer(key), frozenset({scope})) for scope, key in minted.items()
    ]
    machines += [
        Principal(
            f"another machine with {scope}", (unknown,), _bearer(keys.mint(name="Stranger", scopes=[scope])[1]),
            frozenset({scope}), is_stranger=True,
        )
        for scope in ("webhooks:read", "webhooks:write")
    ]
    wrong = [
        Principal(f"a key that is {kind}", (shop,), _bearer(f"{{{kind}}}"), is_known=False)
        for kind in ("revoked", "unknown", "forged")
    ]
    return people + machines + wrong + _staff(unknown)


def _other(shop: Shop) -> list[Shop]:
    """Shopper B tries things of A under every id that B has or could have seen, and A's lines in B's own cart."""
    names, shopper = shop.names, Shopper()
    cart, checkout = shopper.cart(("RED-MUG", 1)), shopper.checkout(("RED-MUG", 1))
    tries = [names[name] for name in ("order_id", "line_id", "payment_id", "shipment_id", "tracking_number")]
    tries += ["crt_", "chk_", "%25", "*"]
    found = [replace(shop, names=names | dict.fromkeys(SECRETS, tried)) for tried in tries]
    found += [
        replace(shop, names=names | {name: spoilt(names[name]) for name in SECRETS})
        for spoilt in (_lower, _shorter, _longer, _like)
    ]
    own = {"cart_id": cart["id"], "other_cart": checkout["id"], "order_checkout": checkout["id"]}
    return [*found, replace(shop, names=names | own | {"checkout_id": cart["id"]})]


def owns(shop: Shop, principal: Principal, path: str) -> bool:
    """Whether B asks for B's own cart, which is not refused: only A's line in it is."""
    is_own = principal.name == "shopper B" and shop is principal.knows[-1]
    return is_own and path.endswith(("/{cart_id}", "/{cart_id}/lines"))


def _staff(unknown: Shop) -> list[Principal]:
    """A session opens nothing here: the API reads no cookie."""
    clerk = User.objects.create_user("clerk", is_staff=True)
    keeper = User.objects.create_user("keeper", is_staff=True)
    keeper.user_permissions.set(Permission.objects.all())
    people = {
        "a customer's session": User.objects.create_user("customer"), "staff without rights": clerk,
        "staff with all rights": keeper, "a superuser": User.objects.create_superuser("root"),
    }
    return [Principal(name, (unknown,), _session_of(user)) for name, user in people.items()]


def _session_of(user: User) -> Headers:
    client = Client()
    client.force_login(user)
    session, token = client.cookies["sessionid"].value, "x" * 32
    return (("Cookie", f"sessionid={session}; csrftoken={token}"), ("X-CSRFToken", token))


def _bearer(key: str) -> Headers:
    return (("Authorization", f"Bearer {key}"),)


def _like(secret: str) -> str:
    return secret[:-8] + ("0" * 8 if not secret.endswith("0" * 8) else "1" * 8)


def _lower(secret: str) -> str:
    return secret.lower()


def _shorter(secret: str) -> str:
    return secret[:-1]


def _longer(secret: str) -> str:
    return f"{secret}0"
