"""Many clients at the same moment."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import connections

from tests.journeys.shop import Shopper

T = TypeVar("T")


def at_once(actions: Sequence[Callable[[], T]]) -> list[T]:
    """Run all of them at the same moment, each in a thread with connections of its own; answers in order."""
    start = threading.Barrier(len(actions))
    answers: dict[int, T] = {}
    errors: list[BaseException] = []

    def run(number: int, action: Callable[[], T]) -> None:
        try:
            start.wait()
            answers[number] = action()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number, action)) for number, action in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [answers[number] for number in range(len(actions))]


def outcomes(responses: list[Any]) -> Counter[tuple[int, str]]:
    """How many answered what."""
    return Counter((response.status_code, response.json().get("code", "")) for response in responses)


def eventually(shopper: Shopper, checkout: dict[str, Any], *, key: str) -> Any:
    """Complete as a patient client does: look for the order while it is being placed; if it is not, try again."""
    response, where = shopper.complete(checkout, key=key), ""
    for attempt in range(300):
        code = response.json().get("code", "")
        if response.status_code not in (202, 503) and not code.startswith("checkout.complet"):
            break
        if response.status_code == 202:
            where = response.json()["order"]
        time.sleep(0.1)
        found = shopper.get(where) if where else None
        if found and found.status_code == 200:
            found.status_code = 201
            return found
        response = shopper.complete(checkout, key=f"{key}-{attempt}")
    return response
