"""What may be kept by a browser or a cache between us, and what it is kept under."""

from dataclasses import replace

import pytest

from tests.edge.policy import POLICY
from tests.edge.undone import undone
from tests.hostile.document import PREFIX, operations
from tests.hostile.shop import Shop
from tests.hostile.sound import in_order, sound_request
from tests.hostile.wire import Headers, Reply, Request

PUBLIC = [name for name, right in POLICY.items() if not right.reads_keys]
OTHERS: tuple[Headers, ...] = (
    (("Cookie", "sessionid=x; currency=USD"),), (("Authorization", "Bearer {machine}"),), (("Accept-Language", "de"),),
    (("Host", "evil.example"),), (("X-Forwarded-Host", "evil.example"),), (("X-Forwarded-Proto", "https"),),
    (("X-Original-URL", "/admin/"),), (("X-Rewrite-URL", "/admin/"),), (("Forwarded", "host=evil.example"),),
    (("Origin", "https://evil.example"),), (("Accept", "*/*"),), (("Accept-Encoding", "gzip"),),
    (("X-HTTP-Method-Override", "POST"),), (("Range", "bytes=0-3"),),
)
"""What a cache's key does not hold, unless Vary says so."""


@pytest.mark.proves("S17")
class TestAnswers:
    def test_about_somebody_are_kept_nowhere(self, shop: Shop) -> None:
        told = {}
        for operation in [found for found in in_order() if found.name not in PUBLIC]:
            for request in (sound_request(operation), sound_request(operation).having("Authorization", "Bearer x")):
                with undone():
                    reply = shop.ask(request)
                told[operation.name, reply.status] = _manners(reply)

        assert set(told.values()) == {("no-store", "no-referrer", "nosniff")}, told

    def test_for_everybody_are_asked_about_before_they_are_shown_again(self, shop: Shop) -> None:
        for name in PUBLIC:
            reply = shop.ask(sound_request(operations()[name]))
            again = shop.ask(sound_request(operations()[name]).having("If-None-Match", reply.headers["ETag"]))

            assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-cache"), name
            assert (again.status, again.body, again.headers["ETag"]) == (304, b"", reply.headers["ETag"]), name

    def test_for_everybody_are_the_same_for_everybody(self, shop: Shop) -> None:
        """No Vary is needed: nothing but the address decides."""
        for name in PUBLIC:
            request = sound_request(operations()[name])
            plain = shop.ask(request)
            for headers in OTHERS:
                reply = shop.ask(replace(request, headers=(*request.headers, *headers)))

                assert (reply.status, reply.body, reply.headers["ETag"]) == (200, plain.body, plain.headers["ETag"])
                assert "Set-Cookie" not in reply.headers
                assert not any("evil" in text for text in reply.headers.values())

    def test_of_another_currency_or_page_have_another_etag(self, shop: Shop) -> None:
        paths = [
            *(f"/products/red-mug?currency={currency}" for currency in ("EUR", "USD", "JPY")),
            *(f"/products?currency={currency}" for currency in ("EUR", "USD", "JPY")),
            "/products?limit=1", "/products?search=green", "/products/green-mug", "/categories",
        ]

        tags = [shop.ask(Request("GET", PREFIX + path)).headers["ETag"] for path in paths]

        assert len(set(tags)) == len(tags)

    def test_that_refuse_are_not_kept(self, shop: Shop) -> None:
        for path in ("/products/none", "/products?currency=ZZZ", "/none", "/carts/none", "/orders"):
            assert shop.ask(Request("GET", PREFIX + path)).headers["Cache-Control"] == "no-store", path

    def test_in_a_mixture_are_each_what_was_asked_for(self, shop: Shop) -> None:
        """Nobody gets the page of another currency, nor of somebody else."""
        paths = [f"/products?currency={code}&limit={limit}" for code in ("EUR", "USD", "JPY") for limit in (1, 2, 3)]
        paths += [f"/carts/{shop.names[name]}" for name in ("cart_id", "other_cart")]
        right = {path: _without_time(shop.ask(Request("GET", PREFIX + path))) for path in paths}
        for _ in range(20):
            for number, path in enumerate(paths):
                reply = shop.ask(Request("GET", PREFIX + path, OTHERS[number % len(OTHERS)]))

                assert _without_time(reply) == right[path]


def _without_time(reply: Reply) -> str:
    told = reply.json()
    told.pop("updated_at", None)
    return repr(told)


def _manners(reply: Reply) -> tuple[str, ...]:
    return tuple(reply.headers.get(name, "") for name in ("Cache-Control", "Referrer-Policy", "X-Content-Type-Options"))


@pytest.mark.proves("S17", "S1")
class TestNotModified:
    def test_is_told_to_nobody_who_may_not_read(self, shop: Shop) -> None:
        """A tag that was overheard is no right."""
        for operation in [found for found in in_order() if found.is_safe and found.name not in PUBLIC]:
            request = sound_request(operation)
            tag = shop.ask(request).headers.get("ETag", '"1"')
            bare = replace(request, target=request.target.partition("?")[0]).without("Authorization")
            stranger = replace(shop, names=shop.names | dict.fromkeys(("cart_id", "checkout_id"), "crt_0"))

            for text in (tag, "*"):
                assert stranger.ask(bare.having("If-None-Match", text)).status in (401, 404), operation.name
