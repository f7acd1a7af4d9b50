"""What moves much money or makes others powerful takes a code that was given a moment ago."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.urls import reverse

from modules.payments.interface import Payments
from modules.payments.models import Payment
from storefront.home import attempts, factor
from storefront.money import Money
from storefront.rest.models import ApiKey
from storefront.testing.world import World
from tests.operators.desk import CODE, Desk
from tests.operators.office import log_of

pytestmark = pytest.mark.usefixtures("second_factor_required")


@pytest.fixture
def desk(world: World) -> Desk:
    found = Desk()
    found.operator()
    found.sign_in()
    return found


@pytest.fixture
def stale(desk: Desk, world: World) -> Desk:
    """Signed in, eleven minutes ago."""
    world.clock.advance(minutes=11)
    return desk


def paid(world: World, amount: int) -> str:
    payments = world.connect(Payments)
    payments.authorize(
        key=world.key(), payment_id="pay_1", order_id="ord_1", amount=Money(amount, "EUR"), provider="sandbox",
        token="tok_visa",
    )
    payments.capture(key=world.key(), payment_id="pay_1", amount=Money(amount, "EUR"))
    world.settle()
    return "pay_1"


def refund(desk: Desk, payment_id: str, amount: str) -> Any:
    page = reverse("admin:payments_payment_refund_payment", args=[payment_id])
    key = desk.client.get(page).context["form"]["key"].value()
    return desk.client.post(page, {"key": key, "amount": amount, "reason": "chipped"})


@pytest.mark.proves("S8")
class TestARefund:
    def test_over_the_limit_waits_for_a_fresh_code(self, stale: Desk, world: World) -> None:
        payment_id = paid(world, 30_000)

        answer = refund(stale, payment_id, "100.01")

        assert answer["location"].startswith(CODE)
        assert Payment.objects.get().refunded == 0
        assert [(entry.action, entry.outcome) for entry in log_of("payments")] == [("refund_payment", "forbidden")]

        led = stale.client.post(CODE, {"code": stale.code(), "next": f"/admin/payments/payment/{payment_id}/refund/"})
        assert led["location"] == f"/admin/payments/payment/{payment_id}/refund/"
        refund(stale, payment_id, "100.01")
        assert Payment.objects.get().refunded == 10_001

    def test_under_the_limit_needs_none(self, stale: Desk, world: World) -> None:
        refund(stale, paid(world, 30_000), "100.00")

        assert Payment.objects.get().refunded == 10_000

    def test_in_parts_is_as_much_as_at_once(self, stale: Desk, world: World) -> None:
        payment_id = paid(world, 30_000)
        refund(stale, payment_id, "60.00")

        refund(stale, payment_id, "60.00")

        assert Payment.objects.get().refunded == 6_000

    def test_does_not_lead_to_another_host_afterwards(self, stale: Desk) -> None:
        led = stale.client.post(CODE, {"code": stale.code(), "next": "https://evil.example/"})

        assert led["location"] == "/admin/"


@pytest.mark.proves("S8", "S7")
class TestPeopleAndKeys:
    @pytest.mark.parametrize(("page", "fields"), [
        ("auth_user_add", {"username": "mallory", "usable_password": "false"}),
        ("auth_group_add", {"name": "Everything"}),
        ("rest_apikey_add", {"name": "ERP", "scopes": "orders:read"}),
    ])
    def test_are_not_made_by_a_session_that_was_left_open(self, stale: Desk, page: str, fields: dict[str, str]) -> None:
        answer = stale.client.post(reverse(f"admin:{page}"), fields)

        assert answer["location"].startswith(CODE)
        assert (User.objects.count(), Group.objects.filter(name="Everything").count()) == (1, 0)
        assert not ApiKey.objects.exists()

    def test_a_role_is_not_given_by_a_session_that_was_left_open(self, stale: Desk) -> None:
        grace = User.objects.create_user("grace", is_staff=True)

        for page, fields in (
            ("auth_user_change", {"username": "grace", "is_superuser": "on"}),
            ("auth_user_password_change", {"password1": "another passphrase", "password2": "another passphrase"}),
            ("auth_user_delete", {"post": "yes"}),
        ):
            assert stale.client.post(reverse(f"admin:{page}", args=[grace.pk]), fields)["location"].startswith(CODE)
        grace.refresh_from_db()
        assert not grace.is_superuser

    def test_a_key_is_told_in_the_log_when_made_and_when_revoked(self, desk: Desk) -> None:
        desk.client.post(reverse("admin:rest_apikey_add"), {"name": "ERP", "scopes": "orders:read"})
        key = ApiKey.objects.get()
        chosen = {"action": "revoke_keys", "_selected_action": [key.pk]}
        desk.client.post(reverse("admin:rest_apikey_changelist"), chosen)

        told = [(entry.action, entry.object_type, entry.object_id) for entry in log_of("home")[1:]]
        assert told == [("add", "apikey", str(key.pk)), ("revoke_keys", "apikey", str(key.pk))]

    def test_a_role_that_was_given_is_told_from_what_to_what(self, desk: Desk) -> None:
        grace, clerks = User.objects.create_user("grace", is_staff=True), Group.objects.create(name="Clerks")

        address = reverse("admin:auth_user_change", args=[grace.pk])
        answer = desk.client.post(address, {
            "_shown": desk.client.get(address).context["shown"],
            "username": "grace", "is_staff": "on", "is_active": "on", "groups": [clerks.pk],
            "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
        })

        assert answer.status_code == 302
        assert '"name":"groups","from":"[]","to":"[\\"Clerks\\"]"' in log_of("home")[-1].changes


@pytest.mark.proves("S8")
class TestALostDevice:
    def test_is_taken_off_by_another_superuser_and_ends_the_sessions(self, desk: Desk) -> None:
        other = Desk()
        grace = other.operator("grace")
        other.sign_in("grace")
        assert other.is_in()

        desk.client.post(reverse("admin:auth_user_changelist"), {
            "action": "take_off_device", "_selected_action": [grace.pk],
        })

        assert not other.is_in()
        assert factor.factor_of(grace) is None
        entry = log_of("home")[-1]
        assert (entry.operator, entry.action, entry.object_name) == ("ada", "take off the second factor", "grace")

    def test_is_not_taken_off_by_those_who_are_no_superusers(self, desk: Desk) -> None:
        from django.contrib.auth.models import Permission

        other = Desk()
        clerk = other.operator("clerk", is_superuser=False)
        clerk.user_permissions.set(Permission.objects.filter(codename__in=("change_user", "view_user")))
        other.sign_in("clerk")
        ada = User.objects.get(username="ada")

        other.client.post(reverse("admin:auth_user_changelist"), {
            "action": "take_off_device", "_selected_action": [ada.pk],
        })
        own_page = reverse("admin:auth_user_change", args=[clerk.pk])
        promoted = other.client.post(own_page, {
            "_shown": other.client.get(own_page).context["shown"],
            "username": "clerk", "is_superuser": "on", "is_active": "on", "is_staff": "on",
            "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
        })
        taken_over = other.client.post(reverse("admin:auth_user_password_change", args=[ada.pk]), {
            "usable_password": "true", "password1": "a passphrase of mine", "password2": "a passphrase of mine",
        })

        clerk.refresh_from_db()
        assert factor.factor_of(ada) is not None
        assert (promoted.status_code, clerk.is_superuser) == (302, False)
        assert taken_over.status_code == 403

    def test_is_taken_off_by_command(self, desk: Desk) -> None:
        call_command("staff", "reset-factor", "ada")

        assert not desk.is_in()
        assert log_of("home")[-1].operator.startswith("command line: ")
        with pytest.raises(CommandError, match="Nobody is called mallory"):
            call_command("staff", "reset-factor", "mallory")

    def test_and_a_locked_account_are_opened_by_command(self, desk: Desk) -> None:
        desk.client.logout()
        for _ in range(attempts.PAIR.most):
            desk.password(password="wrong")
        assert desk.password().status_code == 429

        call_command("staff", "unlock", "ada")

        assert desk.password().status_code == 302
