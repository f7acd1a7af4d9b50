"""What a checkout still needs, with codes that clients may rely on."""

from collections.abc import Iterator, Sequence

from modules.cart.interface import CartView
from modules.checkout.interface import PricedLine, Requirement
from modules.shipping.interface import PostalAddress, ShippingOption


def missing(
    *, cart: CartView, lines: Sequence[PricedLine], email: str, address: PostalAddress | None, chosen: str,
    options: Sequence[ShippingOption], has_payment: bool,
) -> tuple[Requirement, ...]:
    """Every requirement that is not met, in the order in which a shopper would meet them."""
    unpaid = Requirement(code="payment_missing", pointer="/payment", detail="Choose a payment.")
    return (
        *_of_lines(cart, lines),
        *_of_shopper(email, address),
        *_of_shipping(lines, address, chosen, options),
        *(() if has_payment else (unpaid,)),
    )


def _of_lines(cart: CartView, lines: Sequence[PricedLine]) -> Iterator[Requirement]:
    if not cart.lines:
        yield Requirement(code="cart_empty", pointer="/cart", detail="The cart has no lines.")
    on_sale = {line.sku for line in lines}
    for number, line in enumerate(cart.lines):
        if line.sku not in on_sale:
            yield Requirement(
                code="line_unavailable", pointer=f"/lines/{number}", detail=f"{line.sku} is no longer on sale."
            )


def _of_shopper(email: str, address: PostalAddress | None) -> Iterator[Requirement]:
    if not email:
        yield Requirement(code="email_missing", pointer="/email", detail="An e-mail address is needed.")
    if address is None:
        yield Requirement(code="shipping_address_missing", pointer="/shipping_address", detail="An address is needed.")


def _of_shipping(
    lines: Sequence[PricedLine], address: PostalAddress | None, chosen: str, options: Sequence[ShippingOption]
) -> Iterator[Requirement]:
    if address is None or not any(line.requires_shipping for line in lines):
        return
    offered = {option.id for option in options}
    if not offered:
        yield Requirement(
            code="shipping_impossible", pointer="/shipping_address", detail=f"Nothing delivers to {address.country}."
        )
    elif not chosen:
        yield Requirement(code="shipping_option_missing", pointer="/shipping_option", detail="Choose how to deliver.")
    elif chosen not in offered:
        yield Requirement(
            code="shipping_option_unavailable", pointer="/shipping_option",
            detail=f"{chosen} does not deliver there; choose another.",
        )
