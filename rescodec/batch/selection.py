"""Which files of a tree a run works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

from pathspec import GitIgnoreSpec

from rescodec.batch.names import LR_SUFFIX

# Of what `read_photo` reads.
PHOTO_SUFFIXES: Final = frozenset(
    (
        *(".avif", ".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png"),
        *(".pnm", ".ppm", ".tif", ".tiff", ".webp"),
    )
)


@dataclass(frozen=True)
class Selection:
    """Chooses files by their names.

    Attributes:
        lr_files: Without ``include``, choose LR files by ``.lr.png``; otherwise what is named like
            a photo and not like an LR file.
        include: Patterns as in ``.gitignore``, relative to the root: choose what matches any.
        exclude: Such patterns of files and folders that are left out all the same.

    Raises:
        ValueError: A pattern is none.
    """

    lr_files: bool
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Read all patterns."""
        _ = self._included, self._excluded

    def has(self, name: str) -> bool:
        """Tell whether a file is chosen.

        Args:
            name: Relative path with slashes.
        """
        if self.excludes(name):
            return False
        if self.include:
            return self._included.match_file(name)
        is_lr = name.lower().endswith(LR_SUFFIX)
        return is_lr if self.lr_files else not is_lr and _suffix(name) in PHOTO_SUFFIXES

    def excludes(self, name: str) -> bool:
        """Tell whether a file or folder is left out."""
        return bool(self.exclude) and self._excluded.match_file(name)

    @cached_property
    def _included(self) -> GitIgnoreSpec:
        return GitIgnoreSpec.from_lines(self.include)

    @cached_property
    def _excluded(self) -> GitIgnoreSpec:
        return GitIgnoreSpec.from_lines(self.exclude)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
