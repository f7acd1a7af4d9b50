"""`manage.py` as an operator gives it: what it writes, and why it refuses."""

import io
from collections.abc import Sequence
from typing import NamedTuple

from django.core.management import CommandError, call_command


class Said(NamedTuple):
    """What a command wrote; and the sentence with which it ended badly, if it did."""

    output: str
    refusal: str = ""


def managed(words: Sequence[str]) -> Said:
    """Give a command in this process."""
    output = io.StringIO()
    try:
        call_command(*words, stdout=output, stderr=output)
    except CommandError as error:
        return Said(output.getvalue(), f"{error}")
    return Said(output.getvalue())
