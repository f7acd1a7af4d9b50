"""Nobody comes in by guessing: not a password, not an account, not a code."""

import re
from functools import partial

import pytest

from storefront.home import attempts, factor
from storefront.home.attempts import ACCOUNT, ADDRESS, CODE, PAIR
from storefront.home.models import Attempt
from storefront.testing.world import World
from tests.journeys.crowd import at_once
from tests.operators.desk import PASSWORD, Desk, Quick
from tests.operators.office import log_of

pytestmark = pytest.mark.usefixtures("second_factor_required")


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk()


@pytest.mark.proves("S9")
class TestGuessing:
    def test_a_password_is_shut_out_after_five_failures_also_with_the_right_one(
        self, desk: Desk, world: World
    ) -> None:
        desk.operator()
        for _ in range(PAIR.most):
            assert desk.password(password="wrong").status_code == 200

        locked = desk.password()
        world.clock.advance(minutes=16)

        assert locked.status_code == 429
        assert "Too many attempts" in locked.content.decode()
        assert desk.password().status_code == 302

    def test_waits_twice_as_long_after_each_failure_more(self, desk: Desk, world: World) -> None:
        desk.operator()
        for _ in range(PAIR.most):
            desk.password(password="wrong")
        world.clock.advance(minutes=16)
        desk.password(password="wrong")

        world.clock.advance(minutes=16)
        assert desk.password().status_code == 429

        world.clock.advance(minutes=15)
        assert desk.password().status_code == 302

    def test_says_the_same_of_an_account_that_nobody_has(self, desk: Desk) -> None:
        desk.operator()
        desk.operator("grace", is_active=False, enrolled=False)
        desk.operator("customer", is_staff=False, is_superuser=False, enrolled=False)

        def seen(name: str, password: str) -> list[tuple[int, str]]:
            other = Desk(address=f"198.51.100.{len(name)}")
            answers = [other.password(name, password) for _ in range(PAIR.most + 1)]
            own = re.compile(rf"{name}|csrf\S+ value=\S+|nonce=\S+|\d\d:\d\d")
            return [(each.status_code, own.sub("", each.content.decode())) for each in answers]

        expected = seen("ada", "wrong")
        for name, password in (("nobody", "wrong"), ("grace", PASSWORD), ("customer", PASSWORD)):
            assert seen(name, password) == expected, name

    def test_costs_one_hash_whether_the_account_exists_or_not_and_none_when_shut(
        self, desk: Desk
    ) -> None:
        desk.operator()
        desk.operator("grace", is_active=False, enrolled=False)

        def cost(of: Desk, name: str) -> int:
            before = Quick.hashed
            of.password(name, "wrong")
            return Quick.hashed - before

        costs = {name: cost(Desk(address=f"198.51.100.{len(name)}"), name) for name in ("ada", "grace", "nobody")}
        here = [cost(desk, "ada") for _ in range(PAIR.most + 1)]

        assert costs == {"ada": 1, "grace": 1, "nobody": 1}
        assert here == [1] * PAIR.most + [0]

    def test_of_two_thousand_from_one_address_ten_are_compared(self, world: World) -> None:
        refused = 0
        for n in range(2_000):
            try:
                attempts.count(attempts.of_sign_in(f"user{n}", "203.0.113.9"))
            except attempts.Locked:
                refused += 1

        assert refused == 2_000 - ADDRESS.most

    def test_from_everywhere_shuts_an_account_but_not_for_where_its_owner_works(self, desk: Desk) -> None:
        desk.operator()
        desk.sign_in()
        desk.client.logout()
        for n in range(ACCOUNT.most):
            Desk(address=f"203.0.113.{n}").password(password="wrong")

        assert Desk(address="198.51.100.1").password().status_code == 429
        assert desk.password().status_code == 302

    def test_leaves_rows_that_do_not_tell_what_was_typed(self, desk: Desk) -> None:
        desk.operator()
        desk.password("my secret passphrase", "ada")
        desk.password(password="wrong")

        rows = [(entry.operator, entry.outcome, entry.detail) for entry in log_of("home")]
        assert rows == [("(unknown)", "refused", "Wrong password."), ("ada", "refused", "Wrong password.")]
        assert not Attempt.objects.filter(subject__contains="passphrase").exists()

    def test_at_once_counts_each(self, committed_world: World) -> None:
        """Of 24 wrong ones together, five are compared; the rest find the door shut."""
        def is_admitted() -> bool:
            try:
                attempts.count(attempts.of_code(7))
            except attempts.Locked:
                return False
            return True

        assert sum(at_once([is_admitted] * 24)) == CODE.most

    def test_one_code_from_many_at_once_lets_one_in(self, committed_world: World) -> None:
        desk = Desk()
        user, code = desk.operator(), desk.code()

        assert sorted(at_once([partial(factor.accepts, user, code)] * 12)) == [""] * 11 + ["code"]
