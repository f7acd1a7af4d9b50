"""All modules back to one instant: the books are in order, and the shop goes on selling."""

import json
import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.restoring.premises import Premises

ALIASES = {"default", "cart", "catalog", "checkout", "inventory", "payments", "shipping"}


@pytest.mark.proves("R28", "I1", "I2", "I3", "I4", "I5")
class TestRestore:
    def test_brings_all_modules_back_to_one_instant_and_the_shop_goes_on_selling(self, shop: Premises) -> None:
        then, backed_up, later, refused, restored, now, defects = _of(shop.live(
            "open", "sell=2", "dispatch", "begin", "tell", "backup=monday", "settle", "sell=2", "refund", "tell",
            "restore_into_nothing=monday", "skip=monday", "settle", "sell=1", "tell", "audit",
        ), 4, 5, 9, 10, 11, 14, 15)

        assert re.search(r"bytes in [\d.]+ s; writers waited for \d+ ms\.", backed_up), backed_up
        assert "has tables already" in refused
        assert restored.rstrip().endswith("The books are in order.")
        assert (len(then["orders"]), len(later["orders"]), len(now["orders"])) == (3, 5, 4)
        assert set(then["orders"]) < set(now["orders"])
        assert all(state.startswith("placed paid") for state in now["orders"].values())
        assert not set(now["numbers"][3:]) & set(later["numbers"]), "A number that somebody knows was given again."
        assert defects == []

        shop.vanish()  # the machine of the databases is gone; there is a new one
        restored, again, defects = _of(shop.live("restore_into_nothing=monday", "settle", "tell", "audit"), 0, 2, 3)

        assert restored.rstrip().endswith("The books are in order.")
        assert set(again["orders"]) == set(then["orders"])
        assert defects == []
        self._is_whole(shop)

    def _is_whole(self, shop: Premises) -> None:
        backup = shop.folder / "monday"
        told = json.loads((backup / "manifest.json").read_text())
        files = {part["alias"]: part["files"] for part in told["parts"]}
        assert set(files) >= ALIASES
        if told["parts"][0]["vendor"] == "sqlite":
            with closing(sqlite3.connect(backup / files["checkout"][0]["name"])) as file:
                assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert file.execute("SELECT count(*) FROM checkout_order").fetchone() == (3,)
        else:
            orders = next(file for file in files["checkout"] if file["table"] == "checkout_order")
            assert (orders["rows"], orders["counted_to"]) == (3, 3)


class TestRefusal:
    """Before anything is changed."""

    @pytest.mark.parametrize("shop", ["files"], indirect=True)
    def test_of_another_release_another_database_and_a_folder_that_is_full(self, shop: Premises) -> None:
        then, _, full = _of(shop.live("open", "sell=1", "tell", "backup=monday", "backup=monday"), 2, 3, 4)
        manifest = shop.folder / "monday" / "manifest.json"
        text = manifest.read_text()
        vendor = json.loads(text)["parts"][0]["vendor"]
        assert "is not empty" in full

        manifest.write_text(text.replace("payments.0001_initial", "payments.0099_later"))
        (unlike,) = shop.live("restore=monday")
        manifest.write_text(re.sub(rf'"vendor": "{vendor}"', '"vendor": "oracle"', text))
        foreign, elsewhere, now = shop.live("restore=monday", "restore=monday:plumbing", "tell")

        assert "differ in migrations" in unlike
        assert "restore it where it fits" in foreign
        assert "does not run plumbing" in elsewhere
        assert now == then


def _of(came: list[Any], *places: int) -> list[Any]:
    return [came[place] for place in places]
