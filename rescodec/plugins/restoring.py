"""Restoring photos for programs that open many files: each model is loaded once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from rescodec_formats import Limits, ModelRef, probe

if TYPE_CHECKING:
    from rescodec.codec import Codec
    from rescodec.photo import Photo

# By id, digest, device and folder; loaded models stay until the process ends.
_codecs: dict[tuple[str, str, str, Path | None], Codec] = {}
_loading = threading.Lock()


@dataclass(frozen=True)
class Restorer:
    """How the files that a program opens are restored.

    Attributes:
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        weights_folder: Where weights are looked for first, None for the usual places alone.
        limits: What a file may ask for.
    """

    device: str = "auto"
    weights_folder: Path | None = None
    limits: Limits = field(default_factory=Limits)

    def restore(self, file: BinaryIO) -> Photo:
        """Return the photo of an LR file that can seek, from its beginning on.

        Raises:
            FormatError: The file is damaged, edited, no LR file, or over a limit.
            WeightsError: The weights are missing or not those that encoded the file.
            ValueError: The device is not available.
            OSError: Reading failed.
        """
        from rescodec.api import decode

        file.seek(0)
        model = probe(file, limits=self.limits).header.model
        file.seek(0)
        return decode(file, model=self.codec(model), limits=self.limits)

    def codec(self, model: ModelRef) -> Codec:
        """Return the codec of a model, loading it on first use.

        Threads that ask for the same one at the same time share it.

        Raises:
            WeightsError: The weights are missing or damaged.
            ValueError: The device is not available.
        """
        from rescodec.codec import Codec
        from rescodec.loading import load_model, load_named

        key = (model.id, model.weights_sha256, self.device, self.weights_folder)
        with _loading:
            codec = _codecs.get(key)
            if codec is None:
                own = self._weights_file(model.id)
                loaded = load_named(model.id) if own is None else load_model(own)
                codec = Codec(loaded, device=self.device)
                # Others are refused when they are used; weights that are put there later count.
                if codec.weights_sha256 == model.weights_sha256:
                    _codecs[key] = codec
        return codec

    def _weights_file(self, name: str) -> Path | None:
        """Return the model's file in the folder; ids are names, never paths."""
        if self.weights_folder is None:
            return None
        path = self.weights_folder / f"{name}.safetensors"
        return path if path.is_file() else None
