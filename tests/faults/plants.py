"""Defects planted in a child, to see that the drill finds them."""

from collections.abc import Callable

from modules.payments import recording, services
from storefront.ids import new_id


def ask_the_bank_anew_each_time() -> None:
    """Each attempt at an authorization is another one to the bank, as if it had no idempotency key."""
    known = recording.authorization_key

    def fresh(payment_id: str) -> str:
        return f"{known(payment_id)}:{new_id('try')}"

    vars(services)["authorization_key"] = fresh


PLANTS: dict[str, Callable[[], None]] = {plant.__name__: plant for plant in (ask_the_bank_anew_each_time,)}
