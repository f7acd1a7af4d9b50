"""What a test run starts, and how its client speaks to it."""

import argparse
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from storefront.testing.client import ProcessClient
from storefront.testing.plugin import _topology
from storefront.testing.processes import TESTS, free_ports, placed, programs_of, topology_of, with_tests
from storefront.topology.plan import BadTopology, Process, Topology
from storefront.topology.routes import Route
from storefront.topology.wiring import Wiring

MODULES = ("books", "stores", "till")
DIRECTORY = Path(settings.STOREFRONT_WIRING).parent / "topologies"
MARKET = Topology("market", "celery", (Process("market", MODULES, "http://127.0.0.1:8101"),))


class TestTopology:
    def test_one_module_apart_is_two_processes(self) -> None:
        found = topology_of("split:till", MODULES, DIRECTORY)

        assert {each.name: each.modules for each in found.processes} == {"shop": ("books", "stores"), "till": ("till",)}

    def test_a_module_that_is_not_there_is_told(self) -> None:
        with pytest.raises(BadTopology, match="no module loyalty; there are books, stores, till"):
            topology_of("split:loyalty", MODULES, DIRECTORY)

    @pytest.mark.parametrize("name", ["all-splt", "split", "celery", "payments-out", ""])
    def test_a_name_that_means_nothing_is_refused(self, name: str) -> None:
        with pytest.raises(argparse.ArgumentTypeError, match="none of them"):
            _topology(name)

    def test_each_process_gets_a_port_of_its_own(self) -> None:
        split = topology_of("split:till", MODULES, DIRECTORY)
        with free_ports(2) as ports:
            urls = [process.url for process in placed(split, ports).processes]

        assert len(set(urls)) == 2
        assert all(url.startswith("http://127.0.0.1:") for url in urls)

    def test_the_test_run_may_call_every_module(self) -> None:
        wiring = with_tests(Wiring({"till": ("books",)}, {}), MARKET)

        assert all(TESTS in wiring.callers_of(module) for module in MODULES)
        assert wiring.callers_of("books") == {"till", TESTS}

    def test_a_broker_brings_a_worker_per_module(self) -> None:
        programs = programs_of(MARKET, "shop.wsgi:application", "shop")

        assert [program.name for program in programs] == ["market", "books-worker", "stores-worker", "till-worker"]
        assert {program.process for program in programs} == {"market"}
        assert [program.port for program in programs] == [8101, 0, 0, 0]


class Counter(BaseHTTPRequestHandler):
    """Tells what reached it, and gives a cookie."""

    def do_POST(self) -> None:
        told = {
            "path": self.path, "body": self.rfile.read(int(self.headers["Content-Length"])).decode(),
            "headers": {name.lower(): text for name, text in self.headers.items()},
        }
        body = json.dumps(told).encode()
        self.send_response(409)
        self.send_header("Content-Type", "application/json")
        self.send_header("Set-Cookie", "basket=42; Path=/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def till() -> Iterator[Client]:
    server = HTTPServer(("127.0.0.1", 0), Counter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = ProcessClient()
    client.topology = Topology("m", "http", (Process("till", ("till",), f"http://127.0.0.1:{server.server_port}"),))
    client.routes = [Route("/api/v1/sales", "till")]
    yield client
    server.shutdown()
    server.server_close()


class TestClient:
    def test_sends_what_djangos_client_would_and_answers_as_it_does(self, till: Client) -> None:
        response = till.post(
            "/api/v1/sales?when=now&who=Ada%20L", data='{"sku": "RED-MUG"}', content_type="application/json",
            HTTP_IDEMPOTENCY_KEY="once",
        )

        told = response.json()
        assert (response.status_code, response["Content-Type"]) == (409, "application/json")
        assert (told["path"], told["body"]) == ("/api/v1/sales?when=now&who=Ada%20L", '{"sku": "RED-MUG"}')
        assert told["headers"]["idempotency-key"] == "once"
        assert told["headers"]["content-type"] == "application/json"

    def test_keeps_cookies(self, till: Client) -> None:
        till.post("/api/v1/sales", data={"sku": "RED-MUG"})

        assert "basket=42" in till.post("/api/v1/sales", data={"sku": "RED-MUG"}).json()["headers"]["cookie"]

    def test_reaches_nobody_where_no_route_leads(self, till: Client) -> None:
        assert till.get("/_call/till/sell").status_code == 404
