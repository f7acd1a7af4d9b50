"""The drill judges rightly: a drill that is always content proves nothing. It is run whole by `make drill`."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from drill import books, premises, report, shopping
from drill.books import Order
from drill.shopping import Bought, Shopper

PAID = Order(cart="crt_1", total=1250, captured=1250, parcels=1)


def bought(order: str = "ord_1", *, began_at: float = 0.0, ended_at: float = 0.1, asked: int = 1) -> Bought:
    """What a shopper tells."""
    return Bought(order, "crt_1", began_at, ended_at, asked, ())


class TestBooks:
    def test_are_clean_if_every_order_is_paid_and_sent_once(self) -> None:
        assert books.compared({"ord_1": PAID}, [bought()]) == books.Books([], [], [], [])

    def test_find_an_order_that_is_not_there(self) -> None:
        assert books.compared({}, [bought()]).lost == ["ord_1"]

    @pytest.mark.parametrize("change", [{"captured": 0}, {"parcels": 0}])
    def test_find_an_order_that_nobody_pays_or_sends(self, change: dict[str, Any]) -> None:
        assert len(books.compared({"ord_1": PAID._replace(**change)}, [bought()]).lost) == 1

    @pytest.mark.parametrize("change", [{"captured": 2500}, {"parcels": 2}])
    def test_find_an_order_that_is_paid_or_sent_twice(self, change: dict[str, Any]) -> None:
        assert len(books.compared({"ord_1": PAID._replace(**change)}, [bought()]).doubled) == 1

    def test_find_two_orders_of_one_cart(self) -> None:
        found = books.compared({"ord_1": PAID, "ord_2": PAID}, [bought()])

        assert found.doubled == ["cart crt_1 has 2 orders"]
        assert found.unknown == ["ord_2"]

    def test_find_a_shopper_who_went_without_an_order(self) -> None:
        assert books.compared({}, [bought(order="")]).failed == [""]


class TestReport:
    def test_measures_the_pause_and_each_phase(self) -> None:
        served = [bought(f"ord_{at}", began_at=at, ended_at=at + 0.25, asked=1 + (at == 9)) for at in (1, 2, 5, 9)]

        found = self._reported(served)

        assert (found.pause_s, found.paused_in, found.longest_s) == (4.0, "outside", 0.25)
        assert [(phase.orders, phase.asked_again) for phase in found.phases] == [(2, 0), (2, 1)]
        assert not found.is_good
        assert "NOT GOOD" in report.text(found)

    def test_is_good_if_nothing_went_wrong(self) -> None:
        found = self._reported([bought(f"ord_{at}", began_at=at, ended_at=at + 0.1) for at in (1, 2, 3)])

        assert found.is_good

    @pytest.mark.parametrize("wrong", ["lost", "doubled", "failed", "unknown"])
    def test_is_not_good_if_anything_did(self, wrong: str) -> None:
        found = self._reported([bought()], books.Books([], [], [], [])._replace(**{wrong: ["ord_1"]}))

        assert not found.is_good

    def test_is_not_good_if_the_books_are_not(self) -> None:
        assert not self._reported([bought()], audit="1 findings.").is_good

    def _reported(
        self, served: list[Bought], found: books.Books | None = None, *, audit: str = "The books are in order."
    ) -> report.Report:
        marks = [("inside", 0.0), ("outside", 4.0), ("", 10.0)]
        clean = found or books.Books([], [], [], [])
        return report.report(served, marks, clean, write_pauses=[], audit=audit, settled_s=0.0)


class Shop(ThreadingHTTPServer):
    """Answers as it is told, and remembers the keys that it was asked with."""

    daemon_threads = True

    def __init__(self, answers: list[tuple[int, dict[str, Any]] | None]) -> None:
        super().__init__((premises.HOST, 0), Answering)
        self.answers, self.keys = answers, list[str]()


class Answering(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Shop

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.keys.append(self.headers.get("Idempotency-Key", ""))
        answer = self.server.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        body = json.dumps(answer[1]).encode()
        self.send_response(answer[0])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop that gives out a cart and a checkout; a test adds the rest."""
    made = Shop([(201, {"id": "crt_1"}), (201, {"id": "chk_1"})])
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


class TestShopper:
    @pytest.fixture(autouse=True)
    def _quickly(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shopping, "PAUSE_SECONDS", 0.001)

    def test_asks_again_with_the_same_key_until_the_answer_is_final(self, shop: Shop) -> None:
        processing = {"status": "processing", "order": "/api/v1/orders/ord_1?checkout=chk_1"}
        shop.answers += [
            (503, {"code": "unavailable"}), None, (409, {"code": "in_flight"}), (202, processing), (404, {}),
            (202, processing), (200, {"id": "ord_1"}),
        ]

        found = self._bought(shop)

        assert found.order == "ord_1"
        assert shop.keys[2:] == ["a-complete"] * 4 + ["", "a-complete", ""]
        assert found.asked == 5
        assert found.troubles[0] == "503 unavailable"

    def test_takes_a_no_for_an_answer(self, shop: Shop) -> None:
        shop.answers.append((422, {"code": "payments.declined"}))

        found = self._bought(shop)

        assert found.order == ""
        assert "422" in found.troubles[-1]

    def test_goes_away_after_a_while(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shopping, "PATIENCE_SECONDS", 0.5)
        shop.answers += [(503, {})] * 10_000

        assert "no final answer" in self._bought(shop).troubles[-1]

    def _bought(self, shop: Shop) -> Bought:
        shopper = Shopper(shop.server_address[1])
        try:
            return shopper.buy("a")
        finally:
            shopper.leave()


class TestInnerAddress:
    def test_leads_to_the_first_and_to_the_next_if_that_has_executed_nothing(self) -> None:
        text = premises._with_inner_address("http {\n}\n", 8100, (8101, 8102))

        assert "server 127.0.0.1:8101 max_fails=0;" in text
        assert "server 127.0.0.1:8102 max_fails=0 backup;" in text
        assert "proxy_next_upstream error http_503 non_idempotent;" in text
        assert text.count("{") == text.count("}")

    def test_is_not_there_if_nobody_is(self) -> None:
        assert premises._with_inner_address("http {\n}\n", 8100, ()) == "http {\n}\n"
