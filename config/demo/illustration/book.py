"""Books: a cover with its title and a vignette, pages below."""

from collections.abc import Callable
from itertools import pairwise
from math import pi, sin

from config.demo.canvas import Canvas
from config.demo.palette import COLOURS, SHADE, WHITE, darker, lighter
from config.demo.product import Product
from config.demo.shape import blob, box, curve, leaf, oval, rounded, turned

LEFT, TOP, RIGHT, BOTTOM = 250, 150, 742, 836


def book(canvas: Canvas, product: Product) -> None:
    canvas.fill(box(LEFT + 6, TOP + 16, RIGHT + 22, BOTTOM + 22, radius=8), darker(product.colour, 0.35))
    canvas.fill(box(LEFT + 10, TOP + 14, RIGHT + 14, BOTTOM + 14, radius=4), COLOURS["chalk"])
    for i in range(3):
        canvas.stroke([(LEFT + 10, BOTTOM + 3 + 4 * i), (RIGHT + 12, BOTTOM + 3 + 4 * i)], COLOURS["oat"], 1.4)
    cover = box(LEFT, TOP, RIGHT, BOTTOM, radius=8)
    canvas.fill(cover, product.colour)
    with canvas.within(cover):
        VIGNETTES[product.tags["subject"]](canvas, product)
        canvas.veil(box(LEFT, TOP, LEFT + 34, BOTTOM), SHADE, 0.16)
        canvas.veil(box(LEFT + 38, TOP, LEFT + 44, BOTTOM), WHITE, 0.16)
    _title(canvas, product)


def _title(canvas: Canvas, product: Product) -> None:
    lines: list[str] = []
    for word in product.title.upper().split():
        if lines and len(lines[-1]) + len(word) < 12:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    for i, line in enumerate(lines):
        canvas.write(line, (512, 216 + 58 * i), 50, product.accent)
    canvas.stroke([(474, 216 + 58 * len(lines)), (550, 216 + 58 * len(lines))], product.accent, 4)


def loaf(canvas: Canvas, product: Product) -> None:
    canvas.fill(box(LEFT, 690, RIGHT, BOTTOM), darker(product.colour, 0.14))
    crust = blob((300, 690), (330, 560), (500, 506), (672, 560), (700, 690), (500, 730))
    canvas.solid(crust, COLOURS["ochre"], edge=20)
    for x in (400, 490, 580):
        canvas.fill(leaf((x - 24, 640), (x + 36, 552), 34), COLOURS["cream"])
    for side in (-1, 1):
        for i in range(4):
            x, y = 500 + side * 34 * i, 782
            canvas.fill(leaf((x, y), (x + side * 40, y - 22), 17), product.accent)
            canvas.fill(leaf((x, y), (x + side * 40, y + 22), 17), product.accent)


def lighthouse(canvas: Canvas, product: Product) -> None:
    canvas.fill([(512, 505), (742, 440), (742, 560)], lighter(product.colour, 0.25))
    canvas.fill([(512, 505), (250, 440), (250, 560)], lighter(product.colour, 0.25))
    tower = [(474.0, 540.0), (550.0, 540.0), (580.0, 770.0), (444.0, 770.0)]
    canvas.fill(tower, COLOURS["chalk"])
    with canvas.within(tower):
        for y in (590, 680):
            canvas.fill(box(400, y, 640, y + 42), COLOURS["tomato"])
        canvas.veil([(520, 540), (600, 540), (600, 770), (530, 770)], SHADE, 0.16)
    canvas.fill(box(462, 528, 562, 544, radius=4), COLOURS["charcoal"])
    canvas.fill(box(486, 482, 538, 530), COLOURS["butter"])
    canvas.fill([(476, 484), (512, 446), (548, 484)], COLOURS["tomato"])
    for i, y in enumerate((750, 780, 812)):
        wave = [(x, y + 9 * sin((x + 40 * i) / 26)) for x in range(LEFT, RIGHT + 6, 6)]
        canvas.fill([*wave, (RIGHT, 900), (LEFT, 900)], lighter(COLOURS["teal"], 0.3 - 0.15 * i))


def rooms(canvas: Canvas, product: Product) -> None:
    """A house of four windows, each a room."""
    canvas.fill([(312, 560), (512, 440), (712, 560)], darker(product.colour, 0.25))
    canvas.fill(box(332, 560, 692, 836), lighter(product.colour, 0.4))
    tones = ("mustard", "teal", "coral", "sage")
    for i, tone in enumerate(tones):
        x, y = 362 + 166 * (i % 2), 586 + 124 * (i // 2)
        canvas.fill(box(x, y, x + 134, y + 100, radius=5), COLOURS[tone])
        canvas.fill(box(x, y + 78, x + 134, y + 100, radius=3), darker(COLOURS[tone], 0.25))
    canvas.stroke([(430, 586), (430, 618)], COLOURS["charcoal"], 4)
    canvas.fill([(404, 640), (416, 614), (444, 614), (456, 640)], COLOURS["cream"])
    canvas.fill(box(548, 640, 640, 668, radius=10), COLOURS["cream"])
    canvas.fill(box(384, 742, 470, 790, radius=12), COLOURS["plum"])
    canvas.fill(box(580, 764, 612, 790), COLOURS["terracotta"])
    for tip in ((566, 726), (596, 716), (626, 726)):
        canvas.fill(leaf((596, 766), tip, 18), COLOURS["pine"])


def knot(canvas: Canvas, product: Product) -> None:
    """A figure eight; the later strand lies over the earlier one."""
    path = [(512 + 150 * sin(2 * pi * i / 120), 630 + 110 * sin(4 * pi * i / 120)) for i in range(121)]
    ends = ([(250, 790), (330, 800), *path[78:82]], [(742, 480), (690, 470), *path[18:22]])
    for strand in (curve(*ends[0][:2], path[82]), curve(*ends[1][:2], path[22]), path[:62], path[58:]):
        canvas.stroke(strand, darker(product.colour, 0.4), 50)
        canvas.stroke(strand, product.accent, 38)
        for (x, y), (nx, ny) in list(pairwise(strand))[::2]:
            heading = (nx - x, ny - y)
            length = max(1.0, (heading[0] ** 2 + heading[1] ** 2) ** 0.5)
            dx, dy = heading[0] / length * 9, heading[1] / length * 9
            canvas.stroke([(x - dx - dy, y - dy + dx), (x + dx + dy, y + dy - dx)], darker(product.accent, 0.22), 3)


def moon(canvas: Canvas, product: Product) -> None:
    chance = product.chance
    for _ in range(46):
        canvas.fill(
            oval(chance.uniform(LEFT + 50, RIGHT), chance.uniform(TOP + 270, 720), chance.uniform(2, 5)),
            COLOURS["cream"],
        )
    canvas.fill(oval(512, 640, 262, 90), lighter(product.colour, 0.25))
    canvas.fill(oval(512, 632, 250, 80), COLOURS["chalk"])
    canvas.fill(oval(512, 632, 176, 52), COLOURS["sky"])
    canvas.fill(oval(512, 596, 108), COLOURS["butter"])
    with canvas.within(oval(512, 596, 108)):
        canvas.fill(oval(478, 570, 108), lighter(COLOURS["butter"], 0.35))
        for x, y, r in ((470, 560, 18), (540, 620, 24), (550, 548, 11), (490, 640, 13)):
            canvas.fill(oval(x, y, r), darker(COLOURS["butter"], 0.1))
    spoon = turned([*oval(560, 780, 34, 22), (560, 780)], -8)
    canvas.fill(turned(rounded([(330, 774), (540, 774), (540, 788), (330, 788)], 6), -8), COLOURS["steel"])
    canvas.fill(spoon, COLOURS["steel"])


VIGNETTES: dict[str, Callable[[Canvas, Product], None]] = {
    "baking": loaf,
    "fiction": lighthouse,
    "interiors": rooms,
    "seamanship": knot,
    "picture-book": moon,
}
