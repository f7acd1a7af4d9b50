"""Where the goods stand, lie or hang: backdrop, light on the wall, and the shadow they cast."""

from collections.abc import Sequence
from enum import Enum
from functools import partial
from random import Random

from PIL import Image, ImageChops, ImageFilter

from config.demo.canvas import OVERSAMPLE, SHEET_PX, SIDE_PX, Canvas
from config.demo.palette import SHADE, Colour, darker, distance, lighter
from config.demo.shape import Shape, box, oval, rounded

COLOURS_PER_PICTURE = 128
CLOSEST = 1.22
GLASS = 128  # light and other thin veils cast no shadow
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


def photograph(goods: Canvas, *, pose: Pose, tones: Sequence[Colour], chance: Random) -> Image.Image:
    """Set the goods before a backdrop that suits their colour, and reduce the sheet to a picture."""
    stage = backdrop(pose=pose, tones=tones, chance=chance)
    sheet = closer(goods.sheet) if pose is Pose.STANDING else goods.sheet
    stage.paste(SHADE, mask=shadow(sheet, pose=pose))
    stage.alpha_composite(sheet)
    picture = stage.convert("RGB").resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    return picture.quantize(COLOURS_PER_PICTURE, kmeans=1, dither=Image.Dither.NONE)


def backdrop(*, pose: Pose, tones: Sequence[Colour], chance: Random) -> Image.Image:
    wall = chance.choice(sorted(BACKDROPS, key=partial(contrast, tones=tones))[-5:])
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


def contrast(wall: Colour, *, tones: Sequence[Colour]) -> float:
    """How well a wall sets off the least visible of the tones; the first tone matters most."""
    return min(distance(wall, tone) * (1.5 if i else 1) for i, tone in enumerate(tones))


def closer(sheet: Image.Image) -> Image.Image:
    """Step up to small goods on the floor; their foot stays where it is."""
    left, top, right, bottom = sheet.getbbox() or (0, 0, SHEET_PX, SHEET_PX)
    zoom = min(CLOSEST, 0.72 * SHEET_PX / (right - left), 0.62 * SHEET_PX / (bottom - top))
    if zoom <= 1:
        return sheet
    x, y = (left + right) / 2, bottom
    back = (1 / zoom, 0, x - SHEET_PX / 2 / zoom, 0, 1 / zoom, y - y / zoom)
    return sheet.transform(sheet.size, Image.Transform.AFFINE, back, Image.Resampling.BICUBIC)


def shadow(sheet: Image.Image, *, pose: Pose) -> Image.Image:
    """The mask of a soft shadow; it is worked out at the size of the picture, which blurs faster."""
    opaque = sheet.getchannel("A").point(lambda level: level if level > GLASS else 0)
    mask = opaque.reduce(OVERSAMPLE)
    if pose is Pose.STANDING:
        soft = ImageChops.lighter(_cast(mask), _contact(mask))
    elif pose is Pose.LYING:
        soft = _faded(_shifted(mask, 16, 26).filter(ImageFilter.GaussianBlur(20)), 0.3)
    else:
        soft = _faded(_shifted(mask, 60, 46).filter(ImageFilter.GaussianBlur(30)), 0.14)
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


def _shifted(mask: Image.Image, dx: int, dy: int) -> Image.Image:
    return mask.transform(mask.size, Image.Transform.AFFINE, (1, 0, -dx, 0, 1, -dy))


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
