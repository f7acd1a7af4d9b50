"""The generated gateway, run by nginx itself: before two real processes, and before two that tell what reached them."""

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings

from storefront.topology import plan
from storefront.topology.gateway import Gateway, nginx
from storefront.topology.plan import Process, Topology
from storefront.topology.routes import routes
from storefront.topology.serving import is_taken
from tests.topologies.shop_at import Place, ask, running

pytestmark = pytest.mark.nginx

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "nginx"
AS_ROOT = "user root; " if os.geteuid() == 0 else ""
TOPOLOGIES = Path(settings.STOREFRONT_WIRING).parent / "topologies"


def verdict(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What nginx says of a configuration."""
    file = folder / "nginx.conf"
    file.write_text(text)
    command = [NGINX, "-t", "-p", str(folder), "-c", str(file), "-g", AS_ROOT]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class TestFile:
    @pytest.mark.parametrize("name", ["all-split", "payments-out", "celery-redis"])
    def test_is_what_nginx_takes(self, name: str, tmp_path: Path) -> None:
        text = nginx(plan.load(name, TOPOLOGIES), routes(), Gateway(host="shop.example", listen="127.0.0.1:8099"))

        found = verdict(text, tmp_path)
        assert found.returncode == 0, found.stderr
        assert "warn" not in found.stderr

    def test_speaks_tls_with_a_certificate(self, tmp_path: Path) -> None:
        certificate, key = str(tmp_path / "tls.crt"), str(tmp_path / "tls.key")
        making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=shop.example"]
        subprocess.run([*making, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        gateway = Gateway(listen="127.0.0.1:8099", certificate=certificate, certificate_key=key)
        text = nginx(plan.load("all-split", TOPOLOGIES), routes(), gateway)

        found = verdict(text, tmp_path)
        assert found.returncode == 0, found.stderr
        assert "Strict-Transport-Security" in text


class Echo(BaseHTTPRequestHandler):
    """Tells who was reached, by which headers, on which connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps(
            {
                "port": self.connection.getsockname()[1], "path": self.path, "headers": dict(self.headers),
                "from": self.client_address[1], "padding": "x" * 2000,
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def echoing() -> Iterator[int]:
    """Somebody who tells what reached them; where they listen."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


LOG, ERRORS = "access.log", "error.log"


@contextmanager
def before(shop: int, payments: int, folder: Path, *, requests_per_second: int = 1000) -> Iterator[int]:
    """nginx at work before these two; where it listens."""
    port = Place(folder).gateway
    topology = Topology(
        "planted", "http",
        (
            Process("shop", ("cart", "catalog", "checkout", "inventory", "shipping"), f"http://127.0.0.1:{shop}"),
            Process("payments", ("payments",), f"http://127.0.0.1:{payments}"),
        ),
    )
    gateway = Gateway(listen=f"127.0.0.1:{port}", requests_per_second=requests_per_second)
    (folder / "nginx.conf").write_text(nginx(topology, routes(), gateway))
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", f"{AS_ROOT}daemon off;"]
    with (folder / LOG).open("wb") as log, (folder / ERRORS).open("wb") as errors:
        server = subprocess.Popen(command, stdout=log, stderr=errors)
    try:
        while not is_taken(port):
            assert server.poll() is None, "nginx did not start."
            time.sleep(0.02)
        yield port
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="class")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int, int]]:
    """Two who echo, and the gateway before them."""
    with (
        echoing() as shop, echoing() as payments,
        before(shop, payments, tmp_path_factory.mktemp("nginx")) as gateway,
    ):
        yield shop, payments, gateway


class TestManners:
    def test_each_path_reaches_its_process(self, two: tuple[int, int, int]) -> None:
        shop, payments, gateway = two

        for path in ("/api/v1/products?limit=1", "/api/v1/carts", "/admin/catalog/product/", "/api/v1/docs"):
            assert json.loads(ask(gateway, path).body)["port"] == shop, path
        for path in ("/api/v1/payments/pay_1", "/api/v1/webhooks/payments/sandbox", "/admin/payments/payment/"):
            assert json.loads(ask(gateway, path).body)["port"] == payments, path

    @pytest.mark.parametrize(
        "path",
        [
            "/_call/inventory/reserve", "/_events/checkout", "/_modules", "/livez", "/readyz", "/", "/api/v2",
            "/api/v1/carts/../../../_modules", "/api/v1/cartsful",
        ],
    )
    def test_what_is_not_public_is_not_there(self, two: tuple[int, int, int], path: str) -> None:
        answer = ask(two[2], path)

        if path.startswith("/api/v") and ".." not in path:  # the shop itself says that there is nothing
            assert json.loads(answer.body)["port"] == two[0]
        else:
            assert answer.status == 404
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert json.loads(answer.body)["code"] == "not_found"

    def test_tells_the_process_who_asks_and_how(self, two: tuple[int, int, int]) -> None:
        answer = ask(two[2], "/api/v1/products", X_Forwarded_For="203.0.113.9", Deadline_Ms="800", Host="shop.example")

        told = {name.lower(): text for name, text in json.loads(answer.body)["headers"].items()}
        assert told["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"
        assert told["x-forwarded-proto"] == "http"
        assert told["host"] == "shop.example"
        assert told["deadline-ms"] == "800"
        assert told["x-request-start"].startswith("t=")
        assert len(told["x-request-id"]) == 32

    def test_keeps_a_sane_request_id_and_no_other(self, two: tuple[int, int, int]) -> None:
        sane = ask(two[2], "/api/v1/products", X_Request_Id="order-42:a")
        odd = ask(two[2], "/api/v1/products", X_Request_Id='"><script>')

        assert json.loads(sane.body)["headers"]["X-Request-Id"] == "order-42:a"
        assert len(json.loads(odd.body)["headers"]["X-Request-Id"]) == 32

    def test_says_security_headers_once(self, two: tuple[int, int, int]) -> None:
        assert ask(two[2], "/api/v1/products").headers.get_all("X-Content-Type-Options") == ["nosniff"]

    def test_compresses_for_who_can_read_it(self, two: tuple[int, int, int]) -> None:
        answer = ask(two[2], "/api/v1/products", Accept_Encoding="gzip")

        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(answer.body) < 1000

    def test_keeps_connections_to_processes_alive(self, two: tuple[int, int, int]) -> None:
        used = {json.loads(ask(two[2], "/api/v1/payments/pay_1").body)["from"] for _ in range(20)}

        assert len(used) < 10

    def test_refuses_a_body_that_no_process_would_take(self, two: tuple[int, int, int]) -> None:
        fits = ask(two[2], "/api/v1/carts", method="POST", body=b"x" * 262_144)
        exceeds = ask(two[2], "/api/v1/carts", method="POST", body=b"x" * 262_145)

        assert fits.status == 200
        assert exceeds.status == 413
        assert json.loads(exceeds.body)["code"] == "body_too_large"
        assert ask(two[2], "/admin/catalog/product/import/", method="POST", body=b"x" * 2_000_000).status == 200


class TestTrouble:
    def test_who_asks_too_often_is_told_to_wait(self, tmp_path: Path) -> None:
        with echoing() as shop, before(shop, shop, tmp_path, requests_per_second=1) as gateway:
            answers = [ask(gateway, "/api/v1/products") for _ in range(10)]

        assert [answer.status for answer in answers[:3]] == [200, 200, 200]
        refused = answers[-1]
        assert refused.status == 429
        assert refused.headers["Retry-After"] == "1"
        assert json.loads(refused.body)["code"] == "throttled"

    def test_a_process_that_is_away_takes_only_its_own_paths_along(self, tmp_path: Path) -> None:
        nobody = Place(tmp_path).payments
        with echoing() as shop, before(shop, nobody, tmp_path) as gateway:
            away = ask(gateway, "/api/v1/payments/pay_1")
            there = ask(gateway, "/api/v1/products")

        assert (away.status, there.status) == (502, 200)
        assert json.loads(away.body)["code"] == "outcome_unknown"
        assert away.headers["Retry-After"] == "1"


class TestShop:
    def test_is_one_address_before_two_real_processes(self, tmp_path: Path) -> None:
        place = Place(tmp_path)
        said = ("dev", "--topology", str(place.topology), "--gateway", "nginx", "--port", str(place.gateway))
        with running(place, *said) as dev:
            dev.wait_until_it_says("The shop is open")
            statuses = {
                path: ask(place.gateway, path).status
                for path in ("/api/v1/products", "/api/v1/payments/pay_none", "/admin/login/", "/_modules", "/livez")
            }
            document = ask(place.gateway, "/api/v1/openapi.json")
            page = ask(place.gateway, "/api/v1/docs")
            assert dev.stop() == 0

        payment = statuses.pop("/api/v1/payments/pay_none")
        assert payment in (401, 404)
        assert statuses == {"/api/v1/products": 200, "/admin/login/": 200, "/_modules": 404, "/livez": 404}
        assert {"/api/v1/carts", "/api/v1/payments/{payment_id}"} <= set(json.loads(document.body)["paths"])
        assert page.headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert not is_taken(place.gateway)


class TestLog:
    @pytest.mark.proves("S2")
    def test_tells_no_id_that_is_a_right(self, tmp_path: Path) -> None:
        secrets = {kind: f"{kind}_{number:036}" for number, kind in enumerate(("crt", "chk", "cha"), 7)}
        paths = (
            f"/api/v1/carts/{secrets['crt']}/lines/lin_1", f"/api/v1/orders/ord_1?checkout={secrets['chk']}",
            f"/api/v1/checkouts/{secrets['chk']}?cart={secrets['crt']}", f"/api/v1/sandbox/challenges/{secrets['cha']}",
            "/api/v1/products?limit=1",
        )
        with echoing() as shop, before(shop, shop, tmp_path) as gateway:
            for path in paths:
                ask(gateway, path)
        log = (tmp_path / LOG).read_text()

        assert log.count("HTTP/1.1") == len(paths)
        assert "/api/v1/carts/crt_.../lines/lin_1" in log
        assert "/api/v1/orders/ord_1?... HTTP/1.1" in log
        assert [secret for secret in secrets.values() if secret[-8:] in log] == []

    @pytest.mark.parametrize(
        "path", ["/admin/checkout/order/?q=ada@example.org", "/api/v1/orders?limit=1&email=ada@example.org"]
    )
    def test_tells_nobody_who_was_searched_for(self, path: str, tmp_path: Path) -> None:
        nobody = Place(tmp_path).payments
        with echoing() as shop, before(shop, nobody, tmp_path) as gateway:
            ask(gateway, path)
            ask(gateway, f"/admin/payments/payment/{path[path.index('?'):]}")  # whose process is away
            ask(gateway, f"/nowhere{path[path.index('?'):]}")
        log, errors = (tmp_path / LOG).read_text(), (tmp_path / ERRORS).read_text()

        assert log.count("?... HTTP/1.1") == 3
        assert f"127.0.0.1:{nobody} 502" in log
        assert "ada" not in log + errors
