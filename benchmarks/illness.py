"""What ails the bank of `python -m benchmarks bystanders`, and what it was asked: in files, for all workers alike."""

import os
import random
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

VARIABLE = "BENCHMARK_BANK"
"""The environment's name for the folder of these files."""
BURST_SECONDS = 10.0


class Illness(msgspec.Struct, frozen=True, kw_only=True):
    """How the bank answers."""

    seconds: float = 0.0
    """Until each answer; what is asked is carried out at once."""
    errors: float = 0.0
    """The share of questions that fail at once, and are not carried out."""
    in_bursts: bool = False
    """Whether they fail in a row, at the beginning of every ten seconds, or here and there."""

    def fails(self, now: float) -> bool:
        """Whether a question at this moment, in seconds since 1970, does."""
        return (now % BURST_SECONDS / BURST_SECONDS if self.in_bursts else random.random()) < self.errors


class Question(NamedTuple):
    """What a bank was asked: to authorize, capture, void, refund or find, and under which key."""

    kind: str
    key: str


class Questions(NamedTuple):
    """How often a bank was asked for the first time, and how often again, or what became of something."""

    first: int
    again: int

    @classmethod
    def of(cls, asked: Iterable[Question]) -> "Questions":
        """Sort them out."""
        every = list(asked)
        first = len({question for question in every if question.kind not in ("find", "standing")})
        return cls(first, len(every) - first)


class Bedside:
    """Where the bank's illness is written, and each question to it."""

    def __init__(self, folder: Path) -> None:
        self._illness, self._asked = folder / "illness.json", folder / "asked"

    @classmethod
    def of_this_process(cls) -> "Bedside":
        """The one that the environment names."""
        return cls(Path(os.environ[VARIABLE]))

    def fall_ill(self, illness: Illness) -> None:
        """From the next question on, in all processes."""
        written = self._illness.with_suffix(".new")
        written.write_bytes(msgspec.json.encode(illness))
        written.replace(self._illness)

    def illness(self) -> Illness:
        """What ails it now; nothing before anybody said."""
        if not self._illness.exists():
            return Illness()
        return msgspec.json.decode(self._illness.read_bytes(), type=Illness)

    def note(self, question: Question) -> None:
        """It is asked this."""
        with self._asked.open("ab", buffering=0) as notes:  # one short write to the end: no line is torn
            notes.write(f"{question.kind} {question.key}\n".encode())

    def asked(self) -> list[Question]:
        """Everything, since it was last forgotten."""
        lines = self._asked.read_text().splitlines() if self._asked.exists() else []
        return [Question(*line.split(maxsplit=1)) for line in lines]

    def forget(self) -> None:
        """Count from here."""
        self._asked.unlink(missing_ok=True)
