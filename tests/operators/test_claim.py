"""What home says of somebody cannot be forged, is about whom was asked, and is of now."""

from typing import Any

import pytest

from storefront.home import claim
from storefront.home.claim import BadClaim, MachineClaim, StaffClaim, opened, signed
from storefront.testing.world import World

ADA = StaffClaim(
    about="a session", issued_at=0.0, username="ada", full_name="Ada Lovelace", is_superuser=False,
    permissions=("checkout.view_order",),
)


def fresh() -> StaffClaim:
    return StaffClaim(**{name: getattr(ADA, name) for name in ADA.__struct_fields__} | {"issued_at": claim.now()})


class TestAClaim:
    def test_is_read_as_it_was_signed(self) -> None:
        told = fresh()

        assert opened(signed(told), StaffClaim, about="a session") == told

    def test_that_was_tampered_with_is_refused(self) -> None:
        text = signed(fresh())
        middle = len(text) // 3

        for forged in (text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1:], text[:-1], "", ":::"):
            with pytest.raises(BadClaim, match="no StaffClaim of this shop"):
                opened(forged, StaffClaim, about="a session")

    def test_about_another_is_refused(self) -> None:
        with pytest.raises(BadClaim, match="somebody else"):
            opened(signed(fresh()), StaffClaim, about="another session")

    def test_of_another_kind_is_refused(self) -> None:
        machine = MachineClaim(about="a session", issued_at=claim.now(), name="ERP", scopes=("stock:write",))

        with pytest.raises(BadClaim, match="no StaffClaim"):
            opened(signed(machine), StaffClaim, about="a session")

    def test_of_yesterday_is_refused(self, world: World) -> None:
        text = signed(fresh())
        world.clock.advance(seconds=59)
        assert opened(text, StaffClaim, about="a session").username == "ada"

        world.clock.advance(seconds=2)

        with pytest.raises(BadClaim, match="too old"):
            opened(text, StaffClaim, about="a session")

    @pytest.mark.proves("S18")
    def test_outlives_a_rotation_of_the_secret_key(self, settings: Any) -> None:
        settings.SECRET_KEY = "the former key of the shop"
        text = signed(fresh())

        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the new key", ["the former key of the shop"]
        assert opened(text, StaffClaim, about="a session").username == "ada"

        settings.SECRET_KEY_FALLBACKS = []
        with pytest.raises(BadClaim):
            opened(text, StaffClaim, about="a session")
