"""A disk that fills up under the databases: reads go on, writes are refused with 503, and nothing is left to mend."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from drill.chaos.premises import Premises, premises
from storefront.testing.faults.disk import Disk, bounded
from storefront.testing.postgresql import Cluster
from tests.chaos.shop import NOT_NOW, PLACED, Scene, opened

TRIES = 400
REFUSED = 6


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where PostgreSQL's user may go, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="storefront-full-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def disk(folder: Path) -> Iterator[Disk]:
    (folder / "disk").mkdir()
    with bounded(folder / "disk", megabytes=192) as disk:
        yield disk


@pytest.fixture
def on_sqlite(disk: Disk) -> Iterator[Premises]:
    with premises("monolith", seed="full", on_postgresql=False, DATA_DIR=str(disk.folder / "data")) as place:
        yield place


@pytest.fixture
def on_postgresql(disk: Disk, folder: Path) -> Iterator[Premises]:
    """Its write-ahead log is on another disk, as it should be: a server that cannot write that ends itself."""
    home, log = disk.folder / "server", folder / "log"
    home.mkdir()
    log.mkdir()
    server = Cluster(home, "max_connections=300")
    server.create(log=log)
    server.start()
    try:
        with premises("monolith", seed="full", server=server) as place:
            yield place
    finally:
        with suppress(subprocess.CalledProcessError):  # it may have ended itself
            server.stop()


def fill_up(scene: Scene, disk: Disk) -> None:
    """Until some were refused, while others look around."""
    disk.fill()
    client, refused = scene.client(), 0
    for _ in range(TRIES):
        status = scene.try_to_buy(client)
        refused += status == NOT_NOW
        assert status in (PLACED, 202, NOT_NOW), scene.place.log
        assert scene.read(client) == 200, "Who looks around needs no room."
        if refused == REFUSED:
            break
    client.close()
    assert refused == REFUSED
    assert scene.answers.keys() <= {PLACED, 202, NOT_NOW}


@pytest.mark.postgresql
@pytest.mark.mounts
@pytest.mark.proves("R21", "I2", "I3", "I5")
class TestFullDisk:
    def test_under_sqlite_refuses_what_it_cannot_write_and_goes_on_when_there_is_room(
        self, disk: Disk, on_sqlite: Premises
    ) -> None:
        with opened(on_sqlite) as scene:
            scene.buy()
            fill_up(scene, disk)
            disk.free()

            scene.assert_in_order()
            assert scene.buy().order

    def test_under_postgresql_does_the_same(self, disk: Disk, on_postgresql: Premises) -> None:
        with opened(on_postgresql) as scene:
            scene.buy()
            fill_up(scene, disk)
            disk.free()

            scene.assert_in_order()
            assert scene.buy().order
