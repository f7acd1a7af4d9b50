"""Stationery and wrapping."""

from config.demo.canvas import Canvas
from config.demo.illustration.pattern import ribs
from config.demo.palette import COLOURS, SHADE, WHITE, darker, lighter
from config.demo.product import Product
from config.demo.shape import Shape, blob, box, curve, oval, rounded, turned


def notebook(canvas: Canvas, product: Product) -> None:
    tilt = 9
    ribbon = [(430, 820), (464, 820), (464, 910), (447, 892), (430, 910)]
    canvas.fill(turned(ribbon, tilt), product.accent)
    canvas.fill(turned(box(276, 176, 742, 842, radius=16), tilt), COLOURS["chalk"])
    cover = turned(box(266, 166, 732, 828, radius=20), tilt)
    canvas.solid(cover, product.colour, edge=9)
    for degrees in (tilt, 90 + tilt):
        ribs(canvas, cover, every=12, degrees=degrees, opacity=0.04)
    with canvas.within(cover):
        canvas.veil(turned(box(266, 100, 312, 900), tilt), SHADE, 0.16)
        canvas.fill(turned(box(646, 100, 672, 900), tilt), product.accent)
    label = turned(box(376, 290, 588, 420, radius=8), tilt)
    canvas.fill(label, COLOURS["cream"])
    for y in (334, 374):
        canvas.stroke(turned([(402, y), (562, y)], tilt), COLOURS["oat"], 4)


def pen(canvas: Canvas, product: Product) -> None:
    tilt = 38
    parts: list[tuple[Shape, str]] = [
        (rounded([(476, 736), (524, 736), (508, 846), (492, 846)], 8), "accent"),
        (box(468, 190, 532, 740, radius=12), "colour"),
        (box(464, 430, 536, 452, radius=5), "accent"),
        (box(484, 130, 516, 196, radius=10), "accent"),
    ]
    for part, tone in parts:
        canvas.solid(turned(part, tilt), product.colour if tone == "colour" else product.accent, edge=8)
    for i in range(9):
        canvas.fill(turned(box(468, 560 + 18 * i, 532, 567 + 18 * i), tilt), darker(product.colour, 0.28))
    canvas.veil(turned(box(480, 206, 490, 726, radius=4), tilt), WHITE, 0.5)
    canvas.solid(turned(box(524, 206, 544, 400, radius=9), tilt), product.accent, edge=5)
    canvas.fill(turned(oval(500, 850, 6, 9), tilt), COLOURS["charcoal"])
    note = curve((620, 700), (660, 640), (690, 760), (730, 680), (760, 740), (800, 700), (850, 720))
    canvas.stroke(note, COLOURS["ink"], 6)


def pencils(canvas: Canvas, product: Product) -> None:
    tones = ("tomato", "mustard", "sage", "sky", "indigo", "plum")
    for i, tone in enumerate(tones):
        x = 262 + 95 * i
        top = 170 + 26 * ((i * 2) % 5)
        colour = COLOURS[tone]
        bottom = top + 590
        canvas.fill([(x - 31, top + 96), (x, top), (x + 31, top + 96)], COLOURS["birch"])
        canvas.fill([(x + 9, top + 96), (x, top), (x + 31, top + 96)], darker(COLOURS["birch"], 0.14))
        canvas.fill([(x - 11, top + 32), (x, top - 2), (x + 11, top + 32)], COLOURS["charcoal"])
        for left, right, shade in ((-31, -11, 0.0), (-11, 11, 0.1), (11, 31, 0.24)):
            canvas.fill(box(x + left, top + 92, x + right, bottom), darker(lighter(colour, 0.14), shade))
        for scallop in (-21, 0, 21):
            canvas.fill(oval(x + scallop, top + 94, 11, 13), darker(lighter(colour, 0.14), 0.1 + scallop / 200))
        canvas.fill(box(x - 31, bottom - 46, x + 31, bottom), product.accent)
        canvas.fill(box(x - 31, bottom - 60, x + 31, bottom - 50), COLOURS["brass"])
    band = box(212, 520, 790, 610, radius=6)
    canvas.solid(band, product.colour, edge=6)
    canvas.write("SIX GRAPHITE PENCILS", (501, 563), 31, COLOURS["charcoal"])


def calendar(canvas: Canvas, product: Product) -> None:
    wood = product.wood
    for left, figure in ((272, "2"), (508, "4")):
        canvas.fill([(left + 24, 396), (left + 242, 396), (left + 218, 424), (left, 424)], lighter(product.accent, 0.4))
        canvas.solid(box(left, 424, left + 220, 636, radius=8), product.accent, edge=10)
        canvas.write(figure, (left + 106, 528), 190, product.colour)
    for i, bar in enumerate(("JUNE", "FRIDAY")):
        left = 272 + 236 * i
        face = box(left, 646, left + 220, 712, radius=6)
        canvas.solid(face, product.colour if i == 0 else lighter(wood, 0.25), edge=7)
        canvas.write(bar, (left + 106, 678), 36, COLOURS["chalk"] if i == 0 else COLOURS["charcoal"])
    canvas.solid(rounded([(222, 712), (778, 712), (792, 806), (208, 806)], 14), wood, edge=12)
    for y in (738, 764, 786):
        canvas.stroke([(250 + y % 40, y), (600 + y % 90, y)], darker(wood, 0.12), 4)


def gift_wrapping(canvas: Canvas, product: Product) -> None:
    parcel = box(240, 430, 760, 808, radius=10)
    canvas.solid(parcel, product.colour, edge=14)
    with canvas.within(parcel):
        chance = product.chance
        for row in range(6):
            for column in range(8):
                x, y = 262 + 72 * column + 36 * (row % 2), 520 + 56 * row
                star = turned(_star(x, y, 15), chance.uniform(0, 72), about=(x, y))
                canvas.fill(star, lighter(product.colour, 0.35))
        canvas.fill(box(452, 380, 548, 820), product.accent)
        canvas.veil(box(520, 380, 548, 820), SHADE, 0.14)
    lid = box(222, 386, 778, 496, radius=10)
    canvas.solid(lid, lighter(product.colour, 0.08), edge=12)
    canvas.fill(box(450, 386, 550, 496), lighter(product.accent, 0.06))
    for side in (-1, 1):
        tail = [
            (500, 386),
            (500 + side * 70, 386),
            (500 + side * 150, 470),
            (500 + side * 92, 462),
            (500 + side * 72, 500),
        ]
        canvas.solid([(float(x), float(y)) for x, y in tail], darker(product.accent, 0.1), edge=6)
        loop = blob(
            (500, 380),
            (500 + side * 70, 286),
            (500 + side * 180, 244),
            (500 + side * 226, 310),
            (500 + side * 170, 372),
        )
        canvas.solid(loop, product.accent, edge=10)
        hollow = blob((500 + side * 60, 352), (500 + side * 120, 292), (500 + side * 182, 286), (500 + side * 150, 344))
        canvas.fill(hollow, darker(product.accent, 0.35))
    canvas.solid(box(462, 338, 538, 408, radius=24), lighter(product.accent, 0.1), edge=9)


def _star(x: float, y: float, radius: float) -> Shape:
    points: Shape = []
    for i in range(10):
        points += turned([(x, y - radius * (0.42 if i % 2 else 1))], 36 * i, about=(x, y))
    return points
