"""Defects that a shop could have, planted to see that a few seeds find them."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from modules.checkout import following
from modules.inventory.ledger import Ledger
from modules.payments.sandbox import bank
from storefront.calls import key as keys
from storefront.events import inbox

Plant = Callable[[], Any]


def inbox_forgets() -> Any:
    """An event is handled as often as it is delivered."""

    unseen = inbox._unseen

    def all_of_them(module: str, envelopes: Any) -> set[tuple[str, str]]:
        unseen(module, envelopes)
        return {(envelope.id, envelope.replay) for envelope in envelopes}

    return patch.object(inbox, "_unseen", all_of_them)


def an_adjustment_has_no_key() -> Any:
    """Stock that is adjusted by a request which arrives twice is adjusted twice."""
    take_over = keys._take_over

    def anew(module: str, key: str, operation: str, *rest: Any) -> keys.Claim:
        found = take_over(module, key, operation, *rest)
        return found._replace(answer=None) if operation == "inventory.adjust" else found

    return patch.object(keys, "_take_over", anew)


def release_is_not_idempotent() -> Any:
    """What an order held is given back, and its line still says that it is held."""
    give_back = Ledger.give_back

    def forgetful(ledger: Ledger, line: Any, **kwargs: Any) -> Any:
        held = line.held
        found = give_back(ledger, line, **kwargs)
        line.held = held
        return found

    return patch.object(Ledger, "give_back", forgetful)


@contextmanager
def the_bank_forgets_keys() -> Iterator[None]:
    """The second time that the bank is asked for the same, it is another payment to it: charged without a key."""
    asked, authorize = Counter[str](), bank.authorize

    def keyless(*, key: str, **kwargs: Any) -> Any:
        asked[key] += 1
        return authorize(key=key if asked[key] == 1 else f"{key}:{asked[key]}", **kwargs)

    with patch.object(bank, "authorize", keyless):
        yield


def abandoned_checkouts_need_a_payment() -> Any:
    """As it once was: a checkout that came to nothing before it had a payment is followed up for ever."""
    (step,) = following.AbandonPayment.steps
    return patch.object(step, "action", following.return_money)


PLANTS: tuple[Plant, ...] = (
    inbox_forgets, an_adjustment_has_no_key, release_is_not_idempotent, the_bank_forgets_keys,
    abandoned_checkouts_need_a_payment,
)
