"""What a client may say of itself."""

import msgspec
import pytest

from modules.checkout.api.shapes import CheckoutChange


class TestEmail:
    @pytest.mark.parametrize("address", ["ada@example.org", "ada@b\u00fccher.example", '"ada"@example.org'])
    def test_is_taken_as_it_is_typed(self, address: str) -> None:
        assert msgspec.convert({"email": address}, CheckoutChange).email == address

    @pytest.mark.parametrize("address", [
        "ada\u200b@example.org", "ada\u202e@example.org", "ada\x00@example.org", "ada@b..c", "ada@.b.c",
        "ada@example.org.", "Ada <ada@example.org>", "ada@example.org, eve@example.org",
        "ada@-example.org", "a da@example.org",
    ])
    def test_that_no_mailbox_has_is_refused(self, address: str) -> None:
        with pytest.raises(msgspec.ValidationError, match=r"`\$\.email`"):
            msgspec.convert({"email": address}, CheckoutChange)
