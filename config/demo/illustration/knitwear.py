"""Knitted things, laid flat."""

from math import sin

from config.demo.canvas import Canvas
from config.demo.illustration.garment import BODY, LONG_SLEEVE, lay
from config.demo.illustration.pattern import ribs, steps
from config.demo.palette import COLOURS, SHADE, darker, lighter
from config.demo.product import Product
from config.demo.shape import Shape, blob, box, curve, mirrored, moved, oval, rounded, turned


def stitches(canvas: Canvas, shape: Shape, product: Product, *, every: float = 30) -> None:
    """Plain knit: columns of small v's."""
    left, right = min(x for x, _ in shape), max(x for x, _ in shape)
    top, bottom = min(y for _, y in shape), max(y for _, y in shape)
    with canvas.within(shape):
        for x in steps(left, right, every):
            for y in steps(top, bottom, every * 0.8):
                dx = every * 0.32
                canvas.stroke([(x - dx, y - dx), (x, y), (x + dx, y - dx)], darker(product.colour, 0.1), 4)


def cable(canvas: Canvas, x: float, product: Product, *, top: float = 300, bottom: float = 760) -> None:
    canvas.veil(box(x - 32, top, x + 32, bottom), SHADE, 0.1)
    for phase in (0.0, 3.14159):
        strand = [(x + 19 * sin((y - top) / 22 + phase), y) for y in steps(top, bottom, 4)]
        for start in range(0, len(strand), 17):
            canvas.stroke(strand[start : start + 15], lighter(product.colour, 0.22), 17)


def welts(canvas: Canvas, product: Product) -> None:
    """Ribbed hem and cuffs."""
    hem = box(296, 764, 704, 832, radius=14)
    canvas.solid(hem, product.colour, edge=6)
    ribs(canvas, hem, every=17, opacity=0.2)
    for degrees, cuff in ((-10, box(752, 728, 862, 800, radius=14)), (10, box(138, 728, 248, 800, radius=14))):
        centre = ((cuff[0][0] + cuff[30][0]) / 2, 764)
        placed = turned(cuff, degrees, about=centre)
        canvas.solid(placed, product.colour, edge=6)
        ribs(canvas, placed, every=17, degrees=90 + degrees, opacity=0.2)


def jumper(canvas: Canvas, product: Product) -> None:
    lay(canvas, product.colour, sleeve=LONG_SLEEVE)
    for shape, degrees in ((LONG_SLEEVE, 78), (mirrored(LONG_SLEEVE), 102)):
        ribs(canvas, shape, every=26, degrees=degrees, opacity=0.08)
    for x in (350, 425, 500, 575, 650):
        cable(canvas, x, product, top=320)
    for x in (388, 462, 538, 612):
        canvas.stroke([(x, 320), (x, 760)], darker(product.colour, 0.2), 5)
    welts(canvas, product)
    neck = curve((400, 222), (430, 276), (500, 298), (570, 276), (600, 222))
    canvas.fill(neck, darker(product.colour, 0.4))
    with canvas.within([(300, 212), (700, 212), (700, 500), (300, 500)]):
        canvas.stroke(neck, darker(product.colour, 0.2), 46)
        canvas.stroke(neck, lighter(product.colour, 0.06), 36)
    canvas.solid(box(412, 196, 588, 234, radius=16), darker(product.colour, 0.1), edge=4)


def cardigan(canvas: Canvas, product: Product) -> None:
    lay(canvas, product.colour, sleeve=LONG_SLEEVE)
    for shape in (LONG_SLEEVE, mirrored(LONG_SLEEVE), BODY):
        stitches(canvas, shape, product)
    welts(canvas, product)
    opening = rounded([(408, 227), (592, 227), (512, 480), (488, 480)], 8)
    canvas.fill(opening, darker(product.colour, 0.45))
    with canvas.within(opening):
        canvas.fill(box(440, 205, 560, 250, radius=10), darker(product.colour, 0.25))
    for edge in ([(404, 216), (488, 480), (488, 860)], [(596, 216), (514, 480), (514, 860)]):
        with canvas.within([(300, 227), (700, 227), (700, 831), (300, 831)]):
            canvas.stroke(edge, darker(product.colour, 0.25), 40)
            canvas.stroke([(x - 3, y) for x, y in edge], lighter(product.colour, 0.06), 31)
    for y in (506, 580, 654, 728, 798):
        canvas.solid(oval(512, y, 15), product.accent, edge=4)
    for left in (336, 572):
        canvas.fill(box(left, 640, left + 92, 664, radius=6), darker(product.colour, 0.22))


def beanie(canvas: Canvas, product: Product) -> None:
    dome = blob((250, 640), (256, 440), (350, 290), (500, 250), (650, 290), (744, 440), (750, 640), (500, 680))
    canvas.solid(dome, product.colour, edge=20)
    with canvas.within(dome):
        for i in range(-6, 7):
            rib = curve((500 + i * 9, 250), (500 + i * 30, 330), (500 + i * 41, 470), (500 + i * 43, 680))
            canvas.stroke(rib, darker(product.colour, 0.14), 10)
    brim = rounded([(228, 590), (772, 590), (782, 760), (218, 760)], 44)
    canvas.fill(moved(brim, 0, -10), darker(product.colour, 0.32))
    canvas.solid(brim, lighter(product.colour, 0.1), edge=12)
    ribs(canvas, brim, every=34, opacity=0.16)
    chance = product.chance
    for _ in range(160):
        angle = chance.uniform(0, 360)
        reach = chance.uniform(20, 84)
        tone = (product.accent, lighter(product.accent, 0.3), darker(product.accent, 0.12))[chance.randrange(3)]
        canvas.stroke([(500, 226), turned([(500 + reach, 226)], angle, about=(500, 226))[0]], tone, 13)
    canvas.solid(box(622, 664, 700, 714, radius=5), COLOURS["cream"], edge=4)


def scarf(canvas: Canvas, product: Product) -> None:
    under = rounded([(560, 250), (690, 290), (676, 800), (530, 800)], 20)
    for tail, tone in ((under, 0.16), (rounded([(330, 290), (450, 240), (500, 860), (342, 860)], 20), 0.0)):
        bottom = max(y for _, y in tail)
        left, right = (338, 498) if bottom > 820 else (532, 674)
        for x in steps(left + 8, right, 15):
            canvas.stroke([(x, bottom - 10), (x + 3, bottom + 52)], darker(product.colour, tone), 7)
        canvas.solid(tail, darker(product.colour, tone), edge=10)
        ribs(canvas, tail, every=24, degrees=88, opacity=0.13)
        with canvas.within(tail):
            for y in (bottom - 150, bottom - 104):
                canvas.fill(box(left - 60, y, right + 60, y + 24), product.accent)
    loop = blob((300, 300), (360, 190), (500, 150), (640, 190), (706, 300), (660, 400), (500, 440), (344, 400))
    canvas.solid(loop, lighter(product.colour, 0.06), edge=18)
    with canvas.within(loop):
        for i in range(7):
            sweep = curve((270, 250 + 26 * i), (400, 330 + 28 * i), (600, 330 + 28 * i), (730, 250 + 26 * i))
            canvas.stroke(sweep, darker(product.colour, 0.14), 7)
    canvas.fill(
        blob((390, 240), (500, 208), (612, 240), (590, 292), (500, 308), (410, 292)), darker(product.colour, 0.45)
    )


def socks(canvas: Canvas, product: Product) -> None:
    for shift, lift, tone in ((130, -40, 0.14), (-60, 20, 0.0)):
        colour = darker(product.colour, tone)
        sock = moved(
            rounded(
                [
                    (410, 180),
                    (560, 180),
                    (566, 520),
                    (640, 600),
                    (650, 690),
                    (560, 780),
                    (330, 790),
                    (290, 690),
                    (410, 610),
                ],
                58,
            ),
            shift,
            lift,
        )
        canvas.solid(sock, colour, edge=13)
        ribs(canvas, sock, every=20, opacity=0.09)
        with canvas.within(sock):
            canvas.fill(oval(620 + shift, 680 + lift, 84), product.accent)
            canvas.fill(oval(286 + shift, 730 + lift, 90), product.accent)
            for y in (290, 330):
                canvas.fill(box(300 + shift, y + lift, 700 + shift, y + 20 + lift), product.accent)
        welt = moved(box(402, 168, 568, 262, radius=20), shift, lift)
        canvas.solid(welt, product.accent, edge=7)
        ribs(canvas, welt, every=17, opacity=0.17)
