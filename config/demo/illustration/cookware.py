"""Pots, pans and boards."""

from config.demo.canvas import Canvas
from config.demo.illustration.pattern import grain
from config.demo.palette import COLOURS, SHADE, WHITE, darker, lighter
from config.demo.product import Product
from config.demo.shape import Round, box, curve, oval, rounded, turned


def casserole(canvas: Canvas, product: Product) -> None:
    for x in (212, 788):
        canvas.stroke(oval(x, 600, 46, 26), darker(product.colour, 0.25), 26)
    body = Round(500, ((560, 286), (720, 284), (780, 262), (802, 236)), 0.12)
    canvas.throw(body, product.colour)
    lid = Round(500, ((440, 60), (470, 190), (520, 272), (556, 298)), 0.12)
    canvas.throw(lid, lighter(product.colour, 0.08))
    with canvas.within(body.outline):
        canvas.veil(body.band(556, 574), SHADE, 0.25)
    knob = Round(500, ((378, 50), (400, 52), (424, 30), (440, 34)), 0.2)
    canvas.throw(knob, product.accent)
    canvas.fill(knob.mouth, lighter(product.accent, 0.4))


def frying_pan(canvas: Canvas, product: Product) -> None:
    shaft = turned(
        rounded([(470, 560), (530, 560), (520, 800), (536, 1010), (464, 1010), (480, 800)], 24), -45, about=(440, 440)
    )
    canvas.solid(shaft, product.accent, edge=10)
    canvas.fill(turned(oval(500, 968, 14, 22), -45, about=(440, 440)), darker(product.accent, 0.5))
    for y in (700, 722):
        canvas.fill(turned(oval(500, y, 9), -45, about=(440, 440)), darker(product.accent, 0.45))
    x, y = 420, 420
    canvas.fill(oval(x, y, 290), darker(product.colour, 0.4))
    canvas.fill(oval(x - 4, y - 5, 284), lighter(product.colour, 0.14))
    canvas.fill(oval(x, y, 262), darker(product.colour, 0.35))
    canvas.fill(oval(x + 5, y + 7, 250), product.colour)
    canvas.veil(oval(x - 80, y - 90, 110, 70), WHITE, 0.08)


def kettle(canvas: Canvas, product: Product) -> None:
    arch = curve((330, 500), (330, 330), (420, 230), (540, 230), (630, 330), (630, 500))
    canvas.stroke(arch, darker(COLOURS["steel"], 0.25), 18)
    canvas.stroke(arch[28:44], product.accent, 44)
    spout = rounded([(640, 700), (690, 560), (780, 468), (840, 478), (820, 520), (742, 640), (700, 740)], 22)
    canvas.solid(spout, darker(product.colour, 0.1), edge=12)
    body = Round(480, ((480, 96), (530, 190), (640, 258), (750, 252), (802, 204)), 0.13)
    canvas.throw(body, product.colour)
    lid = Round(480, ((462, 60), (484, 112), (498, 118)), 0.13)
    canvas.throw(lid, lighter(product.colour, 0.12))
    knob = Round(480, ((412, 28), (436, 32), (462, 18)), 0.2)
    canvas.throw(knob, product.accent)


def chopping_board(canvas: Canvas, product: Product) -> None:
    tilt = -14
    board = turned(
        rounded([(310, 330), (430, 330), (450, 140), (550, 140), (570, 330), (690, 330), (690, 880), (310, 880)], 48),
        tilt,
    )
    canvas.solid(board, product.colour, edge=12)
    grain(canvas, board, every=15, chance=product.chance, degrees=90 + tilt)
    canvas.fill(turned(oval(500, 198, 24), tilt), darker(product.colour, 0.5))
    groove = turned(box(350, 385, 650, 838, radius=30), tilt)
    canvas.stroke([*groove, groove[0]], darker(product.colour, 0.18), 10)


def coffee_maker(canvas: Canvas, product: Product) -> None:
    dark = COLOURS["charcoal"]
    canvas.stroke([(590, 330), (716, 352), (742, 400), (690, 560)], dark, 36)
    base = [(368, 808), (398, 610), (590, 610), (620, 808)]
    top = [(388, 560), (352, 292), (636, 292), (600, 560)]
    spout = [(372, 400), (350, 300), (306, 284), (346, 380), (384, 470)]
    canvas.fill(spout, darker(product.colour, 0.12))
    for part in (base, top):
        (bl, low), (tl, high), (tr, _), (br, _) = part
        for i, tone in enumerate((0.02, -0.25, 0.08, 0.24)):
            left, right = i / 4, (i + 1) / 4
            facet = [(bl + (br - bl) * left, low), (tl + (tr - tl) * left, high)]
            facet += [(tl + (tr - tl) * right, high), (bl + (br - bl) * right, low)]
            canvas.fill(facet, lighter(product.colour, -tone) if tone < 0 else darker(product.colour, tone))
    canvas.fill(box(382, 556, 608, 614, radius=10), darker(product.colour, 0.32))
    canvas.fill(box(382, 556, 560, 576, radius=8), darker(product.colour, 0.12))
    lid = rounded([(344, 296), (420, 246), (566, 246), (644, 296)], 12)
    canvas.solid(lid, lighter(product.colour, 0.2), edge=10)
    canvas.solid(box(462, 196, 522, 250, radius=16), dark, edge=8)
    canvas.fill(oval(430, 716, 15), darker(product.colour, 0.4))
    canvas.fill(oval(428, 714, 8), COLOURS["brass"])
