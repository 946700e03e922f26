"""How hard a writer tries to make a file small: 0 (fast) to 9 (small).

What the numbers mean is measured (benchmarks/effort.py, docs/speed.md) and may change: the bytes
differ, the pixels and the digests never do.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

# A search of the whole window takes ten times longer on smooth planes and saves 2 percent of them.
Reach: TypeAlias = Literal["near", "far"]
Rans: TypeAlias = Literal["never", "signed", "always"]


@dataclass(frozen=True)
class Effort:
    """What a writer tries.

    Attributes:
        match_level: libdeflate's level, up to 12, at which repetitions are searched in the pixels,
            which drawings, screenshots and images that were rounded for PNG have and photographs
            have not; 0 to look for runs of one byte only.
        whole_image: compress all pixels in every way and keep the best; otherwise the way is
            chosen on a sample of the rows.
        filters: try every filter on the payload; otherwise take none.
        zstd: what to try on the payload beside zstd's fastest level: its strategy, 7 (btopt) to
            9 (btultra2), the length of the shortest match, and how far to search. The smallest
            result is kept.
        rans: on which payload the entropy coder with contexts is tried too: signed numbers, of
            which it saves 6 to 14 percent, or all; it saves half a percent of 8-bit planes.
    """

    match_level: int
    whole_image: bool
    filters: bool
    zstd: tuple[tuple[int, int, Reach], ...]
    rans: Rans


# Matches of 7 suit planes and codes, whose short repetitions are chance; those of 3 suit masks.
EFFORTS: Final = (
    # match_level, whole_image, filters, zstd, rans
    Effort(0, False, False, (), "never"),
    Effort(0, False, True, (), "never"),
    Effort(6, False, True, (), "never"),
    Effort(8, False, True, ((7, 7, "near"),), "signed"),
    Effort(9, False, True, ((8, 7, "near"),), "signed"),
    Effort(10, False, True, ((8, 7, "near"),), "signed"),
    Effort(10, False, True, ((8, 7, "near"),), "signed"),
    Effort(11, False, True, ((8, 7, "near"),), "signed"),
    Effort(12, False, True, ((8, 7, "far"),), "signed"),
    Effort(12, True, True, ((8, 7, "far"), (9, 7, "far"), (9, 3, "far")), "always"),
)
# On photographs at x2 5 takes the time that zlib's and zstd's usual levels (6, 12) take, under a
# twentieth of that of the network on a CPU, and saves 4 percent of the file.
DEFAULT_EFFORT: Final = 5


def effort_of(number: int) -> Effort:
    """Return what a number from 0 to 9 stands for.

    Raises:
        TypeError: if it is no whole number.
        ValueError: if it is out of range.
    """
    number = operator.index(number)
    if not 0 <= number < len(EFFORTS):
        raise ValueError(f"effort must be from 0 to {len(EFFORTS) - 1}, got {number}")
    return EFFORTS[number]
