"""Encoding and decoding in stages, as programs use them for several files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

import rescodec
import rescodec_formats as formats
from rescodec import Codec
from rescodec.decoding import Decoding
from rescodec.encoding import Encoding
from rescodec.images import ImageError
from rescodec.pipeline import Pipeline

PIXELS = np.random.default_rng(0).integers(0, 256, (21, 34, 3), np.uint8)


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec.open(device="cpu")


def encoded(codec: Codec, **options: Any) -> bytes:
    return rescodec.encode(PillowImage.fromarray(PIXELS), model=codec, **options)


def test_stages_make_the_files_of_the_functions(codec: Codec, tmp_path: Path) -> None:
    source = tmp_path / "x.png"
    PillowImage.fromarray(PIXELS).save(source)
    encoding, decoding = Encoding(codec, effort=3), Decoding(model=codec)
    with Pipeline([source, source], [encoding.read, encoding.compute]) as pipeline:
        for _ in range(2):
            file = io.BytesIO()
            header = encoding.write(pipeline.take(), file)
            assert file.getvalue() == encoded(codec, effort=3)
            assert header.hr_size == (21, 34)
    with Pipeline([file.getvalue()] * 2, [decoding.read, decoding.compute]) as pipeline:
        for _ in range(2):
            back = io.BytesIO()
            decoding.write(pipeline.take(), back)
            expected = io.BytesIO()
            rescodec.decode(file.getvalue(), expected, model=codec)
            assert back.getvalue() == expected.getvalue()


@pytest.mark.parametrize("effort", [-1, 10])
def test_a_wrong_effort_is_refused_before_the_work(codec: Codec, effort: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 9"):
        Encoding(codec, effort=effort)
    with pytest.raises(ValueError, match="from 0 to 9"):
        rescodec.encode("no such file", model=codec, effort=effort)


def test_effort_changes_no_digest(codec: Codec) -> None:
    assert encoded(codec, effort=None) == encoded(codec, effort=formats.DEFAULT_EFFORT)
    headers = [formats.read(encoded(codec, effort=effort)).header for effort in range(10)]
    assert len({header.lr_sha256 for header in headers}) == 1
    assert len({tuple(info.sha256 for info in header.streams) for header in headers}) == 1


def test_models_are_opened_once(codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    file, opened = encoded(codec), []
    whole = Codec.__init__

    def count(self: Codec, model: Any, **options: Any) -> None:
        opened.append(model.id)
        whole(self, model, **options)

    monkeypatch.setattr(Codec, "__init__", count)
    for decoding in (
        Decoding(device="cpu"),
        Decoding(device="cpu", model="alpha"),
        Decoding(device="cpu", model="alpha-x2-lite-1"),
    ):
        for _ in range(3):
            decoding.read(file)
        assert opened == [codec.id]
        opened.clear()
    Decoding(model=codec).read(file)
    assert opened == []


def test_a_format_that_cannot_hold_the_photo_is_refused_before_the_work(codec: Codec) -> None:
    deep = rescodec.encode(rescodec.Photo(PIXELS.astype(np.uint16) * 257), model=codec)
    with pytest.raises(ImageError, match="16 bits"):
        Decoding(model=codec).read(deep, ".jpg")
    assert Decoding(model=codec).read(deep, ".tif").info.bit_depth == 16
