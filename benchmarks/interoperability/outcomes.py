"""What decoding makes of an LR file that another program has processed."""

from __future__ import annotations

import numpy as np

import rescodec_formats as formats

EXACT = "exact"
APPROXIMATE = "approximate"
EXACT_IF_NAMED = "exact if named"
OPAQUE_IF_NAMED = "opaque if named"
APPROXIMATE_IF_NAMED = "approximate if named"
LOST = "lost"


class SilentError(Exception):
    """A changed file was read as if nothing had happened."""


def outcome(before: bytes, after: bytes) -> str:
    """Say what decoding makes of a processed LR file.

    Args:
        before: The LR file as it was encoded.
        after: What another program made of it.

    Returns:
        ``exact``, or the kind with which the file is refused and what can still be restored.

    Raises:
        SilentError: The file was changed, and reading it does not notice.
    """
    original = formats.read(before)
    try:
        found = formats.read(after)
    except formats.FormatError as error:
        rescue = _rescue_by_name if error.kind == "no-header" else _rescue
        return f"{error.kind}: {rescue(original, after)}"
    if not _same(original, found):
        raise SilentError("the file was changed and is read as if nothing had happened")
    return EXACT


def _same(a: formats.Container, b: formats.Container) -> bool:
    if a.header != b.header or not np.array_equal(a.pixels, b.pixels):
        return False
    return all(np.array_equal(a.streams[name].data, b.streams[name].data) for name in a.streams)


def _rescue(original: formats.Container, file: bytes) -> str:
    """Say what can be done with a file that still has its header."""
    try:
        found = formats.read(file, check="without-payload")
    except formats.FormatError:
        return LOST
    return APPROXIMATE if found.header == original.header else LOST


def _rescue_by_name(original: formats.Container, file: bytes) -> str:
    """Say what can be done with a file without a header, if one knows what stood in it."""
    try:
        found = formats.read_png(file)
    except formats.FormatError:
        return LOST
    if found.rgb.shape != original.lr.shape:
        return LOST
    same_alpha = original.alpha is None or (
        found.alpha is not None and np.array_equal(found.alpha, original.alpha)
    )
    lost = {info.name for info in original.header.streams if info.storage != "alpha"}
    same = same_alpha and np.array_equal(found.rgb, original.lr)
    if not same or lost - {formats.SOURCE_ALPHA}:
        return APPROXIMATE_IF_NAMED
    return OPAQUE_IF_NAMED if lost else EXACT_IF_NAMED
