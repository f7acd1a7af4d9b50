"""Outlines in drawing units: 1,000 to a side, y downwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sin, sqrt

Point = tuple[float, float]
Shape = list[Point]


def oval(x: float, y: float, rx: float, ry: float | None = None) -> Shape:
    ry = rx if ry is None else ry
    return [(x + rx * cos(pi * i / 60), y + ry * sin(pi * i / 60)) for i in range(120)]


def box(left: float, top: float, right: float, bottom: float, *, radius: float = 0) -> Shape:
    corners: Shape = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return rounded(corners, radius) if radius else corners


def rounded(corners: Sequence[Point], radius: float) -> Shape:
    """A polygon whose corners are eased by a curve that starts `radius` away from each."""
    outline: Shape = []
    for i, corner in enumerate(corners):
        start = _towards(corner, corners[i - 1], radius)
        end = _towards(corner, corners[(i + 1) % len(corners)], radius)
        outline += [_quadratic(start, corner, end, step / 10) for step in range(11)]
    return outline


def curve(*points: Point) -> Shape:
    """An open curve through all `points`."""
    return _spline([points[0], *points, points[-1]])


def blob(*points: Point) -> Shape:
    """A closed curve through all `points`."""
    return _spline([points[-1], *points, points[0], points[1]])


def leaf(stem: Point, tip: Point, width: float, *, bend: float = 0) -> Shape:
    """A pointed leaf from `stem` to `tip`; `bend` bows it to its right."""
    along = (tip[0] - stem[0], tip[1] - stem[1])
    length = sqrt(along[0] ** 2 + along[1] ** 2)
    across = (-along[1] / length, along[0] / length)
    sides: list[Shape] = [[], []]
    for i in range(31):
        share = i / 30
        middle = bend * sin(pi * share)
        half = width / 2 * sin(pi * share**0.8)
        for side, sign in zip(sides, (1, -1), strict=True):
            offset = middle + sign * half
            side.append(
                (stem[0] + along[0] * share + across[0] * offset, stem[1] + along[1] * share + across[1] * offset)
            )
    return sides[0] + sides[1][::-1]


def moved(shape: Sequence[Point], dx: float, dy: float = 0) -> Shape:
    return [(x + dx, y + dy) for x, y in shape]


def mirrored(shape: Sequence[Point], axis: float = 500) -> Shape:
    return [(2 * axis - x, y) for x, y in shape]


def turned(shape: Sequence[Point], degrees: float, *, about: Point = (500, 500)) -> Shape:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    ax, ay = about
    return [(ax + (x - ax) * c - (y - ay) * s, ay + (x - ax) * s + (y - ay) * c) for x, y in shape]


@dataclass(frozen=True)
class Round:
    """A body as from the potter's wheel: half-widths by height, seen a little from above.

    profile: (y, half-width), from top to bottom; heights between are eased.
    tilt: how open its circles look; 0 is straight from the side.
    """

    x: float
    profile: tuple[Point, ...]
    tilt: float = 0.16

    @property
    def sides(self) -> Shape:
        return curve(*self.profile) if len(self.profile) > 2 else list(self.profile)

    @property
    def mouth(self) -> Shape:
        top, half = self.profile[0]
        return oval(self.x, top, half, half * self.tilt)

    @property
    def outline(self) -> Shape:
        top, wide = self.profile[0]
        bottom, narrow = self.profile[-1]
        back = _arc(self.x, top, wide, -wide * self.tilt)
        front = _arc(self.x, bottom, narrow, narrow * self.tilt)
        right = [(self.x + half, y) for y, half in self.sides]
        left = [(self.x - half, y) for y, half in reversed(self.sides)]
        return back + right + front[::-1] + left

    def strip(self, left: float, right: float) -> Shape:
        """The upright part between two shares of the half-width, each -1 (left edge) to 1 (right edge)."""
        edges: list[Shape] = []
        for share in (left, right):
            drop = sqrt(max(0, 1 - share * share)) * self.tilt
            edges.append([(self.x + share * half, y + half * drop) for y, half in self.sides])
        return edges[0] + edges[1][::-1]

    def band(self, top: float, bottom: float) -> Shape:
        """The part between two heights, as curved as the body is; clip it to the outline."""
        half = max(width for _, width in self.profile)
        upper = _arc(self.x, top, half * 1.02, half * self.tilt)
        lower = _arc(self.x, bottom, half * 1.02, half * self.tilt)
        return upper + lower[::-1]


def _arc(x: float, y: float, rx: float, ry: float) -> Shape:
    return [(x - rx * cos(pi * i / 48), y + ry * sin(pi * i / 48)) for i in range(49)]


def _towards(start: Point, end: Point, length: float) -> Point:
    dx, dy = end[0] - start[0], end[1] - start[1]
    share = min(0.5, length / max(sqrt(dx * dx + dy * dy), 1e-9))
    return start[0] + dx * share, start[1] + dy * share


def _quadratic(start: Point, pull: Point, end: Point, t: float) -> Point:
    a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
    return a * start[0] + b * pull[0] + c * end[0], a * start[1] + b * pull[1] + c * end[1]


def _spline(points: Sequence[Point], steps: int = 14) -> Shape:
    """Source: the uniform Catmull-Rom spline; the first and the last point only steer."""
    outline: Shape = []
    for a, b, c, d in zip(points, points[1:], points[2:], points[3:], strict=False):
        outline += [
            (_cubic(a[0], b[0], c[0], d[0], i / steps), _cubic(a[1], b[1], c[1], d[1], i / steps)) for i in range(steps)
        ]
    return [*outline, points[-2]]


def _cubic(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
