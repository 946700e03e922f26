"""Damage that PNGs tell of, and Pillow does not look for."""

from __future__ import annotations

from typing import IO, BinaryIO, cast

from rescodec.images.errors import ImageError
from rescodec_formats import ChunkWalker, FormatError


def require_whole_png(file: IO[bytes]) -> None:
    """Refuse a PNG that ends early or has a critical chunk whose checksum is wrong.

    Pillow does not check the pixels' and would show whatever comes of them.

    Args:
        file: Read from its start; it stands afterwards where it stood.

    Raises:
        ImageError: It is damaged.
    """
    position = file.tell()
    file.seek(0)
    try:
        walker = ChunkWalker(cast(BinaryIO, file))
        for head in walker:
            if head.type[:1].isupper():
                walker.check()
    except FormatError as error:
        raise ImageError(f"damaged or truncated image: {error}") from error
    finally:
        file.seek(position)
