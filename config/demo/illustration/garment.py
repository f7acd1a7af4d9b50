"""Shirts, laid flat."""

from config.demo.canvas import Canvas
from config.demo.illustration.pattern import checks, ribs, stripes
from config.demo.palette import COLOURS, SHADE, WHITE, Colour, darker, lighter
from config.demo.product import Product
from config.demo.shape import Shape, box, curve, mirrored, oval, rounded

BODY: Shape = rounded(
    [(410, 226), (590, 226), (706, 270), (694, 480), (704, 826), (296, 826), (306, 480), (294, 270)], 20
)
LONG_SLEEVE: Shape = rounded([(664, 252), (744, 292), (812, 500), (856, 770), (768, 792), (722, 580), (676, 430)], 20)
SHORT_SLEEVE: Shape = rounded([(664, 252), (748, 294), (852, 448), (764, 516), (676, 420)], 18)


def lay(canvas: Canvas, colour: Colour, *, sleeve: Shape) -> None:
    """The cut of every shirt: two sleeves under a body with soft folds."""
    for side in (mirrored(sleeve), sleeve):
        canvas.solid(side, darker(colour, 0.07), edge=9)
    canvas.solid(BODY, colour, edge=12)
    with canvas.within(BODY):
        for x in (330, 640):
            canvas.veil(
                curve((x, 420), (x + 26, 560), (x + 8, 840), (x + 44, 840), (x + 50, 560), (x, 420)), SHADE, 0.05
            )


def both(canvas: Canvas, shape: Shape, colour: Colour, *, edge: float = 6) -> None:
    for side in (shape, mirrored(shape)):
        canvas.solid(side, colour, edge=edge)


def placket(canvas: Canvas, colour: Colour, *, bottom: float, buttons: Colour) -> None:
    canvas.fill(box(478, 270, 524, bottom), lighter(colour, 0.1))
    canvas.stroke([(524, 280), (524, bottom)], darker(colour, 0.16), 4)
    for y in range(340, round(bottom) - 20, 94):
        canvas.fill(oval(502, y + 2, 11), darker(colour, 0.28))
        canvas.fill(oval(500, y, 10), buttons)


def button_down(canvas: Canvas, product: Product) -> None:
    lay(canvas, product.colour, sleeve=LONG_SLEEVE)
    if product.pattern == "checked":
        for shape in (LONG_SLEEVE, mirrored(LONG_SLEEVE), BODY):
            checks(canvas, shape, product.accent, every=74, width=34)
            checks(canvas, shape, lighter(product.colour, 0.6), every=74, width=5)
    placket(canvas, product.colour, bottom=822, buttons=COLOURS["cream"])
    pocket = rounded([(560, 420), (658, 420), (658, 516), (609, 538), (560, 516)], 8)
    canvas.fill(pocket, darker(product.colour, 0.13))
    canvas.fill([(x - 2, y - 4) for x, y in pocket], lighter(product.colour, 0.1))
    canvas.stroke([(562, 438), (656, 438)], darker(product.colour, 0.16), 4)
    canvas.fill(rounded([(410, 226), (590, 226), (540, 306), (500, 330), (460, 306)], 6), darker(product.colour, 0.42))
    canvas.solid(box(412, 200, 588, 240, radius=16), darker(product.colour, 0.1), edge=5)
    both(
        canvas, rounded([(586, 206), (600, 240), (590, 336), (504, 300), (524, 272)], 7), lighter(product.colour, 0.14)
    )
    for x in (424, 576):
        canvas.fill(oval(x, 316, 7), product.accent if product.pattern == "plain" else COLOURS["cream"])


def t_shirt(canvas: Canvas, product: Product) -> None:
    lay(canvas, product.colour, sleeve=SHORT_SLEEVE)
    _round_neck(canvas, product.colour)
    pocket = rounded([(550, 400), (660, 400), (660, 510), (605, 536), (550, 510)], 10)
    canvas.fill([(x + 4, y + 5) for x, y in pocket], darker(product.colour, 0.2))
    canvas.fill(pocket, product.accent)
    canvas.stroke([(552, 420), (658, 420)], darker(product.accent, 0.18), 4)
    canvas.stroke([(304, 806), (696, 806)], darker(product.colour, 0.12), 4)


def long_sleeved_top(canvas: Canvas, product: Product) -> None:
    lay(canvas, product.colour, sleeve=LONG_SLEEVE)
    for shape, tilt in ((LONG_SLEEVE, -14), (mirrored(LONG_SLEEVE), 14)):
        stripes(canvas, shape, product.accent, every=56, width=22, degrees=tilt)
    lower = [(0.0, 320.0), (1000.0, 320.0), (1000.0, 800.0), (0.0, 800.0)]
    with canvas.within(lower):
        stripes(canvas, BODY, product.accent, every=56, width=22)
    with canvas.within(BODY):
        canvas.veil(box(664, 200, 720, 840), SHADE, 0.1)
    neck = curve((392, 222), (440, 262), (500, 274), (560, 262), (608, 222))
    canvas.fill(neck, darker(product.colour, 0.3))
    canvas.stroke(neck, darker(product.colour, 0.06), 18)
    canvas.fill(box(412, 216, 588, 228), darker(product.colour, 0.16))


def collarless_shirt(canvas: Canvas, product: Product) -> None:
    lay(canvas, product.colour, sleeve=LONG_SLEEVE)
    ribs(canvas, BODY, every=46, opacity=0.06)
    bib = rounded([(424, 262), (576, 262), (570, 560), (430, 560)], 16)
    canvas.stroke([*bib, bib[0]], darker(product.colour, 0.16), 5)
    placket(canvas, product.colour, bottom=556, buttons=product.accent)
    canvas.fill(rounded([(412, 222), (588, 222), (556, 268), (500, 288), (444, 268)], 8), darker(product.colour, 0.4))
    band = curve((410, 216), (432, 262), (500, 292), (568, 262), (590, 216))
    with canvas.within(BODY):
        canvas.stroke(band, darker(product.colour, 0.14), 34)
        canvas.stroke(band, lighter(product.colour, 0.16), 26)
    canvas.fill(oval(500, 290, 10), product.accent)
    for x, y in ((826, 726), (174, 726)):
        canvas.fill(oval(x, y, 9), product.accent)


def _round_neck(canvas: Canvas, colour: Colour) -> None:
    neck = curve((404, 224), (436, 280), (500, 304), (564, 280), (596, 224))
    canvas.fill(neck, darker(colour, 0.36))
    canvas.fill(rounded([(412, 222), (588, 222), (560, 244), (440, 244)], 8), darker(colour, 0.14))
    canvas.fill(box(482, 238, 518, 262, radius=3), WHITE)
    with canvas.within(BODY):
        canvas.stroke(neck, darker(colour, 0.12), 28)
        canvas.stroke(neck, lighter(colour, 0.08), 20)
