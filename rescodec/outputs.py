"""What holds for files that are written: asked before the work, or done after it."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def keep_time(source: Path, target: Path) -> None:
    """Give a target, which is complete, the modification time of its source.

    Raises:
        OSError: The system does not let us.
    """
    accessed = target.stat().st_atime_ns
    os.utime(target, ns=(accessed, source.stat().st_mtime_ns))


def require_writable(target: Path, *, overwrite: bool) -> None:
    """Refuse a target that cannot be written; devices and pipes always can.

    The writer checks again: what holds now may not hold later.

    Args:
        target: File to write.
        overwrite: It may be there already.

    Raises:
        FileExistsError: It exists and may not be replaced.
        IsADirectoryError: It is a folder.
        FileNotFoundError: Its folder does not exist.
        PermissionError: It, or its folder, is read-only.
        OSError: The name is not possible.
    """
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if target.exists() and not target.is_file():
        return
    # A link that leads nowhere is there all the same.
    exists = os.path.lexists(target)
    if exists and not overwrite:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "No such folder", str(target.parent))
    for path in (target, target.parent):
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
