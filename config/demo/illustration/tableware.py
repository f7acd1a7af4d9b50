"""Cups, bowls, plates and glasses."""

from itertools import pairwise
from math import cos, pi, sin

from config.demo.canvas import Canvas
from config.demo.illustration.pattern import speckles
from config.demo.palette import COLOURS, SHADE, WHITE, darker, lighter
from config.demo.product import Product
from config.demo.shape import Round, box, curve, oval, rounded


def mug(canvas: Canvas, product: Product) -> None:
    enamel = product.pattern == "speckled"
    profile = ((420, 182), (800, 182)) if enamel else ((420, 178), (700, 180), (775, 168), (808, 140))
    body = Round(465, profile, 0.17)
    _handle(canvas, product, right=body.x + 168)

    def pattern() -> None:
        if product.pattern == "dipped":
            canvas.fill(body.band(700, 900), product.accent)
        elif product.pattern == "striped":
            for top in (520, 566, 612):
                canvas.fill(body.band(top, top + 20), product.accent)
        elif enamel:
            speckles(canvas, body.outline, product.accent, count=150, size=6, chance=product.chance)

    canvas.throw(body, product.colour, inside=product.accent, pattern=pattern)
    if enamel:
        canvas.stroke([*body.mouth, body.mouth[0]], product.accent, 9)


def _handle(canvas: Canvas, product: Product, *, right: float) -> None:
    loop = curve((right - 20, 490), (right + 95, 478), (right + 138, 570), (right + 90, 665), (right - 20, 700))
    canvas.stroke(loop, darker(product.colour, 0.2), 42)
    canvas.stroke([(x - 5, y - 7) for x, y in loop], product.colour, 26)


def espresso_cup(canvas: Canvas, product: Product) -> None:
    saucer = Round(500, ((764, 270), (800, 130)), 0.2)
    canvas.throw(saucer, product.accent)
    canvas.fill(saucer.mouth, lighter(product.accent, 0.35))
    canvas.veil(oval(506, 775, 128, 27), SHADE, 0.2)
    loop = curve((620, 585), (700, 580), (722, 630), (690, 680), (600, 700))
    canvas.stroke(loop, darker(product.colour, 0.25), 26)
    body = Round(500, ((550, 142), (660, 138), (735, 104), (768, 78)), 0.19)
    canvas.throw(body, product.colour, inside=product.accent)
    coffee = oval(500, 558, 118, 17)
    canvas.fill(coffee, (92, 56, 38))
    with canvas.within(coffee):
        canvas.fill(oval(480, 566, 104, 15), (132, 84, 52))
    for x in (455, 515):
        steam = curve((x, 500), (x - 24, 455), (x + 20, 405), (x - 6, 350))
        for (left, top), (_, bottom) in pairwise(steam):
            canvas.veil(oval(left, (top + bottom) / 2, 7), WHITE, 0.5)


def travel_tumbler(canvas: Canvas, product: Product) -> None:
    body = Round(500, ((330, 142), (806, 112)), 0.14)
    canvas.throw(body, product.colour, pattern=lambda: canvas.fill(body.band(470, 590), product.accent))
    lid = Round(500, ((262, 138), (330, 150)), 0.14)
    canvas.throw(lid, COLOURS["charcoal"])
    canvas.fill(lid.mouth, lighter(COLOURS["charcoal"], 0.18))
    canvas.fill(oval(540, 260, 34, 8), darker(COLOURS["charcoal"], 0.5))
    tab = Round(455, ((226, 36), (262, 40)), 0.16)
    canvas.throw(tab, COLOURS["charcoal"])
    canvas.fill(tab.mouth, lighter(COLOURS["charcoal"], 0.28))


def bowl(canvas: Canvas, product: Product) -> None:
    body = Round(500, ((540, 270), (630, 258), (730, 180), (780, 104), (806, 100)), 0.22)

    def pattern() -> None:
        speckles(canvas, body.outline, darker(product.colour, 0.32), count=190, size=4.5, chance=product.chance)
        canvas.fill(body.band(770, 900), product.accent)

    canvas.throw(body, product.colour, inside=product.accent, pattern=pattern)


def plate(canvas: Canvas, product: Product) -> None:
    canvas.fill(oval(500, 500, 350), darker(product.colour, 0.18))
    canvas.fill(oval(496, 494, 346), product.colour)
    canvas.fill(oval(500, 500, 238), darker(product.colour, 0.12))
    canvas.fill(oval(504, 506, 230), lighter(product.colour, 0.35))
    for i in range(48):
        x, y = cos(pi * i / 24), sin(pi * i / 24)
        canvas.stroke([(498 + 292 * x, 497 + 292 * y), (498 + 316 * x, 497 + 316 * y)], product.accent, 7)
    canvas.stroke([*oval(497, 496, 334), (831, 496)], product.accent, 6)


def jug(canvas: Canvas, product: Product) -> None:
    loop = curve((600, 350), (720, 330), (775, 430), (730, 580), (625, 660))
    canvas.stroke(loop, darker(product.colour, 0.22), 38)
    canvas.stroke([(x - 5, y - 6) for x, y in loop], product.colour, 22)
    profile = ((285, 124), (350, 104), (440, 122), (600, 190), (730, 184), (802, 132))
    body = Round(475, profile, 0.16)
    spout = rounded([(420, 266), (352, 276), (308, 262), (330, 312), (380, 380), (440, 330)], 22)
    canvas.fill(spout, darker(product.accent, 0.12))

    def pattern() -> None:
        for i in range(-8, 9):
            canvas.veil(body.strip(i / 9, i / 9 + 0.035), SHADE, 0.14)
        canvas.fill(body.band(240, 330), product.accent)

    canvas.throw(body, product.colour, inside=product.accent, pattern=pattern)


def glass(canvas: Canvas, product: Product) -> None:
    """Two glasses, one stacked in the other, and a third beside them."""
    for x, bottom in ((400, 806), (400, 660), (650, 806)):
        body = Round(x, ((bottom - 240, 122), (bottom - 60, 104), (bottom, 92)), 0.17)
        canvas.veil(body.outline, product.colour, 0.55)
        base = Round(x, ((bottom - 26, 94), (bottom, 92)), 0.17)
        canvas.veil(base.outline, darker(product.colour, 0.25), 0.5)
        canvas.veil(body.strip(0.55, 1.05), darker(product.colour, 0.3), 0.25)
        canvas.veil(body.strip(-0.82, -0.62), WHITE, 0.65)
        canvas.veil(body.mouth, lighter(product.colour, 0.6), 0.6)
        canvas.stroke([*body.mouth, body.mouth[0]], lighter(product.colour, 0.45), 6)


def cake_stand(canvas: Canvas, product: Product) -> None:
    foot = Round(500, ((600, 44), (700, 30), (770, 60), (806, 140)), 0.16)
    canvas.throw(foot, product.colour)
    dish = Round(500, ((560, 320), (596, 312)), 0.17)
    canvas.throw(dish, product.colour)
    canvas.fill(dish.mouth, lighter(product.colour, 0.4))
    canvas.veil(oval(510, 562, 220, 36), SHADE, 0.16)
    cake = Round(500, ((400, 196), (552, 200)), 0.17)
    crumb = COLOURS["clay"]
    canvas.throw(cake, crumb, pattern=lambda: canvas.fill(cake.band(462, 486), COLOURS["cream"]))
    canvas.fill(cake.mouth, COLOURS["cream"])
    for i in range(9):
        x = 500 + 196 * cos(pi * (i + 0.5) / 9)
        y = 400 + 33 * sin(pi * (i + 0.5) / 9)
        canvas.fill(box(x - 22, y - 16, x + 22, y + 26 + 22 * (i % 3), radius=20), COLOURS["cream"])
    for x, y in ((410, 392), (470, 378), (520, 404), (585, 386)):
        canvas.solid(oval(x, y - 14, 24), product.accent, edge=6)
