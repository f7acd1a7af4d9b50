"""A process dies where it is told to, as often as it is told to pass before, and its clock can be set wrong."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from storefront.testing.faults.points import deaths, tell_to_die
from tests.faults.drill import ROOT

PATIENCE_SECONDS = 60.0
LIFE = """
import pathlib, sys, time
import django
django.setup()
from storefront import clock
from storefront.testing.faults.points import Points

class Bank:
    def charge(self): pass

points = Points(pathlib.Path(sys.argv[1]), "shop-0")
points.watch(providers=[(Bank, ("charge",))])
bank, began_at = Bank(), time.time()
for number in range(600):
    bank.charge()
    ahead = clock.now().timestamp() - time.time()
    print(number, round(ahead), round(clock.offset_seconds()), flush=True)
    time.sleep(0.1)
"""


@pytest.fixture
def life(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", LIFE, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        yield process
        process.kill()


def heard(life: "subprocess.Popen[str]") -> tuple[int, int, int]:
    """How often it came to the place; seconds that its clock is ahead, and that of its databases."""
    assert life.stdout
    number, ahead, offset = life.stdout.readline().split()
    return int(number), int(ahead), int(offset)


class TestPoints:
    @pytest.mark.parametrize("place", ["before the provider", "after the provider"])
    def test_a_process_dies_there_when_it_has_passed_often_enough(
        self, tmp_path: Path, life: "subprocess.Popen[str]", place: str
    ) -> None:
        assert heard(life) == (0, 0, 0)
        tell_to_die(tmp_path, "shop-0", place, skip=2)

        assert life.wait(PATIENCE_SECONDS) == -signal.SIGKILL
        assert list(deaths(tmp_path)) == [("shop-0", place)]
        assert not (tmp_path / "die-shop-0").exists()

    def test_another_process_and_another_place_are_none_of_its_business(
        self, tmp_path: Path, life: "subprocess.Popen[str]"
    ) -> None:
        tell_to_die(tmp_path, "shop-1", "before the provider", skip=0)
        tell_to_die(tmp_path, "shop-0", "after commit", skip=0)

        assert [heard(life)[0] for _ in range(5)] == [0, 1, 2, 3, 4]

    def test_a_clock_is_turned_for_all_or_wrong_for_one(self, tmp_path: Path, life: "subprocess.Popen[str]") -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        (tmp_path / "clock").write_text("600")
        (tmp_path / "skew-shop-0").write_text("-60")

        while (found := heard(life)[1:]) != (540, 600):
            assert time.monotonic() < give_up_at, found
