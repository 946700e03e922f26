"""Errors of remote storages: one line each, and no password."""

from __future__ import annotations

import errno
import os

import pytest

from rescodec.batch.remote_errors import readable, without_password


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (FileNotFoundError("b/a.png"), FileNotFoundError, os.strerror(errno.ENOENT)),
        (PermissionError("Access Denied"), PermissionError, "Access Denied"),
        (TimeoutError(), TimeoutError, os.strerror(errno.ETIMEDOUT)),
        (OSError(errno.ENOSPC, "Full"), OSError, "Full"),
        (RuntimeError("one\n  two"), OSError, "one two"),
        (KeyError("x"), OSError, "'x'"),
        (ValueError(), OSError, os.strerror(errno.EIO)),
    ],
)
def test_readable(error: Exception, kind: type[OSError], message: str) -> None:
    result = readable(error, "sftp://me:secret@b/a.png")
    assert type(result) is kind
    assert result.strerror == message
    assert result.filename == "sftp://me:…@b/a.png"


def test_passwords_are_left_out() -> None:
    for url in ["s3://bucket/a:b@c", "sftp://me@host/x", "memory://"]:
        assert without_password(url) == url
    assert without_password("smb://me:p@ss@host/x") == "smb://me:…@host/x"
