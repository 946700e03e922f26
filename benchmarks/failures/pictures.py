"""The pictures that are sent through the models, by group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.failures.drawn import DRAWINGS
from rescodec.evaluate.measure import SIZE_MULTIPLE
from rescodec.image_folder import crop_to_multiple, image_paths, load_rgb

Image = npt.NDArray[np.uint8]

PHOTOS = Path(__file__).parents[2] / "examples/photos"
DRAWN_GROUP = "drawn"
PHOTO_GROUP = "examples"


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture to restore.

    Attributes:
        group: ``drawn``, ``examples`` or the name of a folder.
        name: Kind of drawing, or the file's name.
        pixels: (H, W, 3) uint8 RGB, sizes multiples of 4.
    """

    group: str
    name: str
    pixels: Image

    @property
    def drawn(self) -> bool:
        """Whether this program has drawn it."""
        return self.group == DRAWN_GROUP

    @property
    def shown(self) -> bool:
        """Whether documents may show parts of it: it is ours, or its licence lets us."""
        return self.group in (DRAWN_GROUP, PHOTO_GROUP)


def pictures(folders: Sequence[Path]) -> Iterator[Picture]:
    """Yield the drawings, the example photos and the images of folders."""
    for kind, draw in DRAWINGS.items():
        yield Picture(DRAWN_GROUP, kind, draw())
    yield from _photos(PHOTO_GROUP, PHOTOS)
    for folder in folders:
        yield from _photos(folder.resolve().name, folder)


def _photos(group: str, folder: Path) -> Iterator[Picture]:
    for path in image_paths([folder]):
        yield Picture(group, path.name, crop_to_multiple(load_rgb(path), SIZE_MULTIPLE))
