"""The pictures that a file names: found beside it, or fetched if that was asked for, and made into renditions."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from django.conf import settings

from modules.catalog.images import BadPicture, Made, make, plan, read
from modules.catalog.importing.fetching import fetch
from modules.catalog.interface import ImageInput


class Doubt(NamedTuple):
    """Why a picture is not shown."""

    source: str
    code: str
    detail: str


class Pictures:
    """Finds pictures only below the given folders and the shop's own media; the network only if `may_fetch`."""

    def __init__(self, folders: Sequence[Path], *, may_fetch: bool = False, is_dry_run: bool = False) -> None:
        self._folders = [folder.resolve() for folder in (*folders, Path(settings.MEDIA_ROOT))]
        self._may_fetch = may_fetch
        self._make: Callable[[bytes], Made] = plan if is_dry_run else make

    def ready(self, images: Sequence[ImageInput]) -> tuple[tuple[ImageInput, ...], list[Doubt]]:
        """The images with their renditions; those that could not be had stay without, and are told of."""
        done, doubts = [], []
        for image in images:
            content = self._content(image.source)
            made = self._made(image.source, content) if isinstance(content, bytes) else content
            if isinstance(made, Doubt):
                doubts.append(made)
                done.append(image)
            else:
                done.append(
                    msgspec.structs.replace(
                        image,
                        content_hash=made.content_hash,
                        width=made.width,
                        height=made.height,
                        renditions=made.renditions,
                    )
                )
        return tuple(done), doubts

    def _made(self, source: str, content: bytes) -> Made | Doubt:
        try:
            return self._make(content)
        except BadPicture as error:
            return Doubt(source, "image_unusable", f"{source}: {error}")

    def _content(self, source: str) -> bytes | Doubt:
        try:
            if source.casefold().startswith(("http://", "https://")):
                if not self._may_fetch:
                    return Doubt(
                        source, "image_not_fetched", f"{source} was not fetched; pictures come from files here."
                    )
                return fetch(source)
            path = self._path(source)
            return read(path) if path else Doubt(source, "image_missing", f"{source} is no file beside the products.")
        except BadPicture as error:
            return Doubt(source, "image_unusable", f"{source}: {error}")

    def _path(self, source: str) -> Path | None:
        if "\0" in source:
            return None
        places = ((folder, folder / name) for folder in self._folders for name in (source, Path(source).name))
        return next((path.resolve() for folder, path in places if _is_file_below(folder, path)), None)


def _is_file_below(folder: Path, path: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder) and path.is_file()
    except OSError:  # a name that no file can have
        return False
