"""Surface patterns, laid into a shape."""

from collections.abc import Iterator
from random import Random

from config.demo.canvas import Canvas
from config.demo.palette import SHADE, Colour
from config.demo.shape import Shape, box, oval, turned


def stripes(canvas: Canvas, shape: Shape, colour: Colour, *, every: float, width: float, degrees: float = 0) -> None:
    with canvas.within(shape):
        for y in steps(-250, 1250, every):
            canvas.fill(turned(box(-300, y, 1300, y + width), degrees), colour)


def checks(canvas: Canvas, shape: Shape, colour: Colour, *, every: float, width: float, degrees: float = 0) -> None:
    """Woven checks: where bands cross, the colour is deeper."""
    with canvas.within(shape):
        for turn in (degrees, degrees + 90):
            for y in steps(-250, 1250, every):
                canvas.veil(turned(box(-300, y, 1300, y + width), turn), colour, 0.5)


def speckles(canvas: Canvas, shape: Shape, colour: Colour, *, count: int, size: float, chance: Random) -> None:
    left, right = min(x for x, _ in shape), max(x for x, _ in shape)
    top, bottom = min(y for _, y in shape), max(y for _, y in shape)
    with canvas.within(shape):
        for _ in range(count):
            radius = size * chance.uniform(0.35, 1)
            canvas.fill(oval(chance.uniform(left, right), chance.uniform(top, bottom), radius, radius * 0.85), colour)


def ribs(canvas: Canvas, shape: Shape, *, every: float, degrees: float = 90, opacity: float = 0.1) -> None:
    """Knitted or woven ribs: fine shaded grooves."""
    with canvas.within(shape):
        for y in steps(-250, 1250, every):
            canvas.veil(turned(box(-300, y, 1300, y + every * 0.3), degrees), SHADE, opacity)


def grain(canvas: Canvas, shape: Shape, *, every: float, chance: Random, degrees: float = 0) -> None:
    """Long broken lines, as in planed wood."""
    with canvas.within(shape):
        for y in steps(0, 1000, every):
            start = chance.uniform(-100, 700)
            line = box(start, y, start + chance.uniform(160, 520), y + 4, radius=2)
            canvas.veil(turned(line, degrees), SHADE, 0.12)


def steps(start: float, stop: float, step: float) -> Iterator[float]:
    while start < stop:
        yield start
        start += step
