"""A person is told what the shop holds of them, and is forgotten: everywhere, while the books still balance."""

import json
import logging
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models
from django.test.utils import isolate_apps

from modules.checkout.models import Checkout, Order
from modules.payments.models import WebhookReceipt
from modules.shipping.carriers.protocol import TrackingReport
from modules.shipping.carriers.sandbox import SandboxCarrier
from modules.shipping.interface import Shipping
from modules.shipping.models import CarrierReport, Shipment
from storefront import clock
from storefront.calls import identity
from storefront.ids import new_id
from storefront.interface import Unavailable, connect
from storefront.personal import checks, everywhere, platform, scrubbing
from storefront.personal.subject import Subject
from storefront.testing.world import World
from storefront.topology import topology
from tests.journeys.shop import ADDRESS, Shopper, shelve
from tests.living.people import hits
from tests.operators.office import log_of

EMAIL = "ada@example.org"
PERSON = (EMAIL, ADDRESS["name"], ADDRESS["line1"])


def bought(world: World, *, delivered: bool = True) -> Order:
    """Ada buys a mug; her parcel arrives."""
    shelve(world, "RED-MUG")
    assert Shopper().buy(("RED-MUG", 1)).status_code in (201, 202)
    for _ in range(3):  # a busy machine may take a second attempt at something
        world.settle()
        world.clock.advance(seconds=20)
    world.settle()
    if delivered:
        deliver(world)
    return Order.objects.get()


def deliver(world: World) -> None:
    """The parcel leaves, and its carrier reports that it has arrived."""
    shipment = Shipment.objects.get()
    connect(Shipping).dispatch(key=world.key(), shipment_id=shipment.id)
    world.settle()
    report = TrackingReport(
        tracking_number=shipment.tracking_number, status="delivered", occurred_at=clock.now(), note="Sandbox Parcel"
    )
    body, headers = SandboxCarrier().signed(report, event_id=new_id("evt"))
    answer = world.client.post(
        "/api/v1/webhooks/carriers/sandbox", body, content_type="application/json", headers=headers
    )
    assert answer.status_code == 200, answer.content
    world.settle()


def run(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    call_command("personal", *words, "--email", EMAIL)
    return capsys.readouterr().out


def audit_is_clean() -> bool:
    """Whether the books balance."""
    call_command("audit")
    return True


@pytest.mark.proves("S20", "I4")
class TestErasing:
    def test_leaves_nothing_but_the_invoice_address(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        bought(world)
        assert len(hits(*PERSON)) >= 6  # orders, checkouts, facts, sagas, answers of calls, parcels

        said = run("erase", capsys=capsys)

        assert hits(*PERSON) == {"checkout_order.billing_address": 1}
        assert "The invoice of order 100001 names its buyer until" in said.replace(Order.objects.get().number, "100001")
        assert audit_is_clean()

    def test_leaves_nothing_at_all_when_the_invoice_need_not_name_anybody(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        order = bought(world)
        run("erase", capsys=capsys)

        world.clock.advance(days=366 * 10 + 1)
        world.settle()

        order.refresh_from_db()
        assert hits(*PERSON) == {}
        assert order.billing_address is not None
        assert order.billing_address["country"] == "DE"
        assert order.total_minor == order.captured_minor > 0
        assert audit_is_clean()

    def test_forgets_every_buyer_after_the_term_without_being_asked(self, world: World) -> None:
        bought(world)

        world.clock.advance(days=366 * 10 + 1)
        world.settle()

        assert [table for table in hits(*PERSON) if table.startswith("checkout_order.")] == []

    def test_again_changes_nothing(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        bought(world)
        run("erase", capsys=capsys)

        assert run("erase", capsys=capsys) == "Nothing is held of this person.\n"

    def test_waits_for_an_order_that_is_under_way(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        bought(world, delivered=False)

        said = run("erase", capsys=capsys)

        assert "is under way; erase again when it is delivered or canceled." in said
        assert Order.objects.get().email == EMAIL
        assert Shipment.objects.get().address
        assert ADDRESS["line1"] in Shipment.objects.get().address
        deliver(world)
        run("erase", capsys=capsys)
        assert hits(*PERSON) == {"checkout_order.billing_address": 1}

    def test_reaches_somebody_who_never_bought(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        shelve(world, "RED-MUG")
        Shopper().checkout(("RED-MUG", 1))

        run("erase", capsys=capsys)

        assert hits(*PERSON) == {}
        assert Checkout.objects.count() == 1

    def test_finds_an_address_however_its_letters_are_written(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bought(world)

        call_command("personal", "erase", "--email", EMAIL.upper())

        assert hits(EMAIL) == {}

    def test_leaves_others_alone_also_a_namesake(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        order = bought(world)
        order.pk, order.id, order.checkout_id, order.cart_id = None, "ord_other", "chk_other", "crt_other"
        order.email, order.payment_id, order.shipment_id, order.saga_id = "grace@example.org", "", "", ""
        order.save(force_insert=True)

        run("erase", capsys=capsys)

        other = Order.objects.get(id="ord_other")
        assert (other.email, other.shipping_address) == ("grace@example.org", ADDRESS | _rest_of(other))

    @pytest.mark.parametrize("other", ["zada@example.org", "m.ada@example.org", "ada@example.org.uk"])
    def test_leaves_others_alone_whose_address_has_this_one_in_it(self, world: World, other: str) -> None:
        shelve(world, "RED-MUG")
        shopper = Shopper()
        cart = shopper.cart(("RED-MUG", 1))
        assert shopper.post("checkouts", {"cart": cart["id"], "email": other}).status_code == 201
        WebhookReceipt.objects.create(
            provider="sandbox", event_id="evt_1", name="charge", body=json.dumps({"email": other}).encode(), notice="",
            received_at=clock.now(), handled_at=clock.now(),
        )
        before = hits(other)

        assert everywhere.outline(EMAIL) == []
        assert everywhere.export(EMAIL).modules == {}
        assert not any(report.erased or report.kept for report in everywhere.erase(EMAIL))
        assert hits(other) == before
        assert len(before) >= 3

    def test_reaches_dead_letters_and_the_raw_bodies_of_webhooks(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        order = bought(world)
        apps.get_model("payments", "Delivery").objects.create(
            event_id="evt_lost", subscriber="checkout", subject=order.id, next_at=clock.now(), lease_until=clock.now(),
            is_dead=True, error=f"ValueError: {ADDRESS['name']} <{EMAIL}> is nobody.",
        )
        body = json.dumps({"type": "charge", "email": EMAIL, "payment": order.payment_id, "owner": ADDRESS["name"]})
        WebhookReceipt.objects.create(
            provider="sandbox", event_id="evt_1", name="charge", body=body.encode(), notice=body,
            received_at=clock.now(), handled_at=clock.now(),
        )
        CarrierReport.objects.create(
            carrier="sandbox", event_id="evt_1", received_at=clock.now(), handled_at=clock.now(), outcome="recorded",
            body=json.dumps({"shipment": order.shipment_id, "signed_by": ADDRESS["name"]}).encode(),
        )

        run("erase", capsys=capsys)

        assert hits(*PERSON) == {"checkout_order.billing_address": 1}

    def test_is_told_in_the_audit_log_without_the_address(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bought(world)

        run("erase", capsys=capsys)

        entry = next(each for module in topology().modules for each in log_of(module) if each.object_type == "person")
        assert entry.action == "erase personal data"
        assert entry.object_id == everywhere.pseudonym(EMAIL)
        assert EMAIL not in f"{entry.detail} {entry.object_id} {entry.changes}"

    def test_stops_before_the_address_is_gone_when_a_module_cannot_be_asked(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bought(world)
        answered = everywhere._answered

        def shipping_is_away(question: Any) -> bytes:
            if question.act == "erase" and question.module == "shipping":
                raise Unavailable("shipping is away")
            return answered(question)

        monkeypatch.setattr(everywhere, "_answered", shipping_is_away)
        with pytest.raises(CommandError, match="shipping is away"):
            call_command("personal", "erase", "--email", EMAIL)
        assert Order.objects.get().email == EMAIL

        monkeypatch.undo()
        call_command("personal", "erase", "--email", EMAIL)
        assert hits(*PERSON) == {"checkout_order.billing_address": 1}
        told = [each for module in topology().modules for each in log_of(module) if each.object_type == "person"]
        assert [each.outcome for each in told] == ["unavailable", "done"]


def _rest_of(order: Order) -> dict[str, str]:
    assert order.shipping_address
    return {name: value for name, value in order.shipping_address.items() if name not in ADDRESS}


@pytest.mark.proves("S20")
class TestExporting:
    def test_tells_all_that_is_held_as_json(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        order = bought(world)

        told = json.loads(run("export", capsys=capsys))

        assert told["subject"] == EMAIL
        held = told["modules"]["checkout"]["orders"][0]
        assert (held["id"], held["shipping_address"]["line1"]) == (order.id, ADDRESS["line1"])
        assert [line["sku"] for line in held["lines"]] == ["RED-MUG"]
        assert told["modules"]["shipping"]["shipments"][0]["address"]["name"] == ADDRESS["name"]
        assert {"cart", "checkout", "payments", "shipping"} <= {*told["modules"]}

    def test_holds_every_value_that_the_tables_hold(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        bought(world)
        tables = {place.split(".")[0] for place in hits(*PERSON)}

        told = json.loads(run("export", capsys=capsys))

        titles = {texts.model: texts.title for texts in platform.ALL}
        held = {
            (model._meta.app_label, titles.get(model.__name__, str(model._meta.verbose_name_plural)))
            for model in apps.get_models() if model._meta.db_table in tables
        }
        assert {
            (module, kind) for module, kinds in told["modules"].items() for kind, rows in kinds.items()
            if any(value in f"{rows}" for value in PERSON)
        } == held

    def test_of_nobody_is_empty(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        assert json.loads(run("export", capsys=capsys))["modules"] == {}

    @pytest.mark.parametrize("typed", ["", "ada", "ada@", "a@b@c", "ada @example.org"])
    def test_wants_an_address(self, world: World, typed: str) -> None:
        with pytest.raises(CommandError, match="no e-mail address"):
            call_command("personal", "export", "--email", typed)


@pytest.mark.proves("S20")
class TestTheOutline:
    def test_counts_what_the_export_tells_and_names_what_erasing_leaves(self, world: World) -> None:
        bought(world)

        outlines = everywhere.outline(EMAIL)

        told = everywhere.export(EMAIL).modules
        assert {each.module: dict(each.held) for each in outlines} == {
            module: {sort: len(rows) for sort, rows in sorts.items()} for module, sorts in told.items()
        }
        stays = {kept for each in outlines for kept in each.stays}
        assert stays == {kept for report in everywhere.erase(EMAIL) for kept in report.kept}
        assert ["names its buyer until" in kept.why for kept in stays] == [True]


class TestBetweenProcesses:
    def test_a_module_answers_processes_of_the_shop_only(self, world: World) -> None:
        question = b'{"act": "find", "module": "checkout", "subject": {"email": "ada@example.org"}}'
        signed = world.client.post(
            everywhere.PATH, question, content_type="application/json",
            headers=identity.sign("POST", everywhere.PATH, question),
        )

        assert signed.status_code == 200
        assert world.client.post(everywhere.PATH, question, content_type="application/json").status_code == 401

    def test_one_that_is_elsewhere_is_asked_there(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        nobody = topology().processes[0]._replace(name="elsewhere", modules=("till",), url="http://127.0.0.1:9")
        both = topology()._replace(processes=(*topology().processes, nobody))
        monkeypatch.setattr(everywhere, "topology", lambda: both)

        with pytest.raises(CommandError, match="elsewhere"):
            call_command("personal", "export", "--email", EMAIL)


class TestLogs:
    def test_say_nothing_of_a_person(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        bought(world)
        Shopper().buy(("RED-MUG", 500))
        world.settle()

        said = [f"{each.getMessage()} {vars(each)}" for each in caplog.records if each.name != "django.db.backends"]
        assert [line for line in said if any(value in line for value in PERSON)] == []


class TestTheMap:
    def test_names_a_new_column_that_looks_personal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with isolate_apps("modules.cart"):
            class Wish(models.Model):
                email = models.CharField(max_length=254)
                full_name = models.CharField(max_length=100)
                sku = models.CharField(max_length=40)

                class Meta:
                    app_label = "cart"

        config = apps.get_app_config("cart")
        monkeypatch.setattr(config, "get_models", lambda *_args, **_options: [Wish])

        assert checks.undeclared("cart") == [("cart.wish", "email"), ("cart.wish", "full_name")]

    def test_is_complete(self) -> None:
        assert checks.check_personal() == []


class TestScrubbing:
    @pytest.mark.parametrize("text", [
        "ada@example.org", "Ada <ADA@example.org>", '{"email":"ada@example.org"}', "Write to ada@example.org.",
        '{"error":"Nobody:\\nada@example.org"}', "mailto:ada@example.org?subject=x", "...ada@example.org",
        "zada@example.org, ada@example.org",
    ])
    def test_knows_an_address_where_it_stands_in_a_text(self, text: str) -> None:
        assert scrubbing.names(text, EMAIL)

    @pytest.mark.parametrize("text", [
        "", "zada@example.org", "m.ada@example.org", "x+ada@example.org", "m-ada@example.org", "ada@example.org.uk",
        "ada@example.orgs", "ada@example.org-x.net", "ada@exampleXorg",
    ])
    def test_knows_other_addresses_from_it(self, text: str) -> None:
        assert not scrubbing.names(text, EMAIL)

    def test_keeps_what_the_tax_office_needs(self) -> None:
        assert scrubbing.place_only(ADDRESS | {"region": "BE"}) == {
            "name": "(erased)", "line1": "(erased)", "city": "(erased)", "postal_code": "(erased)", "country": "DE",
            "region": "BE",
        }

    def test_finds_values_in_any_case_and_more_than_once(self) -> None:
        assert scrubbing.replaced("ADA@x.org, ada@x.org", ["ada@x.org"]) == "(erased), (erased)"

    def test_leaves_json_as_it_was_where_nobody_is(self) -> None:
        assert scrubbing.scrubbed('{"a":  1}', ["ada@x.org"]) == '{"a":  1}'

    def test_adds_up_what_is_known(self) -> None:
        known = Subject(email=EMAIL).joined({"b"}, set()).joined({"a", "b"}, {"Ada"})

        assert (known.references, known.values) == (("a", "b"), ("Ada",))
