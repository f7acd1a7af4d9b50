"""What a call from checkout to payments costs in the process that it runs in, as the environment says.

    STOREFRONT_TOPOLOGY=... STOREFRONT_PROCESS=... python -m benchmarks.hop

One caller, one call after the other: payments of an order, one SQL statement on the other side.
"""

import os
import time

import msgspec

CALLS = 2_000
WARM_UP = 200


class Hop(msgspec.Struct):
    """Milliseconds of a call."""

    p50: float
    p99: float


def measured() -> Hop:
    """Django must be set up, and payments be served where the topology says."""
    from modules.payments.interface import Payments
    from storefront.interface import connect

    payments = connect(Payments)
    taken = []
    for number in range(WARM_UP + CALLS):
        began_at = time.perf_counter()
        payments.payments_of(order_id=f"ord_{number}")
        if number >= WARM_UP:
            taken.append(time.perf_counter() - began_at)
    taken.sort()
    return Hop(*(round(taken[int(CALLS * share)] * 1000, 3) for share in (0.5, 0.99)))


def main() -> None:
    """Measure, and print JSON."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(msgspec.json.encode(measured()).decode())


if __name__ == "__main__":
    main()
