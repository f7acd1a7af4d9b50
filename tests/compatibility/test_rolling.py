"""An upgrade while orders flow: the last release and today serve one database, which today has migrated; then back.

The requests go to whichever process serves, as a balancer sends them. None fails, and the books balance.
"""

import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from storefront.contracts.release import Release
from tests.compatibility.planting import ROOT
from tests.compatibility.test_mixed import sources
from tests.journeys.shop import ADDRESS
from tests.leaving.shop import Site, free_ports, until
from tests.leaving.test_serving import SHELVE

STOCK = """
from modules.inventory.interface import Inventory, OpeningLevel
from storefront.interface import connect
connect(Inventory).open_levels(key="stock", levels=(OpeningLevel(sku="RED-MUG", location="BER", on_hand=10000),))
"""
COUNT = """
from modules.checkout.models import Order
print("orders", Order.objects.count(), Order.objects.filter(payment_status="paid").exclude(tracking_number="").count())
"""
CLOSE = """
from django.core.management import call_command
call_command("events", "status")
call_command("audit")
"""
REPAIR = """
from contextlib import suppress
from django.core.management import CommandError, call_command
with suppress(CommandError):
    call_command("audit", "--repair")
"""
EACH = 3
"""Orders placed in each part of the story, at least."""


class Traffic(threading.Thread):
    """Shoppers, one after the other, each through the next of the processes that serve at the moment."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.sites: tuple[Site, ...] = ()
        self.bought: list[str] = []
        self.failed: list[str] = []
        self._ending = threading.Event()
        self._turn = threading.Lock()

    def run(self) -> None:
        number = 0
        while not self._ending.is_set():
            with self._turn:  # whoever takes a process out of service waits for the request at hand
                if self.sites:
                    number += 1
                    self._buy(self.sites[number % len(self.sites)], number)
            self._ending.wait(0.1)

    def _buy(self, site: Site, number: int) -> None:
        try:
            self.bought.append(buy(site, number))
        except (AssertionError, OSError) as error:
            self.failed.append(f"{site.folder}: {error}")

    def through(self, *sites: Site) -> None:
        """From now on these serve; returns when some orders have been placed through them."""
        with self._turn:
            self.sites = sites
        enough = len(self.bought) + EACH * len(sites)
        until(lambda: self.failed or len(self.bought) >= enough)

    @contextmanager
    def flowing(self) -> Iterator["Traffic"]:
        """Until the end of the story."""
        self.start()
        try:
            yield self
        finally:
            self._ending.set()
            self.join()


def buy(site: Site, number: int) -> str:
    """Three calls, none of which may fail; the id of the checkout."""
    cart = site.ask("carts", {"currency": "EUR", "lines": [{"sku": "RED-MUG", "quantity": 1}]})
    checkout = site.ask("checkouts", {
        "cart": cart["id"], "email": f"shopper{number}@example.org", "shipping_address": ADDRESS,
        "shipping_option": "standard", "payment": {"provider": "sandbox", "token": "tok_visa"},
    })
    site.ask(f"checkouts/{checkout['id']}/complete", {}, key=f"buy-{number}")
    return str(checkout["id"])


def beside(site: Site, folder: Path, scratch: Path, **environment: str) -> Site:
    """Another process on the same databases, of the release in `folder`."""
    ports = free_ports()
    other = Site(folder, scratch, f"http://127.0.0.1:{ports[1]}", **environment)
    other._environment["DATA_DIR"] = site._environment["DATA_DIR"]
    return other


@pytest.mark.proves("R25", "I2", "I3")
class TestTheLastReleaseBesideTodayOnOneDatabase:
    def test_serves_beside_it_before_during_and_after_the_upgrade(
        self, last_release: Release, tmp_path: Path
    ) -> None:
        keys = {"SECRET_KEY": secrets.token_hex(32), "STOREFRONT_REQUEST_SECONDS": "60", "STOREFRONT_QUEUE_MS": "0"}
        if database := os.environ.get("ROLLING_DATABASE_URL"):  # an empty one of PostgreSQL; else SQLite's files
            keys["DATABASE_URL"] = database
        released = sources(last_release, tmp_path)
        old = Site(released, tmp_path / "old", f"http://127.0.0.1:{free_ports()[0]}", **keys)
        new = beside(old, ROOT, tmp_path / "new", **keys)
        old.manage("migrate", "--verbosity", "0")
        old.run(SHELVE + STOCK)

        with old.serving(), Traffic().flowing() as traffic:
            traffic.through(old)
            new.manage("migrate", "--verbosity", "0")  # while the last release serves
            traffic.through(old)
            with new.serving():
                traffic.through(old, new)
                traffic.through(new)
                traffic.through(old)  # rolled back

            traffic.through()  # nobody: the shop closes
            assert traffic.failed == []
            until(partial(is_done, new, len(traffic.bought)), explain=lambda: new.run(COUNT) + old.said() + new.said())

        with new.serving():  # a module that is new hears by repair what the last release announced to nobody
            new.run(REPAIR)
            until(partial(is_in_order, new), explain=new.said)


def is_done(site: Site, count: int) -> bool:
    """Whether every order that a shopper was told of is there, paid and on its way; and no other."""
    return f"orders {count} {count}" in site.run(COUNT)


def is_in_order(site: Site) -> bool:
    """Whether each fact is where it was to be told, and the books balance."""
    with suppress(AssertionError):  # there are findings yet
        return _is_in_order(site.run(CLOSE).splitlines())
    return False


def _is_in_order(said: list[str]) -> bool:
    *owed, books = said
    return "in order" in books and all(re.search(r" 0 owed +0 dead", line) for line in owed if " owed" in line)
