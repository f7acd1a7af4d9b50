"""The server is lost with its disks: a copy of it and the archived log bring the shop back to any point since."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from storefront.testing.postgresql import binaries
from storefront.testing.replication import Archived, archived, ask
from tests.restoring.premises import Premises

IN_ORDER = "The books are in order.\n"
RTO_S = 600.0
ARCHIVE_TIMEOUT = "archive_timeout=2s"
Note = Callable[[str, object], None]


@pytest.fixture
def server() -> Iterator[Archived]:
    if binaries() is None:
        pytest.skip("No PostgreSQL server is on this machine: install the package `postgresql`.")
    with archived(ARCHIVE_TIMEOUT) as made:
        ask(made.server, "CREATE DATABASE shop")
        yield made


@pytest.fixture
def shop(server: Archived, tmp_path_factory: pytest.TempPathFactory) -> Premises:
    folder = tmp_path_factory.mktemp("wal") / "shop"
    folder.mkdir()
    return Premises(folder, {"DATABASE_URL": f"{server.server.url}/shop"})


@pytest.mark.postgresql
@pytest.mark.proves("R28", "I1", "I2", "I3", "I4", "I5", "I6", "I8", "I9")
class TestArchivedLog:
    def test_brings_the_shop_back_to_a_point_and_to_its_last_minute(
        self, server: Archived, shop: Premises, record_property: Note
    ) -> None:
        shop.live("open", "sell=2")
        server.back_up()
        *_, then = shop.live("sell=1", "dispatch", "begin", "tell")
        server.mark("before_the_mistake")
        *_, later, _ = shop.live("settle", "refund", "sell=2", "tell", "remember_bank=evening")
        record_property("rpo_s", f"{server.wait_until_kept():.1f}")

        server.destroy()
        began_at = time.monotonic()
        server.restore(to="before_the_mistake")
        there, _, said = shop.live("tell", "settle", "say")
        seconds = time.monotonic() - began_at
        record_property("rto_s", f"{seconds:.1f}")

        assert there == then
        assert said == IN_ORDER
        assert seconds < RTO_S
        self._names_what_only_the_bank_knows(shop, then, later)

        server.destroy()
        server.restore()
        there, said, _, again = shop.live("tell", "say", "sell=1", "say")

        assert there == later, "Nothing that was archived is lost."
        assert said == again == IN_ORDER

    def _names_what_only_the_bank_knows(self, shop: Premises, then: dict[str, Any], later: dict[str, Any]) -> None:
        """The bank was not restored with us: it has given money back, and charged for orders that nobody knows."""
        lost = later["payments"].keys() - then["payments"].keys()
        assert len(lost) == 2

        *_, found, first, _, left, _, _, now = shop.live(
            "bank_of=evening", "later=11", "audit", "repair", "settle", "repair", "count_on=1000", "sell=1", "tell"
        )

        assert {code for code, _ in found} == {"payments.unknown_to_us", "payments.differs_from_bank"}
        assert "payments.differs_from_bank" in {code for code, _, outcome in first if outcome == "repaired"}
        charged = {later["payments"][order] for order in lost}
        assert {tuple(each) for each in left} == {("payments.unknown_to_us", each, "named") for each in charged}
        assert not set(now["numbers"][-1:]) & set(later["numbers"]), "A number that somebody knows was given again."
