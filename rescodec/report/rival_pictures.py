"""What the usual codecs make of a photo at the bytes of an LR file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt

from rescodec.bench.rivals import INSIDE, RIVALS, Rival, thumbnail_bytes, thumbnail_name
from rescodec.report.pictures import Version

Image = npt.NDArray[np.uint8]

NAMES = tuple(RIVALS)
_DISTANCES = ("JPEG XL",)


class RivalPictures:
    """Pictures of rivals, each of the largest file that a number of bytes allows.

    Args:
        names: Of rivals.

    Raises:
        KeyError: There is no rival of a name.
    """

    def __init__(self, names: Sequence[str] = NAMES) -> None:
        self._rivals = [RIVALS[name] for name in names]
        # Of the photo of the last call: models share most of the files that are tried.
        self._photo: Image | None = None
        self._cached: list[Rival] = []

    @property
    def count(self) -> int:
        """Pictures beside each model."""
        return len(self._rivals) + sum(rival.name in INSIDE for rival in self._rivals)

    def of(self, hr: Image, most: int, scale: int) -> Iterator[Version]:
        """Yield a picture of each rival alone, then inside a bicubic LR PNG where it may be.

        Args:
            hr: (H, W, 3) uint8, sizes multiples of the scale.
            most: Bytes that a file has at most.
            scale: Of the LR PNG.
        """
        if self._photo is not hr:
            self._photo = hr
            self._cached = [_cached(rival, hr) for rival in self._rivals]
        for rival in self._cached:
            yield _picture(rival.name, rival, hr, most, 0)
        preview = thumbnail_bytes(hr, scale)
        for rival in self._cached:
            if rival.name in INSIDE:
                yield _picture(thumbnail_name(rival.name, scale), rival, hr, most, preview)


def _cached(rival: Rival, hr: Image) -> Rival:
    """Return a rival that remembers its files of a photo."""

    @cache
    def file(setting: float) -> bytes:
        return rival.encode(hr, setting)

    return replace(rival, encode=lambda _, setting: file(setting))


def _picture(name: str, rival: Rival, hr: Image, most: int, preview: int) -> Version:
    if preview >= most:
        return Version(name, note=f"none: the LR PNG alone takes {preview:,} bytes")
    setting, data = rival.largest(hr, most - preview)
    size = len(data) + preview
    if size > most:
        return Version(name, note=f"none: its smallest file takes {size:,} bytes")
    word = "distance" if rival.name in _DISTANCES else "quality"
    return Version(name, note=f"{word} {setting:g}", pixels=rival.decode(data), size=size)
