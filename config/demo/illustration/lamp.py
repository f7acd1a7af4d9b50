"""Lamps and their light."""

from config.demo.canvas import Canvas
from config.demo.palette import COLOURS, WHITE, Colour, darker, lighter
from config.demo.product import Product
from config.demo.shape import Round, Shape, box, curve, oval, rounded, turned

GLOW: Colour = (255, 240, 196)


def desk_lamp(canvas: Canvas, product: Product) -> None:
    base = Round(360, ((784, 142), (806, 144)), 0.2)
    canvas.throw(base, product.colour)
    canvas.fill(base.mouth, lighter(product.colour, 0.22))
    for start, end in (((360, 776), (320, 500)), ((320, 500), (560, 300))):
        canvas.stroke([start, end], darker(COLOURS["steel"], 0.2), 20)
        canvas.stroke([(start[0] - 3, start[1]), (end[0] - 3, end[1])], COLOURS["steel"], 9)
    for joint in ((320, 500), (360, 772), (560, 300)):
        canvas.solid(oval(*joint, 27), product.accent, edge=6)
    turn, about = -32, (600, 330)
    beam: Shape = turned([(470, 440), (730, 440), (790, 680), (410, 680)], turn, about=about)
    canvas.veil(beam, GLOW, 0.42)
    shade = turned(
        rounded([(560, 270), (640, 270), (672, 310), (748, 440), (452, 440), (528, 310)], 20), turn, about=about
    )
    canvas.solid(shade, product.colour, edge=20)
    canvas.fill(turned(oval(600, 440, 148, 36), turn, about=about), lighter(product.colour, 0.35))
    canvas.fill(turned(oval(600, 444, 132, 28), turn, about=about), GLOW)
    canvas.fill(turned(oval(600, 450, 50, 26), turn, about=about), WHITE)


def floor_lamp(canvas: Canvas, product: Product) -> None:
    for foot, hip in ((390, 470), (610, 530), (505, 500)):
        canvas.stroke([(hip, 560), (foot, 808 if foot != 505 else 778)], product.accent, 17)
    body = Round(500, ((178, 64), (214, 132), (300, 196), (390, 212), (480, 196), (566, 132), (602, 64)), 0.1)
    canvas.throw(body, product.colour)
    with canvas.within(body.outline):
        canvas.veil(body.outline, GLOW, 0.4)
        for y in range(176, 600, 35):
            canvas.veil(body.band(y, y + 5), darker(product.colour, 0.4), 0.4)


def table_lamp(canvas: Canvas, product: Product) -> None:
    stem = Round(500, ((470, 44), (620, 50), (740, 84), (804, 140)), 0.14)
    canvas.throw(stem, product.colour)
    canvas.veil(Round(500, ((480, 170), (560, 60)), 0.12).outline, GLOW, 0.45)
    cap = Round(500, ((232, 60), (262, 170), (340, 256), (430, 292), (486, 280)), 0.12)
    canvas.throw(cap, lighter(product.colour, 0.12))
    with canvas.within(cap.outline):
        canvas.veil(cap.band(448, 560), GLOW, 0.4)
    canvas.fill(oval(500, 490, 272, 30), darker(product.colour, 0.12))
    canvas.fill(oval(500, 494, 240, 23), GLOW)
    canvas.fill(box(484, 488, 516, 520, radius=6), product.accent)
    canvas.stroke([(540, 640), (540, 690)], product.accent, 4)
    canvas.fill(oval(540, 700, 9), product.accent)


def lantern(canvas: Canvas, product: Product) -> None:
    wire = darker(COLOURS["steel"], 0.35)
    canvas.stroke(curve((340, 420), (330, 260), (500, 150), (670, 260), (660, 420)), wire, 11)
    for x in (352, 648):
        canvas.stroke([(x, 330), (x - 6 if x < 500 else x + 6, 700)], product.colour, 24)
    canvas.throw(Round(500, ((664, 92), (700, 172), (780, 180), (806, 168)), 0.14), product.colour)
    globe = Round(500, ((400, 84), (470, 124), (560, 128), (664, 88)), 0.14)
    canvas.veil(globe.outline, COLOURS["clear"], 0.75)
    canvas.veil(oval(500, 580, 92, 100), GLOW, 0.8)
    flame = curve((500, 490), (532, 570), (522, 632), (500, 646), (478, 632), (468, 570), (500, 490))
    canvas.fill(flame, COLOURS["amber"])
    canvas.fill([(500 + (x - 500) * 0.55, 636 + (y - 636) * 0.55) for x, y in flame], lighter(COLOURS["butter"], 0.4))
    canvas.fill(box(476, 640, 524, 672, radius=5), product.accent)
    canvas.veil(globe.strip(-0.84, -0.66), WHITE, 0.7)
    canvas.throw(Round(500, ((296, 44), (330, 92), (366, 150), (394, 156)), 0.14), product.colour)
    canvas.throw(Round(500, ((252, 30), (296, 34)), 0.16), product.accent)
    canvas.solid(oval(628, 746, 22), product.accent, edge=5)


def pendant_lamp(canvas: Canvas, product: Product) -> None:
    canvas.stroke([(500, -20), (500, 330)], COLOURS["charcoal"], 9)
    canvas.veil([(230, 616), (770, 616), (960, 1010), (40, 1010)], GLOW, 0.4)
    canvas.throw(Round(500, ((296, 30), (372, 40)), 0.16), product.accent)
    dome = Round(500, ((362, 66), (392, 164), (470, 248), (560, 286), (612, 292)), 0.1)
    canvas.throw(dome, product.colour)
    canvas.fill(oval(500, 614, 292, 36), darker(product.colour, 0.14))
    canvas.fill(oval(500, 617, 274, 29), GLOW)
    with canvas.within([*oval(500, 617, 274, 29), (774, 900), (226, 900)]):
        canvas.fill(oval(500, 632, 58), WHITE)
