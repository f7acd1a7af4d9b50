"""Chairs, stools and benches."""

from config.demo.canvas import Canvas
from config.demo.illustration.pattern import grain, ribs
from config.demo.palette import SHADE, darker, lighter
from config.demo.product import Product
from config.demo.shape import Point, Round, Shape, box, curve, oval, rounded


def leg(
    canvas: Canvas, top: Point, foot: Point, wide: float, narrow: float, product: Product, *, tone: float = 0
) -> None:
    """A tapered leg, its right side in shade."""
    wood = darker(product.wood, tone) if tone else product.wood
    (x, y), (fx, fy) = top, foot
    canvas.fill([(x - wide, y), (x + wide, y), (fx + narrow, fy), (fx - narrow, fy)], wood)
    canvas.fill([(x + wide * 0.3, y), (x + wide, y), (fx + narrow, fy), (fx + narrow * 0.3, fy)], darker(wood, 0.16))


def dining_chair(canvas: Canvas, product: Product) -> None:
    wood = product.wood
    for x, foot in ((392, 372), (608, 628)):
        leg(canvas, (x, 580), (foot, 766), 15, 10, product, tone=0.3)
    rail = curve((300, 262), (400, 226), (500, 216), (600, 226), (700, 262))
    for i in range(7):
        x = 350 + 50 * i
        canvas.stroke([(x - (500 - x) * 0.16, 250), (x + (500 - x) * 0.1, 560)], darker(wood, 0.12), 11)
    canvas.stroke([(308, 258), (342, 570)], wood, 23)
    canvas.stroke([(692, 258), (658, 570)], darker(wood, 0.14), 23)
    canvas.stroke([(x, y + 8) for x, y in rail], darker(wood, 0.2), 50)
    canvas.stroke(rail, wood, 44)
    canvas.stroke([(350, 706), (650, 706)], darker(wood, 0.22), 13)
    for x, foot in ((318, 282), (682, 718)):
        leg(canvas, (x, 590), (foot, 812), 19, 12, product)
    seat = rounded([(330, 536), (670, 536), (728, 600), (716, 628), (284, 628), (272, 600)], 26)
    canvas.fill(seat, darker(wood, 0.24))
    top = rounded([(330, 534), (670, 534), (728, 598), (272, 598)], 24)
    canvas.fill(top, lighter(wood, 0.12))
    grain(canvas, top, every=11, chance=product.chance)
    canvas.veil(oval(500, 570, 150, 20), SHADE, 0.06)


def lounge_chair(canvas: Canvas, product: Product) -> None:
    wood = product.wood
    for x, foot in ((330, 300), (670, 700)):
        leg(canvas, (x, 640), (foot, 770), 16, 11, product, tone=0.3)
    back = rounded([(292, 250), (708, 250), (736, 620), (264, 620)], 74)
    canvas.solid(back, product.colour, edge=18)
    for x in (394, 500, 606):
        canvas.stroke([(500 + (x - 500) * 0.94, 274), (x, 560)], darker(product.colour, 0.16), 6)
    for x, y in ((397, 380), (500, 380), (603, 380), (395, 470), (500, 470), (605, 470)):
        canvas.fill(oval(x, y, 10), darker(product.colour, 0.32))
    cushion = box(240, 532, 760, 676, radius=52)
    canvas.solid(cushion, lighter(product.colour, 0.1), edge=18)
    canvas.stroke([(292, 650), (708, 650)], darker(product.colour, 0.14), 5)
    for side in (-1, 1):
        x = 500 + side * 286
        leg(canvas, (x, 470), (x + side * 16, 812), 17, 12, product, tone=0.08 if side > 0 else 0)
        arm: Shape = box(x - 46, 440, x + 46, 478, radius=18)
        canvas.solid(arm, wood, edge=8)
    canvas.solid(box(210, 676, 790, 706, radius=10), wood, edge=8)


def stool(canvas: Canvas, product: Product) -> None:
    leg(canvas, (505, 440), (520, 768), 17, 12, product, tone=0.3)
    canvas.stroke([(350, 660), (516, 622), (650, 660)], darker(product.wood, 0.2), 16)
    for top, foot in ((400, 316), (600, 684)):
        leg(canvas, (top, 440), (foot, 812), 22, 13, product)
    seat = Round(500, ((400, 214), (446, 206)), 0.2)
    canvas.throw(seat, product.wood)
    canvas.fill(seat.mouth, lighter(product.wood, 0.18))
    grain(canvas, seat.mouth, every=9, chance=product.chance)
    canvas.veil(oval(506, 404, 150, 26), SHADE, 0.07)


def bench(canvas: Canvas, product: Product) -> None:
    wood = product.wood
    for x in (250, 700):
        canvas.fill([(x, 560), (x + 74, 560), (x + 74, 780), (x, 780)], darker(wood, 0.34))
    canvas.fill(box(270, 690, 760, 712), darker(wood, 0.26))
    for x in (196, 726):
        canvas.solid(box(x, 590, x + 78, 812, radius=4), wood, edge=9)
    canvas.fill(rounded([(150, 590), (850, 590), (846, 628), (154, 628)], 8), darker(wood, 0.22))
    for i in range(4):
        top, inset = 512 + 20 * i, 54 - 16 * i
        slat: Shape = [
            (150 + inset, top),
            (850 - inset, top),
            (850 - inset + 12, top + 15),
            (150 + inset - 12, top + 15),
        ]
        canvas.fill(slat, lighter(wood, 0.14))
        grain(canvas, slat, every=8, chance=product.chance)
    pad = rounded([(470, 486), (726, 486), (766, 560), (486, 560)], 24)
    canvas.solid(box(476, 520, 772, 586, radius=30), darker(product.colour, 0.08), edge=12)
    canvas.fill(pad, lighter(product.colour, 0.1))
    ribs(canvas, pad, every=22, opacity=0.1)


def deckchair(canvas: Canvas, product: Product) -> None:
    wood = product.wood
    canvas.stroke([(330, 800), (690, 560)], darker(wood, 0.3), 20)
    canvas.stroke([(300, 260), (640, 776)], darker(wood, 0.3), 20)
    sling_left = curve((246, 236), (330, 430), (430, 590), (560, 640), (680, 560))
    sling_right = curve((476, 210), (540, 400), (620, 540), (730, 600), (836, 530))
    sling = sling_left + sling_right[::-1]
    canvas.fill(sling, product.accent)
    with canvas.within(sling):
        for start, end in ((0.0, 0.16), (0.3, 0.42), (0.58, 0.7), (0.84, 1.0)):
            edges = [_between(sling_left, sling_right, share) for share in (start, end)]
            canvas.fill(edges[0] + edges[1][::-1], product.colour)
        lap = _between(sling_left, sling_right, 0)[28:] + _between(sling_left, sling_right, 1)[28:][::-1]
        canvas.veil(lap, SHADE, 0.1)
    canvas.stroke([(240, 236), (482, 208)], wood, 24)
    canvas.stroke([(676, 562), (842, 530)], wood, 22)
    canvas.stroke([(476, 210), (800, 776)], wood, 22)
    canvas.stroke([(500, 806), (842, 530)], wood, 22)
    canvas.solid(oval(660, 532 + 122, 13), darker(wood, 0.4), edge=3)


def _between(first: Shape, second: Shape, share: float) -> Shape:
    return [(a + (c - a) * share, b + (d - b) * share) for (a, b), (c, d) in zip(first, second, strict=True)]
