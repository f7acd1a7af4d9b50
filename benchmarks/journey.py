"""The shopper's journey under load, against a running shop of this kind.

    python -m benchmarks.journey --url http://127.0.0.1:8000 --seconds 8 --clients 8

The shop must not throttle (`THROTTLES=off`). What there is to ask for is read through its public API first.
"""

import argparse
import random
import re
import sys
from collections.abc import Callable
from typing import NamedTuple

from benchmarks.goods import Goods, read_goods
from benchmarks.report import Measured, table
from benchmarks.wire import Answer, Journey, Unexpected, drive, request

ADDRESS = (
    '{"name":"Ada Lovelace","line1":"Turmstrasse 1","city":"Berlin","postal_code":"10559","country":"DE"}'
)
_ID = re.compile(rb'\{"id":"([^"]+)"')
_CODE = re.compile(rb'"code":"([^"]+)"')


class Operation(NamedTuple):
    """Something that a shopper does, in one request or several."""

    name: str
    begin: Callable[[], Journey]
    requests: int


class Shopper:
    """Writes the requests. All choices are uniform over what the shop has."""

    def __init__(self, origin: str, goods: Goods) -> None:
        self.host = origin.rpartition("/")[2]
        self.lists = [self._get(target) for target in goods.lists]
        self.details = [self._get(f"/api/v1/products/{slug}") for slug in goods.slugs]
        self.skus = goods.skus

    def operations(self) -> tuple[Operation, ...]:
        """All that is measured."""
        return (
            Operation("list", self.list_products, 1),
            Operation("detail", self.show_product, 1),
            Operation("cart + line", self.fill_cart, 2),
            Operation("order", self.place_order, 3),
        )

    def list_products(self) -> Journey:
        """A page of products."""
        expect(200, (yield random.choice(self.lists)))

    def show_product(self) -> Journey:
        """One product."""
        expect(200, (yield random.choice(self.details)))

    def fill_cart(self) -> Journey:
        """A new cart, then a line in it."""
        cart = expect(201, (yield self._post("carts", '{"currency":"EUR"}')))
        expect(201, (yield self._post(f"carts/{cart}/lines", self._line())))

    def place_order(self) -> Journey:
        """Three calls: a cart with a line, its checkout with everything told, and the order."""
        cart = expect(201, (yield self._post("carts", f'{{"currency":"EUR","lines":[{self._line()}]}}')))
        told = (
            f'{{"cart":"{cart}","email":"ada@example.org","shipping_option":"standard","shipping_address":{ADDRESS},'
            '"payment":{"provider":"sandbox","token":"tok_visa"}}'
        )
        checkout = expect(201, (yield self._post("checkouts", told)))
        expect(201, (yield self._post(f"checkouts/{checkout}/complete", "{}", key=checkout)))

    def _line(self) -> str:
        return f'{{"sku":"{random.choice(self.skus)}","quantity":1}}'

    def _get(self, target: str) -> bytes:
        return request("GET", target, host=self.host)

    def _post(self, path: str, body: str, *, key: str = "") -> bytes:
        return request("POST", f"/api/v1/{path}", host=self.host, body=body.encode(), key=key)


def expect(status: int, answer: Answer) -> str:
    """The id of what was answered, if it has one.

    :raises Unexpected: another status
    """
    if answer.status != status:
        told = _CODE.search(answer.body)
        raise Unexpected(f"{answer.status} {told[1].decode() if told else ''}")
    found = _ID.match(answer.body)
    return found[1].decode() if found else ""


def main() -> int:
    """Measure each operation once and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the shop is served")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each operation is measured")
    parser.add_argument("--clients", type=int, default=8, help="how many ask at once")
    parser.add_argument("--products", type=int, default=10_000, help="how many products to choose from at most")
    wanted = parser.parse_args()
    origin = wanted.url.rstrip("/")
    print("Reading what the shop has ...", file=sys.stderr)
    shopper = Shopper(origin, read_goods(origin, clients=wanted.clients, products=wanted.products))
    measured = []
    for operation in shopper.operations():
        drive(origin, operation.begin, clients=wanted.clients, seconds=1)
        tally = drive(origin, operation.begin, clients=wanted.clients, seconds=wanted.seconds)
        measured.append(Measured.of(operation.name, tally))
    print(table(measured))
    return 1 if any(each.failures for each in measured) else 0


if __name__ == "__main__":
    sys.exit(main())
