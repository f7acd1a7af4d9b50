"""`manage.py sandbox_carrier`, and the settings that it and labels read."""

import shlex
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from modules.shipping.checks import check_settings
from modules.shipping.models import CarrierReport
from modules.shipping.tests.dock import Dock
from storefront.testing.world import World


def sandbox_carrier(*arguments: str) -> str:
    out = StringIO()
    call_command("sandbox_carrier", *arguments, stdout=out)
    return out.getvalue()


class TestTheSandboxCarrier:
    def test_delivers_over_http(self, committed_world: World, live_server: Any) -> None:
        dock = Dock(committed_world)
        parcel = dock.arrange()

        told = sandbox_carrier("deliver", parcel.id, "--url", live_server.url)
        committed_world.settle()

        assert "delivered reported" in told
        assert dock.shipping.shipment(shipment_id=parcel.id).status == "delivered"

    def test_prints_a_curl_command_that_works(self, dock: Dock) -> None:
        parcel = dock.arrange()

        command = shlex.split(sandbox_carrier("deliver", parcel.id, "--status", "in_transit", "--print-curl"))

        headers = dict(text.split(": ", 1) for flag, text in pairwise(command) if flag == "-H")
        answer = dock.post(command[-1].encode(), headers)
        dock.world.settle()
        assert command[:5] == ["curl", "-sS", "-X", "POST", "http://localhost:8000/api/v1/webhooks/carriers/sandbox"]
        assert answer.status_code == 200
        assert dock.shipping.shipment(shipment_id=parcel.id).tracking_status == "in_transit"

    def test_explains_an_unknown_shipment_and_a_shop_that_does_not_run(self, dock: Dock) -> None:
        parcel = dock.arrange()

        with pytest.raises(CommandError, match="shp_none: the sandbox carrier has no such shipment"):
            sandbox_carrier("deliver", "shp_none")
        with pytest.raises(CommandError, match="Is the shop running there"):
            sandbox_carrier("deliver", parcel.id, "--url", "http://127.0.0.1:9")

        assert not CarrierReport.objects.exists()


class TestSettings:
    def test_that_are_wrong_are_told_at_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert check_settings() == []

        monkeypatch.setenv("SANDBOX_CARRIER_SECRETS", "whsec_A,whsec_")
        monkeypatch.setenv("SHIPPING_LABEL_FONT", "/nowhere/own.ttf")

        assert [error.id for error in check_settings()] == ["shipping.E001", "shipping.E001", "shipping.E002"]
