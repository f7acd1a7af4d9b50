"""Cushions, blankets, towels and rugs."""

from math import cos, pi, sin

from config.demo.canvas import Canvas
from config.demo.illustration.pattern import checks, ribs, steps, stripes
from config.demo.palette import SHADE, darker, lighter
from config.demo.product import Product
from config.demo.shape import Point, blob, box, curve, oval, rounded, turned


def cushion(canvas: Canvas, product: Product) -> None:
    corners: tuple[Point, ...] = (
        (206, 236), (350, 262), (500, 268), (650, 262), (794, 236), (772, 380), (766, 520), (772, 660),
        (790, 800), (650, 782), (500, 778), (350, 782), (210, 800), (228, 660), (234, 520), (228, 380),
    )  # fmt: skip
    pad = blob(*corners)
    canvas.solid(pad, product.colour, edge=26)
    ribs(canvas, pad, every=22, degrees=0, opacity=0.05)
    with canvas.within(pad):
        for tip, end in (
            ((206, 236), (310, 330)),
            ((794, 236), (690, 330)),
            ((790, 800), (690, 700)),
            ((210, 800), (310, 700)),
        ):
            canvas.stroke([tip, end], darker(product.colour, 0.2), 7)
    canvas.stroke([*pad, pad[0]], product.accent, 9)


def blanket(canvas: Canvas, product: Product) -> None:
    """Folded four times, seen from the front, fringe at the right."""
    for i, top in enumerate((690, 592, 494)):
        left, right = 222 + 10 * i, 770 - 8 * i
        for y in steps(top + 16, top + 100, 15):
            canvas.stroke([(right - 20, y), (right + 52, y + 8)], product.accent, 7)
        fold = box(left, top, right, top + 116, radius=56)
        canvas.solid(fold, product.colour, edge=14)
        with canvas.within(fold):
            for x in (320, 372, 580):
                canvas.veil(box(x, top, x + (40 if x == 580 else 18), top + 130), product.accent, 0.9)
            canvas.veil(box(left, top + 88, right, top + 130), SHADE, 0.14)
    top_face = rounded([(300, 436), (716, 436), (760, 510), (236, 510)], 30)
    canvas.fill(top_face, lighter(product.colour, 0.16))
    with canvas.within(top_face):
        for start, end, width in ((352, 320, 18), (398, 372, 18), (574, 580, 40)):
            canvas.fill([(start, 420), (start + width, 420), (end + width, 520), (end, 520)], product.accent)


def towel(canvas: Canvas, product: Product) -> None:
    for left, top, tone in ((330, 190, 0.16), (258, 240, 0.0)):
        cloth = box(left, top, left + 420, top + 590, radius=20)
        canvas.solid(cloth, darker(product.colour, tone), edge=12)
        checks(canvas, cloth, darker(product.colour, 0.2 + tone), every=24, width=6)
        hem = box(left, top + 500, left + 420, top + 544)
        canvas.fill(hem, product.accent)
        canvas.veil(box(left, top + 586, left + 420, top + 590), SHADE, 0.2)
    canvas.stroke(curve((450, 244), (446, 176), (486, 176), (482, 244)), darker(product.colour, 0.3), 11)


def tea_towel(canvas: Canvas, product: Product) -> None:
    back = turned(box(390, 180, 700, 800, radius=10), 12)
    canvas.solid(back, product.accent, edge=10)
    stripes(canvas, back, product.colour, every=64, width=12, degrees=12)
    front = turned(box(300, 190, 610, 820, radius=10), -7)
    canvas.solid(front, lighter(product.accent, 0.35), edge=10)
    checks(canvas, front, product.colour, every=78, width=30, degrees=-7)
    loop = curve((318, 236), (300, 178), (356, 170), (352, 232))
    canvas.stroke(loop, product.colour, 11)


def rug(canvas: Canvas, product: Product) -> None:
    for i in range(120):
        x, y = cos(pi * i / 60), sin(pi * i / 60)
        canvas.stroke(
            [(500 + 350 * x, 500 + 350 * y), (500 + 392 * x, 500 + 392 * y)], lighter(product.colour, 0.25), 6
        )
    rings = [360 - 20 * i for i in range(18)]
    for i, radius in enumerate(rings):
        tone = product.accent if i in (2, 3, 8) else darker(product.colour, 0.1 if i % 2 else 0)
        canvas.fill(oval(500, 500, radius), tone)
        for step in range(radius // 6):
            angle = 2 * pi * (step + i % 2 / 2) / max(1, radius // 6)
            x, y = 500 + (radius - 10) * cos(angle), 500 + (radius - 10) * sin(angle)
            canvas.stroke([(x, y), (x + 11 * cos(angle + 1.9), y + 11 * sin(angle + 1.9))], darker(tone, 0.16), 4)
