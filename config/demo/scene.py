"""Where the goods stand, lie or hang: backdrop, light on the wall, and the shadow they cast."""

from enum import Enum
from functools import partial
from random import Random

from PIL import Image, ImageChops, ImageFilter

from config.demo.canvas import OVERSAMPLE, SHEET_PX, SIDE_PX, Canvas
from config.demo.palette import SHADE, Colour, darker, distance, lighter
from config.demo.shape import Shape, box, oval, rounded

COLOURS_PER_PICTURE = 128
HORIZON = 690
BACKDROPS: tuple[Colour, ...] = (
    (244, 231, 220),
    (222, 231, 235),
    (227, 233, 216),
    (247, 230, 198),
    (231, 225, 238),
    (245, 221, 215),
    (231, 228, 221),
    (212, 230, 226),
)
FULL: Shape = box(0, 0, 1000, 1000)


class Pose(Enum):
    STANDING = "standing"
    LYING = "lying"
    HANGING = "hanging"


def photograph(goods: Canvas, *, pose: Pose, colour: Colour, chance: Random) -> Image.Image:
    """Set the goods before a backdrop that suits their colour, and reduce the sheet to a picture."""
    stage = backdrop(pose=pose, colour=colour, chance=chance)
    stage.paste(SHADE, mask=shadow(goods.sheet, pose=pose))
    stage.alpha_composite(goods.sheet)
    picture = stage.convert("RGB").resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    return picture.quantize(COLOURS_PER_PICTURE, kmeans=1, dither=Image.Dither.NONE)


def backdrop(*, pose: Pose, colour: Colour, chance: Random) -> Image.Image:
    wall = chance.choice([tone for tone in BACKDROPS if distance(tone, colour) > 150] or BACKDROPS)
    canvas = Canvas()
    canvas.fill(FULL, wall)
    light = lighter(wall, 0.38)
    x = chance.uniform(440, 560)
    motif = chance.choice((partial(_sun, x=x), partial(_arch, x=x), _panes, partial(_sun, x=x + 90)))
    if pose is Pose.LYING:
        canvas.fill(oval(500, 500, 430 + chance.uniform(-20, 20)), light)
        return canvas.sheet
    motif(canvas, light)
    if pose is Pose.STANDING:
        canvas.fill(box(0, HORIZON, 1000, 1000), darker(wall, 0.09))
    return canvas.sheet


def shadow(sheet: Image.Image, *, pose: Pose) -> Image.Image:
    """The mask of a soft shadow; it is worked out at the size of the picture, which blurs faster."""
    mask = sheet.getchannel("A").reduce(OVERSAMPLE)
    if pose is Pose.STANDING:
        soft = ImageChops.lighter(_cast(mask), _contact(mask))
    elif pose is Pose.LYING:
        soft = _faded(ImageChops.offset(mask, 16, 26).filter(ImageFilter.GaussianBlur(20)), 0.3)
    else:
        soft = _faded(ImageChops.offset(mask, 60, 46).filter(ImageFilter.GaussianBlur(30)), 0.14)
    return soft.resize((SHEET_PX, SHEET_PX), Image.Resampling.BICUBIC)


def _cast(mask: Image.Image) -> Image.Image:
    """The silhouette, laid back over the floor to the right."""
    base = _base(mask)
    squash, lean = 5.2, 2.6
    laid = mask.transform(
        mask.size,
        Image.Transform.AFFINE,
        (1, lean, -lean * base, 0, squash, base * (1 - squash)),
        Image.Resampling.BILINEAR,
    )
    return _faded(laid.filter(ImageFilter.GaussianBlur(13)), 0.2)


def _contact(mask: Image.Image) -> Image.Image:
    base = _base(mask)
    foot = mask.crop((0, base - 60, SIDE_PX, base)).resize((SIDE_PX, 22))
    laid = Image.new("L", mask.size)
    laid.paste(foot, (6, base - 10))
    return _faded(laid.filter(ImageFilter.GaussianBlur(9)), 0.42)


def _base(mask: Image.Image) -> int:
    bounds = mask.getbbox()
    return bounds[3] if bounds else SIDE_PX


def _faded(mask: Image.Image, share: float) -> Image.Image:
    return mask.point(lambda level: round(level * share))


def _sun(canvas: Canvas, light: Colour, *, x: float) -> None:
    canvas.fill(oval(x, 440, 330), light)


def _arch(canvas: Canvas, light: Colour, *, x: float) -> None:
    canvas.fill(oval(x, 420, 290), light)
    canvas.fill(box(x - 290, 420, x + 290, 1000), light)


def _panes(canvas: Canvas, light: Colour) -> None:
    for left in (230, 500):
        for top in (90, 400):
            right, bottom = left + 245, top + 285
            slant = [(left + 60, top), (right + 60, top + 40), (right, bottom + 40), (left, bottom)]
            canvas.fill(rounded(slant, 6), light)
