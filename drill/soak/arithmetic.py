"""How fast something grows, and whether it grows at all."""

from collections.abc import Sequence

WIDER = 1.2
"""How much higher the last quarter's peak may be than the second one's: jobs come in turns, crowds by chance."""

Points = Sequence[tuple[float, float]]
"""By their first number, such as a second or an order."""


def second_half(points: Points) -> Points:
    """Those after the middle: what comes before fills caches."""
    return _between(points, 0.5, 1.0)


def slope(points: Points) -> tuple[float, float]:
    """How much it grows for each unit, and where the line begins, by least squares.

    :raises ValueError: fewer than two places
    """
    count = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / max(1, count), sum(y for _, y in points) / max(1, count)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if not spread:
        raise ValueError("A line needs two places; wait longer.")
    growth = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    return growth, mean_y - growth * (mean_x - points[0][0])


def percent_per_hour(points: Points) -> float:
    """Of what there is at the beginning of the second half; the first numbers are seconds."""
    growth, begins_at = slope(second_half(points))
    return growth * 3600 / begins_at * 100


def peaks(points: Points) -> tuple[float, float]:
    """Of the second quarter, and of the last one."""
    second, last = _between(points, 0.25, 0.5), _between(points, 0.75, 1.0)
    return max((y for _, y in second), default=0.0), max(y for _, y in last)


def grows(points: Points, *, noise: float) -> bool:
    """Whether the last quarter reaches higher than the second one, by more than chance.

    noise: by which any two peaks may differ.
    """
    earlier, later = peaks(points)
    return later > earlier * WIDER + noise


def _between(points: Points, begin: float, end: float) -> Points:
    first, last = points[0][0], points[-1][0]
    return [each for each in points if begin * (last - first) <= each[0] - first <= end * (last - first)]
