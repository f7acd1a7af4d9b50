"""Nothing is ever sent to an address that is not public: not by its name, its form, a redirect, or a change of mind."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from modules.webhooks import posting, targets
from modules.webhooks.models import Endpoint
from modules.webhooks.targets import Refused, Target, target_of
from modules.webhooks.tests.desk import Desk, placed
from modules.webhooks.tests.receiver import Receiver
from storefront.outside import target as outside

pytestmark = pytest.mark.proves("S13")

PRIVATE = (
    "0.0.0.0",  # noqa: S104  # refused
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "100.64.0.1", "168.63.129.16", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.168.1.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1", "::1", "::", "fe80::1", "fe80::1%25eth0",
    "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::",
    "2001::1", "2001:db8::1", "100::1", "3fff::1", "::ffff:0:127.0.0.1",
)
ODD_HOSTS = (
    "2130706433", "017700000001", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.1", "127.0.1", "0", "010.0.0.1",
    "127.0.0.1.", "127.0.0.01", "1.2.3", "1.2.3.4.5", "localhost", "LOCALHOST", "localhost.", "foo.localhost",
    "printer.local", "metadata.google.internal", "intranet", "a..b.example", "-", "", ".", "x" * 300 + ".example",
    "%31%32%37.0.0.1", "127。0。0。1", "①②⑦.0.0.1",
)
ODD_URLS = (
    "file:///etc/passwd", "gopher://example.com:70/_GET", "ftp://example.com/", "dict://example.com/", "http://",
    "https://", "//example.com/", "example.com", "", "javascript:alert(1)", "data:text/plain,x", "jar:https://a.example!/",
    "http://example.com/", "https://user@example.com/", "https://user:password@example.com/",
    "https://example.com:99999/", "https://example.com:x/", "https://example.com:0/", "https://example.com/#part",
    "https://example.com\\@10.0.0.1/", "https://10.0.0.1\\.example.com/", "https://example.com/\r\nHost: x", "https://[::1",
    "https://[::ffff:7f00:1]/", "https://exa mple.com/", "https://example.com/\x00", "https://\u0435xample.com/",
    "https://example.com/" + "x" * 500, "HTTPS:example.com", "https:///example.com/", "https://@/", "https://[v1.x]/",
)
PUBLIC = ("https://erp.example/hooks?shop=1", "https://erp.example:8443", "https://8.8.8.8/", "https://[2606:4700::1111]/")


@pytest.fixture(autouse=True)
def _as_in_production(_on_this_machine: None, settings: Any) -> None:
    settings.WEBHOOK_HTTP_TARGETS = False
    settings.WEBHOOK_TARGET_NETWORKS = []


def means(patch: pytest.MonkeyPatch, *answers: tuple[str, ...]) -> list[str]:
    """Let every name mean these addresses, one answer after the other; returns the names that were asked for."""
    asked: list[str] = []
    left = list(answers)

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    patch.setattr("storefront.outside.target.socket.getaddrinfo", look_up)
    return asked


class TestATarget:
    @pytest.mark.parametrize("url", PUBLIC)
    def test_may_be_public(self, url: str) -> None:
        assert target_of(url).scheme == "https"

    @pytest.mark.parametrize("address", PRIVATE)
    def test_is_refused_as_an_address_that_is_not_public(self, address: str) -> None:
        with pytest.raises(Refused):
            target_of(f"https://[{address}]/" if ":" in address else f"https://{address}/")

    @pytest.mark.parametrize("host", ODD_HOSTS)
    def test_is_refused_with_a_host_of_odd_form(self, host: str) -> None:
        with pytest.raises(Refused):
            target_of(f"https://{host}/")

    @pytest.mark.parametrize("url", ODD_URLS)
    def test_is_refused_in_other_forms(self, url: str) -> None:
        with pytest.raises(Refused):
            target_of(url)

    def test_may_be_http_or_inside_only_where_the_shop_says_so(self, settings: Any) -> None:
        settings.WEBHOOK_HTTP_TARGETS = True
        settings.WEBHOOK_TARGET_NETWORKS = ["10.1.0.0/16"]

        assert target_of("http://10.1.2.3:8000/x") == Target("http", "10.1.2.3", 8000, "/x")
        with pytest.raises(Refused):
            target_of("http://10.2.0.1/")


class TestAName:
    @pytest.mark.parametrize("address", [each.replace("%25", "%") for each in PRIVATE])
    def test_that_means_such_an_address_is_refused(self, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        means(monkeypatch, (address,))

        with pytest.raises(Refused):
            outside.resolved(target_of("https://rebound.example/"), targets.rules())

    def test_that_means_one_such_address_among_others_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        means(monkeypatch, ("8.8.8.8", "10.0.0.1"))

        with pytest.raises(Refused):
            outside.resolved(target_of("https://rebound.example/"), targets.rules())

    def test_that_means_a_public_one_is_connected_to_at_that_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        means(monkeypatch, ("8.8.8.8",))

        assert outside.resolved(target_of("https://erp.example/"), targets.rules()) == ip_address("8.8.8.8")


class TestAConnection:
    """What a name meant when it was looked at is what is connected to; it is never asked for again."""

    def test_is_made_to_the_address_that_was_looked_at(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = means(monkeypatch, ("8.8.8.8",), ("127.0.0.1",))
        reached: list[Any] = []

        def connect(address: Any, *_: Any) -> Any:
            reached.append(address)
            raise OSError("There is no network here.")

        monkeypatch.setattr("storefront.outside.asking.socket.create_connection", connect)
        with pytest.raises(OSError, match="no network"):
            posting.post(target_of("https://rebound.example/"), b"", {})

        assert asked == ["rebound.example"]
        assert reached == [("8.8.8.8", 443)]

    def test_is_not_made_at_all_once_the_name_means_another(
        self, desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        endpoint = desk.register("https://rebound.example/")
        means(monkeypatch, ("127.0.0.1",))
        monkeypatch.setattr("storefront.outside.asking.socket.create_connection", _nobody)
        desk.happen(placed())

        desk.world.settle()

        assert desk.messages(endpoint)[0].cause == "Nothing was sent: its address is not public."

    def test_is_not_made_to_what_was_registered_under_other_settings(
        self, desk: Desk, receiver: Receiver, settings: Any
    ) -> None:
        settings.WEBHOOK_HTTP_TARGETS, settings.WEBHOOK_TARGET_NETWORKS = True, ["127.0.0.0/8"]
        endpoint = desk.register(receiver.url)
        settings.WEBHOOK_HTTP_TARGETS, settings.WEBHOOK_TARGET_NETWORKS = False, []
        desk.happen(placed())

        desk.world.settle()

        assert receiver.had == []
        assert "Nothing was sent" in desk.messages(endpoint)[0].cause

    def test_would_be_seen_here_if_addresses_were_not_looked_at(
        self, desk: Desk, receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outside, "check_public", lambda *_: None)
        settings.WEBHOOK_HTTP_TARGETS = True
        desk.register(receiver.url)
        desk.happen(placed())

        desk.world.settle()

        assert len(receiver.had) == 1


def _nobody(*_: Any) -> Any:
    raise AssertionError("A connection was made.")


class TestRegistration:
    @pytest.mark.parametrize(
        "url", ["https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://2130706433/", "http://erp.example/",
                "file:///etc/passwd", "gopher://erp.example/", "https://localhost/"]
    )
    def test_of_such_a_target_is_refused_and_leaves_nothing(self, desk: Desk, url: str) -> None:
        answer = desk.ask("POST", "webhook-endpoints", {"url": url, "events": ["*"]})

        assert (answer.status_code, answer.json()["code"]) == (422, "webhooks.target_refused")
        assert not Endpoint.objects.exists()

    def test_cannot_be_got_round_by_a_change(self, desk: Desk) -> None:
        endpoint = desk.register("https://erp.example/")

        answer = desk.change(endpoint, url="https://169.254.169.254/latest/meta-data")

        assert (answer.status_code, answer.json()["code"]) == (422, "webhooks.target_refused")
        assert desk.seen(endpoint)["url"] == "https://erp.example/"
