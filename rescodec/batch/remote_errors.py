"""What fails in other people's storage, said like what fails in a local folder."""

from __future__ import annotations

import errno
import os
import re

# The numbers of errors that come without one.
_NUMBERS: tuple[tuple[type[Exception], int], ...] = (
    (FileNotFoundError, errno.ENOENT),
    (FileExistsError, errno.EEXIST),
    (PermissionError, errno.EACCES),
    (IsADirectoryError, errno.EISDIR),
    (NotADirectoryError, errno.ENOTDIR),
    (TimeoutError, errno.ETIMEDOUT),
    (UnicodeError, errno.EILSEQ),
)


def readable(error: Exception, place: str) -> OSError:
    """Return an error with a number, a text of one line and the place.

    The class is that of the number: `PermissionError` and so on.

    Args:
        error: What fsspec, or what it builds on, has raised.
        place: The URL of what was to be read or written.
    """
    number = getattr(error, "errno", None)
    if not isinstance(number, int):
        number = next((number for kind, number in _NUMBERS if isinstance(error, kind)), errno.EIO)
    text = " ".join((getattr(error, "strerror", None) or str(error)).split())
    # Some say the path, or the end of it, and nothing else.
    if not text or place.endswith(text.strip("/")) or number == errno.EILSEQ:
        text = os.strerror(number)
    return OSError(number, text, without_password(place))


def without_password(url: str) -> str:
    """Return a URL as it may be shown: without a password.

    Example:
        >>> without_password("sftp://me:secret@host/photos")
        'sftp://me:…@host/photos'
    """
    return re.sub(r"(://[^/@:]*):[^/]*@", r"\1:…@", url)
