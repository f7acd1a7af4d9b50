"""What would go wrong unseen: PostgreSQL breaks a deadlock, the victim asks again, and the end is as it should be."""

import logging
import threading
from functools import partial
from pathlib import Path

import pytest
from django.db import OperationalError, connections, transaction

from storefront.rest.context import MaskedLines
from storefront.testing.world import World
from tests.races.scene import Scene
from tests.races.servers import Servers

MODULE = "inventory"


def embrace(first: int, second: int, *, both: threading.Barrier) -> str:
    """One of two who lock the same two things, each another one first."""
    try:
        with transaction.atomic(using=MODULE), connections[MODULE].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [first])
            both.wait()
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [second])
    except OperationalError:
        return "victim"
    return "through"


def deadly(scene: Scene) -> list[str]:
    """A race of two who get over a deadlock, as far as anybody sees."""
    both = threading.Barrier(2)
    answers: list[str] = scene.rush([partial(embrace, 1, 2, both=both), partial(embrace, 2, 1, both=both)])
    return answers


@pytest.mark.proves("R18")
class TestADeadlock:
    def test_fails_the_race_that_it_happens_in(self, committed_world: World) -> None:
        with pytest.raises(AssertionError, match="had to break a deadlock"):
            deadly(Scene(committed_world))

    def test_in_a_server_is_found_in_its_log(
        self, committed_world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.handler.setFormatter(MaskedLines("%(asctime)s %(levelname)s %(name)s %(message)s"))
        with pytest.raises(AssertionError):
            deadly(Scene(committed_world))
        (tmp_path / "web-0.log").write_text(caplog.text)

        (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
        assert "deadlock detected" in record.getMessage()
        assert any("deadlock detected" in each for each in Servers([], tmp_path).complaints())
