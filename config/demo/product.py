"""Products as the picture book needs them: what it is, and how it looks."""

import csv
from dataclasses import dataclass
from pathlib import Path
from random import Random

from config.demo.palette import COLOURS, Colour

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Product:
    handle: str
    title: str
    type: str
    tags: dict[str, str]

    @property
    def colour(self) -> Colour:
        return COLOURS[self.tags["colour"]]

    @property
    def accent(self) -> Colour:
        return COLOURS[self.tags.get("accent", "cream")]

    @property
    def wood(self) -> Colour:
        return COLOURS[self.tags.get("wood", "oak")]

    @property
    def tones(self) -> list[Colour]:
        """What a backdrop must set off: the goods' own colours."""
        return [COLOURS[self.tags[name]] for name in ("colour", "wood", "accent") if name in self.tags]

    @property
    def pattern(self) -> str:
        return self.tags.get("pattern", "plain")

    @property
    def chance(self) -> Random:
        """The same dice for the same product, every time."""
        return Random(self.handle)  # noqa: S311 (no secret)


def read_products() -> list[Product]:
    """Every product of `products.csv`, in its order."""
    with (FOLDER / "products.csv").open(encoding="utf-8", newline="") as file:
        return [product(row) for row in csv.DictReader(file) if row["Title"]]


def product(row: dict[str, str]) -> Product:
    pairs = (tag.strip().partition(":") for tag in row["Tags"].split(","))
    return Product(row["Handle"], row["Title"], row["Type"], {name: value for name, _, value in pairs if value})
