"""Pictures into a ladder of widths, as WebP and AVIF, named by their content, without what cameras write into them."""

import hashlib
import io
import warnings
from pathlib import Path
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageOps, UnidentifiedImageError

from modules.catalog.interface import Rendition

WIDTHS = (320, 640, 1280)
MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
FOLDER = "catalog"
OPTIONS = {"webp": {"quality": 80, "method": 2}, "avif": {"quality": 60, "speed": 10, "max_threads": 1}}


class BadPicture(ValueError):
    """The file is no picture that a shop can show; the message says why."""


class Made(NamedTuple):
    """A picture's own size and what was made of it, smallest first."""

    content_hash: str
    width: int
    height: int
    renditions: tuple[Rendition, ...]


def make(content: bytes) -> Made:
    """Make and store the renditions of a picture; those that exist are not made again.

    :raises BadPicture: over 20 MiB, over 40 megapixels, or no PNG, JPEG, WebP, AVIF or GIF
    """
    with opened(content) as source:
        upright = ImageOps.exif_transpose(source)
        made = _planned(content, *upright.size)
        missing = [rendition for rendition in made.renditions if not default_storage.exists(rendition.name)]
        if missing:
            _render(upright, missing)
    return made


def plan(content: bytes) -> Made:
    """What `make` would make, without making it.

    :raises BadPicture: as `make`
    """
    with opened(content) as source:
        return _planned(content, *ImageOps.exif_transpose(source).size)


def _planned(content: bytes, width: int, height: int) -> Made:
    content_hash = hashlib.sha256(content).hexdigest()
    sizes = [(step, max(1, round(height * step / width))) for step in ladder(width)]
    renditions = tuple(
        Rendition(format=kind, width=size[0], height=size[1], name=f"{FOLDER}/{content_hash[:24]}-{size[0]}.{kind}")
        for size in sizes
        for kind in OPTIONS
    )
    return Made(content_hash, width, height, renditions)


def read(path: Path) -> bytes:
    """The bytes of a picture file.

    :raises BadPicture: it cannot be read, or is over 20 MiB
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadPicture(f"{path.name} has over {MOST_BYTES // 1024 // 1024} MiB.")
        return path.read_bytes()
    except OSError as error:
        raise BadPicture(f"{path.name} cannot be read.") from error


def opened(content: bytes) -> Image.Image:
    """The picture in these bytes, its type told by them alone, decoded.

    :raises BadPicture: as `make`
    """
    if len(content) > MOST_BYTES:
        raise BadPicture(f"The picture has over {MOST_BYTES // 1024 // 1024} MiB.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", Image.DecompressionBombWarning
            )  # our own limit is lower than Pillow's error
            image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise BadPicture(f"The picture has over {MOST_PIXELS // 1_000_000} megapixels.")
        image.load()
    except BadPicture:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise BadPicture("The file is no PNG, JPEG, WebP, AVIF or GIF, or it is damaged.") from error
    return image


def ladder(width: int) -> list[int]:
    """The widths to make of a picture: never wider than itself, and the widest as wide as it goes."""
    steps = [step for step in WIDTHS if step < width]
    return [*steps, min(width, WIDTHS[-1])]


def _render(upright: Image.Image, wanted: list[Rendition]) -> None:
    plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    plain.info = {}  # neither EXIF nor colour profiles nor comments travel on
    resized: dict[int, Image.Image] = {}
    for rendition in sorted(wanted, key=lambda rendition: -rendition.width):
        size = (rendition.width, rendition.height)
        if rendition.width not in resized:
            nearest = resized[min(resized)] if resized else plain
            resized[rendition.width] = nearest.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        _store(resized[rendition.width], rendition)


def _store(image: Image.Image, rendition: Rendition) -> None:
    buffer = io.BytesIO()
    image.save(buffer, rendition.format.upper(), **OPTIONS[rendition.format])
    default_storage.save(rendition.name, ContentFile(buffer.getvalue()))
