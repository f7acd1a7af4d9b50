"""A transparent sheet, larger than the picture, on which shapes are cut out in flat colour."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from math import hypot

from PIL import Image, ImageDraw, ImageFont

from config.demo.palette import SHADE, WHITE, Colour, darker, lighter
from config.demo.shape import Point, Round, Shape, oval

UNITS = 1000
SIDE_PX = 1200
OVERSAMPLE = 3
SHEET_PX = SIDE_PX * OVERSAMPLE
SCALE = SHEET_PX / UNITS


class Canvas:
    def __init__(self) -> None:
        self.sheet = Image.new("RGBA", (SHEET_PX, SHEET_PX))

    def fill(self, shape: Sequence[Point], colour: Colour) -> None:
        ImageDraw.Draw(self.sheet).polygon(_pixels(shape), fill=colour)

    def veil(self, shape: Sequence[Point], colour: Colour, opacity: float) -> None:
        """Lay a see-through colour over what is there; on bare canvas it is glass."""
        pixels = _pixels(shape)
        left, top = (max(0, int(min(p[axis] for p in pixels)) - 2) for axis in (0, 1))
        right, bottom = (min(SHEET_PX, int(max(p[axis] for p in pixels)) + 3) for axis in (0, 1))
        film = Image.new("RGBA", (max(1, right - left), max(1, bottom - top)))
        placed = [(x - left, y - top) for x, y in pixels]
        ImageDraw.Draw(film).polygon(placed, fill=(*colour, round(255 * opacity)))
        self.sheet.alpha_composite(film, (left, top))

    def stroke(self, path: Sequence[Point], colour: Colour, width: float) -> None:
        """Draw a line with round ends and joints."""
        for x, y in path:
            self.fill(oval(x, y, width / 2), colour)
        for (x, y), (next_x, next_y) in pairwise(path):
            half = width / 2 / max(hypot(next_x - x, next_y - y), 1e-9)
            dx, dy = (y - next_y) * half, (next_x - x) * half
            self.fill(
                [(x + dx, y + dy), (next_x + dx, next_y + dy), (next_x - dx, next_y - dy), (x - dx, y - dy)], colour
            )

    @contextmanager
    def within(self, shape: Sequence[Point]) -> Iterator[None]:
        """Keep what is drawn meanwhile inside `shape`."""
        before = self.sheet.copy()
        yield
        outside = Image.new("L", self.sheet.size, 255)
        ImageDraw.Draw(outside).polygon(_pixels(shape), fill=0)
        self.sheet.paste(before, mask=outside)

    def solid(self, shape: Shape, colour: Colour, *, edge: float = 14) -> None:
        """Fill a shape that is lit from the upper left: its lower right rim is in shade."""
        self.fill(shape, darker(colour, 0.2))
        with self.within(shape):
            self.fill([(x - edge, y - edge) for x, y in shape], colour)

    def throw(
        self,
        body: Round,
        colour: Colour,
        *,
        inside: Colour | None = None,
        pattern: Callable[[], None] | None = None,
    ) -> None:
        """Draw a round body, its pattern, its light and its shade; `inside` opens it."""
        self.fill(body.outline, colour)
        with self.within(body.outline):
            if pattern:
                pattern()
            self.veil(body.strip(0.3, 1.1), SHADE, 0.1)
            self.veil(body.strip(0.68, 1.1), SHADE, 0.12)
            self.veil(body.strip(-0.8, -0.66), WHITE, 0.3)
        if inside:
            self.open(body, colour, inside)

    def open(self, body: Round, rim: Colour, inside: Colour) -> None:
        top, half = body.profile[0]
        opening = Round(body.x, ((top, half - 9), (top + half, half - 9)), body.tilt).mouth
        self.fill(body.mouth, lighter(rim, 0.28))
        self.fill(opening, darker(inside, 0.3))
        with self.within(opening):
            self.fill([(x + 12, y + half * body.tilt * 0.55) for x, y in opening], darker(inside, 0.12))

    def write(self, text: str, centre: Point, size: float, colour: Colour) -> None:
        font = ImageFont.load_default(size * SCALE)
        place = (centre[0] * SCALE, centre[1] * SCALE)
        ImageDraw.Draw(self.sheet).text(place, text, fill=colour, font=font, anchor="mm")


def _pixels(shape: Sequence[Point]) -> list[tuple[float, float]]:
    return [(x * SCALE, y * SCALE) for x, y in shape]
