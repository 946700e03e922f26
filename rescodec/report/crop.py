"""Which part of a photo is compared."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from rescodec.images import ImageError

# Of all scales; bicubic LR images need it.
MULTIPLE: Final = 4
# JPEG and WebP cut their blocks from the corner: a part that began elsewhere would cost a photo
# that was one of these more bytes than it does as a whole.
GRID: Final = 16
# With a border of 4 left out SSIM needs 19.
SMALLEST: Final = 24
# What a lossless WebP holds.
LARGEST: Final = 16383 // MULTIPLE * MULTIPLE


@dataclass(frozen=True)
class Crop:
    """A part of a photo that is asked for.

    Attributes:
        width: In pixels.
        height: Likewise.
        left: Of its corner; None for the middle.
        top: Likewise.
    """

    width: int
    height: int
    left: int | None = None
    top: int | None = None

    @classmethod
    def parse(cls, text: str) -> Crop:
        """Read ``WxH`` or ``WxH+X+Y``.

        >>> Crop.parse("640x480+10+0")
        Crop(width=640, height=480, left=10, top=0)

        Raises:
            ValueError: It is neither.
        """
        match = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})(?:\+([0-9]{1,6})\+([0-9]{1,6}))?", text)
        if match is None:
            raise ValueError(f"{text!r} is no crop; expected WxH or WxH+X+Y, such as 800x600+0+0")
        width, height, left, top = (None if n is None else int(n) for n in match.groups())
        if width is None or height is None or min(width, height) < SMALLEST:
            raise ValueError(f"{text!r} is too small; a crop has {SMALLEST} pixels a side at least")
        return cls(width, height, left, top)


@dataclass(frozen=True)
class Window:
    """A part of a photo, inside it, whose sizes are multiples of ``MULTIPLE``."""

    left: int
    top: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )


def window(size: tuple[int, int], crop: Crop | None, most: float) -> Window:
    """Return which part of a photo is compared.

    Args:
        size: (H, W) of the photo.
        crop: What is asked for; None for the middle of it, or all of it if it is small.
        most: Pixels that the part then has at most.

    Raises:
        ImageError: The photo is too small, or the part does not lie inside it.
    """
    height, width = size
    if min(size) < SMALLEST:
        raise ImageError(f"is smaller than {SMALLEST} pixels a side; nothing can be measured on it")
    if crop is None:
        share = min(1, math.sqrt(most / (height * width)))
        sizes = [_whole(n if share == 1 else n * share) for n in size]
        return _placed(size, (sizes[0], sizes[1]), None, None)
    part = _placed(
        size,
        (min(crop.height, LARGEST), min(crop.width, LARGEST)),
        crop.top,
        crop.left,
    )
    if part.left + crop.width > width or part.top + crop.height > height:
        raise ImageError(
            f"has {width}x{height} pixels; the crop {crop.width}x{crop.height}+{part.left}"
            f"+{part.top} does not lie inside"
        )
    return part


def _whole(length: float) -> int:
    return min(max(int(length), SMALLEST), LARGEST)


def _placed(
    size: tuple[int, int], part: tuple[int, int], top: int | None, left: int | None
) -> Window:
    height, width = (n - n % MULTIPLE for n in part)
    middle = [max(a - b, 0) // 2 // GRID * GRID for a, b in zip(size, part, strict=True)]
    return Window(
        middle[1] if left is None else left, middle[0] if top is None else top, width, height
    )
