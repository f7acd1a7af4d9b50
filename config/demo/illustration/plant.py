"""Potted plants."""

from math import cos, pi, radians, sin

from config.demo.canvas import Canvas
from config.demo.palette import COLOURS, Colour, darker, lighter
from config.demo.product import Product
from config.demo.shape import Point, Round, Shape, blob, curve, leaf, oval, turned

SOIL: Colour = (84, 62, 52)


def pot(canvas: Canvas, product: Product, *, top: float = 610, half: float = 150) -> None:
    body = Round(500, ((top, half), (804, half * 0.74)), 0.15)

    def pattern() -> None:
        if product.pattern == "dipped":
            canvas.fill(body.band(top + 110, 950), lighter(product.accent, 0.45))
        elif product.pattern == "striped":
            for y in (top + 60, top + 92):
                canvas.fill(body.band(y, y + 14), lighter(product.accent, 0.5))

    canvas.throw(body, product.accent, pattern=pattern)
    if product.pattern == "plain":
        canvas.throw(Round(500, ((top, half + 12), (top + 46, half + 8)), 0.15), product.accent)
    canvas.open(body, product.accent, SOIL)


def two_tone(canvas: Canvas, stem: Point, tip: Point, width: float, colour: Colour, *, bend: float = 0) -> None:
    """A leaf, its lower half in shade, with a vein."""
    canvas.fill(leaf(stem, tip, width, bend=bend), colour)
    with canvas.within(leaf(stem, tip, width, bend=bend)):
        canvas.fill(leaf(stem, tip, width, bend=bend + width / 2), darker(colour, 0.16))


def monstera(canvas: Canvas, product: Product) -> None:
    pot(canvas, product, top=640, half=128)
    stalks = ((330, 470, -62, 132), (690, 440, 58, 140), (420, 300, -24, 140), (600, 250, 22, 128), (505, 480, 4, 118))
    for i, (x, y, lean, size) in enumerate(stalks):
        canvas.stroke(curve((500, 640), (500 + (x - 500) * 0.3, 560), (x, y)), darker(product.colour, 0.3), 11)
        tone = lighter(product.colour, 0.1) if i % 2 else product.colour
        blade = _slit_leaf((x, y), size, lean)
        canvas.fill(blade, tone)
        with canvas.within(blade):
            half = turned([(x, y - 400), (x + 400, y - 400), (x + 400, y + 400), (x, y + 400)], lean, about=(x, y))
            canvas.fill(half, darker(tone, 0.14))
            spine = turned([(x, y - size), (x, y + size)], lean, about=(x, y))
            canvas.stroke(spine, lighter(tone, 0.3), 5)


def _slit_leaf(centre: Point, size: float, lean: float) -> Shape:
    """A heart with notches on both sides, its tip upwards before it leans."""
    outline: Shape = []
    for i in range(360):
        angle = radians(i)
        reach = size * (0.86 + 0.2 * cos(angle) - 0.5 * max(0.0, cos(angle - pi)) ** 12)
        side = i if i <= 180 else 360 - i
        for notch in (48, 84, 120):
            reach *= 1 - 0.5 * max(0.0, 1 - abs(side - notch) / 8)
        outline.append((centre[0] + reach * sin(angle), centre[1] - reach * cos(angle)))
    return turned(outline, lean, about=centre)


def snake_plant(canvas: Canvas, product: Product) -> None:
    pot(canvas, product, top=600, half=138)
    blades = ((420, 330, 300, -14), (575, 670, 340, 12), (470, 440, 170, -8), (535, 560, 140, 8), (500, 500, 250, 0))
    for x, tip_x, tip_y, bend in blades:
        blade = leaf((x, 640), (tip_x, tip_y), 84, bend=bend)
        canvas.fill(blade, COLOURS["butter"])
        core = leaf((x, 640), (tip_x, tip_y + 16), 58, bend=bend)
        canvas.fill(core, product.colour)
        with canvas.within(core):
            for y in range(int(tip_y), 640, 34):
                canvas.stroke(
                    curve((x - 120, y + 8), (x - 30, y - 8), (x + 40, y + 12), (x + 140, y - 4)),
                    darker(product.colour),
                    9,
                )
    front = Round(500, ((600, 138), (804, 102)), 0.15)
    rim = oval(500, 600, 138, 138 * 0.15)
    with canvas.within([*rim[:61], (362, 840), (638, 840)]):
        canvas.throw(front, product.accent)
    canvas.stroke(rim[:61], lighter(product.accent, 0.28), 9)


def olive_tree(canvas: Canvas, product: Product) -> None:
    pot(canvas, product, top=650, half=122)
    bark = COLOURS["walnut"]
    canvas.stroke(curve((500, 650), (490, 560), (508, 480), (498, 400)), bark, 20)
    for end in ((400, 330), (600, 320), (500, 250)):
        canvas.stroke(curve((500, 440), ((500 + end[0]) / 2, 380), end), bark, 11)
    chance = product.chance
    for i in range(130):
        angle, reach = chance.uniform(0, 2 * pi), chance.uniform(0.1, 1) ** 0.5
        x, y = 500 + 190 * reach * cos(angle), 310 + 165 * reach * sin(angle)
        heading = angle + chance.uniform(-0.9, 0.9)
        tone = (product.colour, lighter(product.colour, 0.25), darker(product.colour, 0.2))[i % 3]
        canvas.fill(leaf((x, y), (x + 66 * cos(heading), y + 66 * sin(heading)), 21), tone)
    for _ in range(9):
        x, y = chance.uniform(370, 630), chance.uniform(220, 420)
        canvas.solid(oval(x, y, 12, 16), COLOURS["plum"], edge=4)


def cactus(canvas: Canvas, product: Product) -> None:
    pot(canvas, product, top=650, half=130)
    arms = (
        curve((500, 520), (400, 530), (364, 480), (362, 400)),
        curve((500, 450), (600, 470), (640, 420), (642, 330)),
        [(500.0, 588.0), (500.0, 230.0)],
    )
    for path, width in zip(arms, (72, 66, 128), strict=True):
        canvas.stroke(path, darker(product.colour, 0.16), width)
        canvas.stroke([(x - width * 0.1, y) for x, y in path], product.colour, width * 0.8)
        for shift in (-0.24, 0.02, 0.27):
            canvas.stroke([(x + width * shift, y) for x, y in path], lighter(product.colour, 0.22), 4)
    chance = product.chance
    for _ in range(42):
        x, y = 500 + chance.choice((-46, -28, -13, 3, 20, 35, 50)), chance.uniform(215, 610)
        canvas.stroke([(x - 6, y - 5), (x, y), (x + 6, y - 5)], COLOURS["cream"], 3)
    for degrees in range(0, 360, 60):
        canvas.fill(turned(leaf((500, 170), (500, 116), 36), degrees, about=(500, 168)), COLOURS["coral"])
    canvas.fill(oval(500, 168, 15), COLOURS["butter"])


def trailing_plant(canvas: Canvas, product: Product) -> None:
    for x in (356, 644):
        canvas.stroke([(500, -20), (500, 110), (x, 372)], COLOURS["jute"], 9)
    canvas.solid(oval(500, 110, 17), COLOURS["brass"], edge=5)
    for i, x in enumerate((430, 500, 570)):
        for side in (-1, 1):
            two_tone(canvas, (x, 380), (x + side * (70 + 20 * i), 262 + 26 * i), 54, product.colour)
    body = Round(500, ((370, 150), (450, 152), (520, 120), (556, 66)), 0.15)
    canvas.throw(body, product.accent, pattern=lambda: canvas.fill(body.band(440, 470), lighter(product.accent, 0.45)))
    chance = product.chance
    vines = ((346, 790), (386, 690), (462, 880), (612, 690), (656, 830))
    for x, end in vines:
        path = curve((x + (500 - x) * 0.25, 372), (x, 430), (x - 22, 560), (x + 16, (560 + end) / 2), (x - 6, end))
        canvas.stroke(path, darker(product.colour, 0.25), 7)
        for i, (px, py) in enumerate(path[6::6]):
            side = -1 if i % 2 else 1
            tone = (product.colour, lighter(product.colour, 0.2))[chance.randrange(2)]
            heart = blob(
                (px, py),
                (px + side * 26, py - 12),
                (px + side * 46, py + 10),
                (px + side * 34, py + 42),
                (px + side * 8, py + 26),
            )
            canvas.fill(heart, tone)
            canvas.stroke([(px + side * 6, py + 8), (px + side * 28, py + 26)], lighter(tone, 0.3), 3)
