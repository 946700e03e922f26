"""What can be wrong with a file, as exceptions that carry a machine-readable kind."""

from __future__ import annotations

from typing import ClassVar


class FormatError(ValueError):
    """A file that breaks the format, or that a reader refuses.

    Attributes:
        kind: machine-readable reason in kebab-case; SPEC.md lists them all.
        offset: byte offset in the file where the problem was met, where one is known.
    """

    default_kind: ClassVar[str] = "bad-file"

    # Every argument but the message has a default, so that the error survives pickling between
    # the processes of a batch: unpickling calls the class with the message alone.
    def __init__(self, message: str, *, kind: str | None = None, offset: int | None = None) -> None:
        """Make the error from one clear line, a kind and an offset."""
        super().__init__(message)
        self.kind: str = kind if kind is not None else self.default_kind
        self.offset: int | None = offset


class NotRescodecError(FormatError):
    """The file is not a PNG (`not-png`) or a PNG without our header (`no-header`)."""

    default_kind = "no-header"


class UnsupportedVersionError(FormatError):
    """The header names a format version that this reader does not know."""

    default_kind = "version"


class DigestError(FormatError):
    """Pixels (`lr-digest`) or a payload stream (`stream-digest`) differ from what was encoded."""

    default_kind = "stream-digest"


class MissingPayloadError(FormatError):
    """The header lists streams whose payload chunks, or alpha channel, are gone."""

    default_kind = "missing-payload"


class LimitError(FormatError):
    """The file asks for more memory than the caller's limits allow.

    Attributes:
        limit: name of the field of `Limits` that would have to be larger; None where the format
            itself sets the limit.
    """

    default_kind = "limit"

    def __init__(
        self,
        message: str,
        *,
        kind: str | None = None,
        offset: int | None = None,
        limit: str | None = None,
    ) -> None:
        """Make the error from one clear line, a kind, an offset and the limit that was hit."""
        super().__init__(message, kind=kind, offset=offset)
        self.limit = limit
