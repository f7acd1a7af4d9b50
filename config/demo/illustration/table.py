"""Tables, desks and trolleys."""

from config.demo.canvas import Canvas
from config.demo.illustration.pattern import grain
from config.demo.illustration.seat import leg
from config.demo.palette import COLOURS, SHADE, darker, lighter
from config.demo.product import Product
from config.demo.shape import Round, box, oval, rounded


def side_table(canvas: Canvas, product: Product) -> None:
    leg(canvas, (500, 450), (505, 770), 14, 11, product, tone=0.3)
    for top, foot in ((360, 300), (640, 700)):
        leg(canvas, (top, 450), (foot, 812), 17, 12, product)
    tray = Round(500, ((396, 270), (452, 258)), 0.17)
    canvas.throw(tray, product.colour)
    canvas.open(tray, product.colour, lighter(product.colour, 0.3))
    saucer = Round(440, ((352, 48), (408, 40)), 0.18)
    canvas.throw(saucer, product.accent, inside=COLOURS["walnut"])
    canvas.stroke(oval(494, 378, 16), product.accent, 10)


def desk(canvas: Canvas, product: Product) -> None:
    for x in (230, 690):
        for lean, tone in ((70, 0.3), (-70, 0.0)):
            leg(canvas, (x + 40, 500), (x + 40 + lean, 780 if lean > 0 else 812), 15, 11, product, tone=tone)
        canvas.stroke([(x, 690), (x + 86, 690)], darker(product.wood, 0.18), 16)
        canvas.solid(box(x - 20, 492, x + 100, 520, radius=6), product.wood, edge=7)
    canvas.fill(rounded([(190, 424), (810, 424), (868, 492), (132, 492)], 8), lighter(product.colour, 0.1))
    canvas.fill(box(132, 488, 868, 512, radius=5), product.wood)
    canvas.fill(box(132, 503, 868, 512, radius=4), darker(product.wood, 0.2))
    for i, (left, cover) in enumerate(((250, "rust"), (258, "ink"), (246, "mustard"))):
        canvas.solid(box(left, 418 - 24 * i, left + 150, 442 - 24 * i, radius=5), COLOURS[cover], edge=5)
    cup = Round(660, ((372, 36), (452, 34)), 0.18)
    for x, tip in ((642, 280), (662, 262), (680, 296)):
        canvas.stroke([(660 + (x - 660) * 0.5, 400), (x, tip)], COLOURS["butter"], 8)
    canvas.throw(cup, product.accent)


def dining_table(canvas: Canvas, product: Product) -> None:
    for top, foot in ((356, 330), (644, 670)):
        leg(canvas, (top, 500), (foot, 770), 24, 15, product, tone=0.32)
    for top, foot in ((290, 232), (710, 768)):
        leg(canvas, (top, 500), (foot, 812), 30, 17, product)
    top_board = Round(500, ((450, 390), (478, 386)), 0.2)
    canvas.throw(top_board, product.wood)
    canvas.fill(top_board.mouth, lighter(product.wood, 0.16))
    grain(canvas, top_board.mouth, every=10, chance=product.chance)
    canvas.veil(oval(520, 458, 110, 20), SHADE, 0.14)
    vase = Round(500, ((300, 40), (330, 30), (390, 76), (452, 44)), 0.16)
    for x, y in ((430, 170), (490, 130), (560, 180)):
        canvas.stroke([(500, 310), (x, y)], COLOURS["moss"], 7)
        for i in range(5):
            canvas.fill(oval(x + (i - 2) * 14, y + (-1) ** i * 14, 18), lighter(product.colour, 0.12 * (i % 3)))
    canvas.throw(vase, product.accent, inside=product.accent)


def trolley(canvas: Canvas, product: Product) -> None:
    frame = darker(product.colour, 0.12)
    for x in (296, 704):
        canvas.stroke(
            [(x + (30 if x < 500 else -30), 300), (x + (30 if x < 500 else -30), 730)], darker(frame, 0.3), 14
        )
    for x in (270, 730):
        canvas.solid(oval(x, 786, 27), COLOURS["charcoal"], edge=7)
        canvas.stroke([(x, 250), (x, 762)], frame, 18)
    canvas.stroke([(270, 250), (204, 250)], frame, 18)
    canvas.stroke([(222, 250), (192, 250)], product.wood, 26)
    for y in (372, 668):
        canvas.fill(rounded([(300, y - 46), (700, y - 46), (740, y), (260, y)], 6), lighter(product.colour, 0.26))
        if y == 372:
            _drinks(canvas, product)
        canvas.solid(box(256, y - 8, 744, y + 34, radius=8), product.colour, edge=8)
    for i, tone in enumerate(("cream", "terracotta", "sage")):
        canvas.solid(box(380, 612 - 30 * i, 600 - 14 * i, 642 - 30 * i, radius=12), COLOURS[tone], edge=7)


def _drinks(canvas: Canvas, product: Product) -> None:
    bottle = Round(390, ((178, 16), (236, 18), (262, 44), (350, 44)), 0.14)
    canvas.throw(bottle, COLOURS["bottle-green"], pattern=lambda: canvas.fill(bottle.band(284, 326), COLOURS["cream"]))
    carafe = Round(500, ((214, 32), (262, 26), (310, 56), (350, 52)), 0.14)
    canvas.throw(carafe, COLOURS["amber"])
    for x in (590, 650):
        canvas.throw(Round(x, ((290, 26), (350, 21)), 0.16), product.accent, inside=product.accent)


def bedside_table(canvas: Canvas, product: Product) -> None:
    wood = product.wood
    for x, foot in ((300, 284), (700, 716)):
        leg(canvas, (x, 680), (foot, 812), 20, 13, product)
    case = box(262, 440, 738, 706, radius=12)
    canvas.solid(case, wood, edge=12)
    canvas.fill(box(286, 586, 706, 684, radius=4), darker(wood, 0.5))
    canvas.solid(box(330, 650, 560, 684, radius=4), COLOURS["ink"], edge=6)
    canvas.solid(box(344, 622, 540, 650, radius=4), product.accent, edge=6)
    drawer = box(286, 464, 706, 572, radius=6)
    canvas.fill(drawer, lighter(wood, 0.1))
    grain(canvas, drawer, every=13, chance=product.chance)
    canvas.solid(oval(496, 518, 21), product.colour, edge=6)
    canvas.fill(rounded([(290, 412), (710, 412), (752, 444), (248, 444)], 8), lighter(wood, 0.22))
    clock = oval(610, 352, 72)
    canvas.solid(box(566, 404, 654, 428, radius=6), product.colour, edge=6)
    canvas.solid(clock, product.colour, edge=10)
    canvas.fill(oval(606, 348, 52), COLOURS["chalk"])
    canvas.stroke([(606, 318), (606, 348), (630, 360)], COLOURS["charcoal"], 7)
