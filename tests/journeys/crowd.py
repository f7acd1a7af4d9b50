"""Many clients at the same moment."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import connections

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
