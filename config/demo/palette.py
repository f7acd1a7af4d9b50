"""The colours of the demo shop, by the names that product tags use."""

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
SHADE: Colour = (38, 28, 44)

COLOURS: dict[str, Colour] = {
    "amber": (214, 142, 58),
    "beech": (224, 188, 142),
    "birch": (233, 210, 172),
    "black": (54, 53, 58),
    "blue": (58, 104, 164),
    "blush": (228, 168, 158),
    "bottle-green": (38, 88, 74),
    "brass": (206, 166, 84),
    "brick": (170, 76, 60),
    "butter": (240, 208, 122),
    "chalk": (240, 236, 227),
    "charcoal": (74, 74, 80),
    "clay": (196, 128, 100),
    "clear": (206, 226, 230),
    "coral": (232, 120, 98),
    "cream": (245, 234, 210),
    "ecru": (232, 220, 194),
    "forest": (58, 98, 70),
    "graphite": (84, 88, 96),
    "indigo": (64, 72, 128),
    "ink": (42, 56, 88),
    "jute": (204, 172, 122),
    "leaf": (82, 134, 88),
    "moss": (122, 136, 80),
    "mustard": (222, 170, 62),
    "navy": (40, 58, 96),
    "oak": (206, 164, 112),
    "oat": (222, 206, 176),
    "ochre": (204, 146, 60),
    "olive": (142, 156, 116),
    "pine": (48, 92, 84),
    "plum": (122, 66, 96),
    "red": (200, 58, 52),
    "rust": (184, 94, 56),
    "sage": (152, 174, 146),
    "sand": (222, 198, 162),
    "sky": (146, 186, 214),
    "slate": (98, 112, 128),
    "smoke": (132, 136, 144),
    "steel": (184, 192, 200),
    "teal": (54, 126, 130),
    "terracotta": (198, 108, 76),
    "tomato": (214, 78, 56),
    "walnut": (120, 82, 58),
    "white": (250, 249, 246),
}


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend two colours; `share` (0 to 1) is how much of the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def darker(colour: Colour, share: float = 0.22) -> Colour:
    return mix(colour, SHADE, share)


def lighter(colour: Colour, share: float = 0.3) -> Colour:
    return mix(colour, WHITE, share)


def distance(first: Colour, second: Colour) -> float:
    """How far two colours are apart for the eye, 0 to about 765.

    Source: the low-cost "redmean" approximation of perceived difference.
    """
    red_mean = (first[0] + second[0]) / 2
    red, green, blue = (a - b for a, b in zip(first, second, strict=True))
    weighted = (2 + red_mean / 256) * red**2 + 4 * green**2 + (2 + (255 - red_mean) / 256) * blue**2
    return float(weighted**0.5)
