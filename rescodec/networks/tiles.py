"""How an area of positions is cut into tiles that stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor

Region = tuple[slice, slice]


class Tile(NamedTuple):
    """One part of a branch.

    Attributes:
        inner: The rows and columns to compute.
        outer: ``inner`` and the halo around it, as far as the branch reaches.
        crop: ``inner`` as seen from ``outer``.
    """

    inner: Region
    outer: Region
    crop: Region


def tiles(rows: tuple[int, int], size: tuple[int, int], side: int, halo: int) -> Iterator[Tile]:
    """Yield tiles that cover some rows of a branch once, in full width.

    A tile has at most ``side**2`` positions, and more columns than rows where the rows
    are few.

    Args:
        rows: The first row and the one after the last.
        size: Height and width of the branch.
        side: Height and width of a tile.
        halo: How far a tile's values depend on their surroundings, in positions.
    """
    for top, bottom in _parts(rows[0], rows[1], side):
        columns = side * side // (bottom - top)
        vertical = _span(top, bottom, size[0], halo)
        for left, right in _parts(0, size[1], columns):
            horizontal = _span(left, right, size[1], halo)
            yield Tile(*zip(vertical, horizontal, strict=True))


def at(branch: Tensor, region: Region) -> Tensor:
    """Return a region of (B, C, h, w) as a view."""
    rows, columns = region
    return branch[:, :, rows, columns]


def enlarged(region: Region, factor: int) -> Region:
    """Return a region of what has ``factor`` times as many positions a side."""
    rows, columns = (slice(factor * s.start, factor * s.stop) for s in region)
    return rows, columns


def _parts(start: int, stop: int, most: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of equal parts of at most ``most``."""
    count = -(-(stop - start) // most)
    bounds = [start + (stop - start) * index // count for index in range(count)] + [stop]
    yield from pairwise(bounds)


def _span(start: int, stop: int, length: int, halo: int) -> tuple[slice, slice, slice]:
    first, last = max(0, start - halo), min(length, stop + halo)
    return slice(start, stop), slice(first, last), slice(start - first, stop - first)
