"""What a backup holds is what the shop let in: no card number."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.restoring.premises import Premises

CARD, NAME = b"4929381332664295", b"Ada Lovelace"


def contents(folder: Path) -> Iterator[bytes]:
    """Of every file, unpacked."""
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        written = file.read_bytes()
        yield gzip.decompress(written) if written.startswith(b"\x1f\x8b") else written


@pytest.mark.proves("S19")
class TestABackup:
    @pytest.mark.parametrize("shop", ["files"], indirect=True)
    def test_has_no_card_number_that_somebody_typed(self, shop: Premises) -> None:
        _, _, refused, said = shop.live("open", "sell=1", f"type_card={CARD.decode()}", "backup=monday")

        found = [*contents(shop.folder / "monday")]
        assert refused == 422, said
        assert "CommandError" not in said, said
        assert any(NAME in each for each in found), "The search reads what is in it."
        assert not any(CARD in each for each in found)
