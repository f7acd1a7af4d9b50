"""`manage.py dev` and `manage.py runmodule`: a shop in several processes, from one command or one each."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from storefront.testing.broker import VARIABLE, broker_of
from storefront.topology.choosing import chosen
from storefront.topology.plan import load
from storefront.topology.serving import is_taken
from tests.topologies.shop_at import ROOT, SECONDS, Place, ask, pid_serving, running

TOPOLOGIES = ROOT / "config" / "topologies"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


class TestDev:
    def test_opens_the_shop_from_nothing_and_closes_it_whole(self, place: Place) -> None:
        with running(place, "dev", "--topology", str(place.topology), "--gateway", "none") as dev:
            dev.wait_until_it_says("The shop is open")
            assert ask(place.shop, "/api/v1/products").status == 200
            assert ask(place.payments, "/api/v1/payments/pay_none").status in (401, 404)
            paths = json.loads(ask(place.payments, "/api/v1/openapi.json").body)["paths"]
            code = dev.stop()

        assert code == 0, dev.said()
        assert {"/api/v1/carts", "/api/v1/payments/{payment_id}"} <= set(paths)
        assert f"http://127.0.0.1:{place.payments}" in dev.said()
        assert not is_taken(place.shop)
        assert not is_taken(place.payments)

    def test_ends_with_an_error_when_one_of_its_processes_dies(self, place: Place) -> None:
        with running(place, "dev", "--topology", str(place.topology), "--gateway", "none") as dev:
            dev.wait_until_it_says("The shop is open")
            os.kill(pid_serving(place.payments), signal.SIGKILL)
            code = dev.process.wait(SECONDS)

        assert code == 1
        assert "payments ended by itself" in dev.said()
        assert not is_taken(place.shop)
        assert not is_taken(place.payments)

    @pytest.mark.redis
    def test_starts_a_worker_per_process_where_facts_travel_through_a_broker(self, tmp_path: Path) -> None:
        with broker_of("celery-redis") as broker, redis.Redis.from_url(broker[VARIABLE]) as queues:
            place = Place(tmp_path, events="celery", environment=broker)
            with running(place, "dev", "--topology", str(place.topology), "--gateway", "none") as dev:
                dev.wait_until_it_says("The shop is open")
                assert wait_until(lambda: {"events.payments", "events.checkout"} <= bound(queues)), dev.said()
                code = dev.stop()

        assert code == 0, dev.said()

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("--topology", "none-such"), "There is no topology none-such"),
            (("--topology", "celery-redis"), "set STOREFRONT_BROKER_URL"),
        ],
    )
    def test_says_in_plain_words_what_is_missing(self, place: Place, arguments: tuple[str, ...], sentence: str) -> None:
        with running(place, "dev", *arguments) as dev:
            code = dev.process.wait(SECONDS)

        assert code == 1
        assert sentence in dev.said()
        assert "Traceback" not in dev.said()


def bound(queues: redis.Redis) -> set[str]:
    """The queues that workers have announced: Celery keeps them with their exchange."""
    found: Any = queues.smembers("_kombu.binding.celery")
    return {member.decode().split("\x06\x16")[0] for member in found}


class TestRunmodule:
    def test_serves_the_process_that_has_the_module(self, place: Place) -> None:
        with running(place, "runmodule", "payments", "--topology", str(place.topology)) as served:
            served.wait_until_it_says("Ctrl-C stops it.")
            assert ask(place.payments, "/api/v1/payments/pay_none").status in (401, 404)
            assert ask(place.payments, "/api/v1/products").status == 404
            code = served.stop()

        assert code == 0, served.said()
        assert "Process payments of planted runs payments" in served.said()
        assert not is_taken(place.payments)

    def test_a_module_that_nobody_runs_is_told_in_plain_words(self, place: Place) -> None:
        with running(place, "runmodule", "loyalty") as served:
            code = served.process.wait(SECONDS)

        assert code == 1
        assert served.said().strip() == "No process of topology all-split runs loyalty."


class TestChosen:
    def test_runmodule_is_the_process_of_its_module(self) -> None:
        found = chosen(["manage.py", "runmodule", "payments"], {}, TOPOLOGIES)
        assert found == {"STOREFRONT_TOPOLOGY": "all-split", "STOREFRONT_PROCESS": "payments"}

    def test_an_option_says_more_than_the_environment(self) -> None:
        said = ["manage.py", "runmodule", "cart", "--topology=payments-out"]
        assert chosen(said, {"STOREFRONT_TOPOLOGY": "all-split"}, TOPOLOGIES)["STOREFRONT_PROCESS"] == "shop"

    def test_the_environment_says_more_than_habit(self) -> None:
        found = chosen(["manage.py", "runmodule", "cart"], {"STOREFRONT_TOPOLOGY": "payments-out"}, TOPOLOGIES)
        assert found["STOREFRONT_PROCESS"] == "shop"

    def test_dev_has_every_module(self) -> None:
        found = chosen(["manage.py", "dev"], {"STOREFRONT_TOPOLOGY": "all-split"}, TOPOLOGIES)
        assert found["STOREFRONT_TOPOLOGY"] == "monolith"

    @pytest.mark.parametrize("said", [["manage.py"], ["manage.py", "migrate"], ["manage.py", "runmodule", "--help"]])
    def test_other_commands_choose_nothing(self, said: list[str]) -> None:
        assert chosen(said, {}, TOPOLOGIES) == {}


class TestHarness:
    def test_no_process_outlives_a_test_run_that_was_killed(self, place: Place) -> None:
        """The processes hang on the run's socket, so that even kill -9 of the run ends them."""
        with tempfile.TemporaryDirectory(prefix="run-") as folder:
            run = subprocess.Popen(
                [
                    sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider",
                    "--topology=split:payments", "tests/journeys",
                ],
                cwd=ROOT, env=place.environment() | {"TMPDIR": folder}, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            ports = wait_for_the_processes_of(Path(folder))
            run.kill()
            run.wait()

            assert wait_until(lambda: not any(map(is_taken, ports)))


def wait_for_the_processes_of(folder: Path) -> list[int]:
    """The ports of a test run, once its processes answer there."""
    assert wait_until(lambda: list(folder.glob("shop-*/topology.toml")))
    (file,) = folder.glob("shop-*/topology.toml")
    topology = load(str(file), folder)
    ports = [int(each.url.rpartition(":")[2]) for each in topology.processes if each.modules]
    assert wait_until(lambda: all(map(is_taken, ports)))
    return ports


def wait_until(is_so: Callable[[], object]) -> bool:
    """Whether it becomes so within a time that even a busy machine needs not."""
    give_up_at = time.monotonic() + SECONDS
    while not is_so():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.05)
    return True
