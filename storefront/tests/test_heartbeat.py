"""A relay leaves a sign of life where it is told to; that a worker does too is seen where one is started."""

import time
from pathlib import Path

import pytest
from django.conf import LazySettings

from storefront.background import Background
from storefront.heartbeat import beat


@pytest.fixture
def sign(settings: LazySettings, tmp_path: Path) -> Path:
    """The file."""
    path = tmp_path / "heartbeat"
    settings.STOREFRONT_HEARTBEAT = str(path)
    return path


def test_a_relay_beats_at_each_turn(sign: Path) -> None:
    background = Background(())
    background.start()
    give_up_at = time.monotonic() + 30
    while not sign.exists() and time.monotonic() < give_up_at:
        time.sleep(0.01)
    background.end()

    assert sign.exists()


def test_nobody_beats_unless_told_where(settings: LazySettings, sign: Path) -> None:
    settings.STOREFRONT_HEARTBEAT = ""

    beat()

    assert not sign.exists()
