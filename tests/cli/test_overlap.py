"""Several files at a time: what is said, what fails, and what each thread works on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as PillowImage

import rescodec_formats as formats
from rescodec.codec import Codec
from rescodec.images import ImageError

EXAMPLE = Path(__file__).parents[2] / "examples/photos/roebling-bridge.jpg"


@pytest.fixture
def photos(tmp_path: Path, photo: Path) -> list[str]:
    """Five photos of different heights, so that each takes its own time."""
    names = []
    with PillowImage.open(photo) as image:
        for index, height in enumerate((45, 5, 30, 1, 12)):
            names.append(f"{index}.png")
            image.crop((0, 0, 61, height)).save(tmp_path / names[-1])
    photo.unlink()
    return names


def lines(result: Any) -> list[str]:
    """Return the first word of each line that was said."""
    return [line.split()[0] for line in result.err.splitlines()]


def test_lines_keep_the_order_of_the_sources(rescodec: Callable, photos: list[str]) -> None:
    result = rescodec("encode", *photos)
    assert (result.code, lines(result)) == (0, photos)
    encoded = [name.replace(".png", ".lr.png") for name in photos]
    result = rescodec("decode", *encoded, "-o", "back/")
    assert (result.code, lines(result)) == (0, encoded)
    for name in photos:
        with PillowImage.open(name) as before, PillowImage.open(f"back/{name}") as after:
            assert before.size == after.size


def test_files_are_those_that_one_at_a_time_makes(rescodec: Callable, photos: list[str]) -> None:
    assert rescodec("encode", *photos, "-o", "together/", "-q").code == 0
    for name in photos:
        target = name.replace(".png", ".lr.png")
        assert rescodec("encode", name, "-o", target, "-q").code == 0
        assert Path(target).read_bytes() == Path("together", target).read_bytes()


@pytest.mark.parametrize("bad", [(0,), (2,), (4,), (0, 4), (0, 1, 2, 3, 4)])
@pytest.mark.parametrize("content", [b"no image", None])
def test_files_that_cannot_be_read(
    rescodec: Callable, photos: list[str], bad: tuple[int, ...], content: bytes | None
) -> None:
    for index in bad:
        Path(photos[index]).unlink()
        if content is not None:
            Path(photos[index]).write_bytes(content)
    result = rescodec("encode", *photos)
    assert result.code == 1
    assert lines(result) == ["error:" if index in bad else photos[index] for index in range(5)]
    made = {path.name for path in Path().glob("*.lr.png")}
    assert made == {f"{index}.lr.png" for index in range(5) if index not in bad}
    assert not list(Path().glob(".*"))


@pytest.mark.parametrize("bad", [0, 2, 4])
def test_files_that_fail_in_the_network(
    rescodec: Callable, photos: list[str], monkeypatch: pytest.MonkeyPatch, bad: int
) -> None:
    whole, heights = Codec.encode_batch, (45, 5, 30, 1, 12)

    def encode(self: Codec, hr: Any, **options: Any) -> Any:
        if len(hr[0]) == heights[bad]:
            raise MemoryError
        return whole(self, hr, **options)

    monkeypatch.setattr(Codec, "encode_batch", encode)
    result = rescodec("encode", *photos)
    assert result.code == 1
    assert result.err.splitlines()[bad] == f"error: {bad}.png: not enough memory for this image"
    assert len(list(Path().glob("*.lr.png"))) == 4


@pytest.mark.parametrize("bad", [0, 2, 4])
def test_files_that_cannot_be_written(
    rescodec: Callable, photos: list[str], monkeypatch: pytest.MonkeyPatch, bad: int
) -> None:
    whole = formats.write

    def write(target: Any, *arguments: Any, **options: Any) -> Any:
        if Path(target).name == f"{bad}.lr.png":
            with formats.atomic_write(target):
                raise OSError(28, "No space left on device")
        return whole(target, *arguments, **options)

    monkeypatch.setattr(formats, "write", write)
    result = rescodec("encode", *photos)
    assert result.code == 1
    assert "cannot write" in result.err.splitlines()[bad]
    made = sorted(Path().glob("*.lr.png"))
    assert len(made) == 4
    for path in made:
        formats.read(path)
    assert not list(Path().glob(".*"))


def test_existing_targets_are_skipped_in_their_turn(rescodec: Callable, photos: list[str]) -> None:
    Path("2.lr.png").write_bytes(b"mine")
    result = rescodec("encode", *photos, "--skip-existing")
    assert result.code == 0
    assert lines(result) == ["0.png", "1.png", "2.lr.png", "3.png", "4.png"]
    assert Path("2.lr.png").read_bytes() == b"mine"
    result = rescodec("encode", *photos)
    assert (result.code, lines(result)) == (1, ["error:"] * 5)


def test_bugs_keep_their_traceback(
    rescodec: Callable, photos: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def encode(self: Codec, hr: Any, **options: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Codec, "encode_batch", encode)
    with pytest.raises(ZeroDivisionError):
        rescodec("encode", *photos)
    assert threading.active_count() == 1


def test_models_are_opened_once(
    rescodec: Callable, photos: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rescodec("encode", *photos[:3], "-q").code == 0
    assert rescodec("encode", *photos[3:], "--scale", "4", "-q").code == 0
    opened = []
    whole = Codec.__init__

    def count(self: Codec, model: Any, **options: Any) -> None:
        opened.append(model.id)
        whole(self, model, **options)

    monkeypatch.setattr(Codec, "__init__", count)
    files = [f"{index}.lr.png" for index in range(5)]
    assert rescodec("decode", *files, "-q", "--overwrite").code == 0
    assert opened == ["alpha-x2-lite-1", "alpha-x4-lite-1"]
    opened.clear()
    assert rescodec("decode", *files, "--model", "alpha", "-q", "--overwrite").code == 0
    assert opened == ["alpha-x2-lite-1", "alpha-x4-lite-1"]


def test_each_stage_has_its_thread_and_one_file_has_none(
    rescodec: Callable, photos: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    computing, writing = set(), set()
    encode, write = Codec.encode_batch, formats.write

    def watched_encode(self: Codec, hr: Any, **options: Any) -> Any:
        computing.add(threading.current_thread())
        return encode(self, hr, **options)

    def watched_write(*arguments: Any, **options: Any) -> Any:
        writing.add(threading.current_thread())
        return write(*arguments, **options)

    monkeypatch.setattr(Codec, "encode_batch", watched_encode)
    monkeypatch.setattr(formats, "write", watched_write)
    assert rescodec("encode", *photos, "-q").code == 0
    assert len(computing) == 1
    assert writing == {threading.main_thread()}
    assert computing != writing
    computing.clear()
    assert rescodec("encode", photos[0], "--overwrite", "-q").code == 0
    assert computing == {threading.main_thread()}


def test_standard_streams(rescodec: Callable, photos: list[str]) -> None:
    result = rescodec("encode", "-", stdin=Path(photos[0]).read_bytes())
    assert formats.probe(result.out).header.hr_size == (45, 61)
    back = rescodec("decode", "-", "-q", stdin=result.out)
    assert (back.code, back.out[:4]) == (0, b"\x89PNG")
    rescodec("encode", "-", photos[0]).failed(2, "standard output takes one source only")


def test_effort(rescodec: Callable, tmp_path: Path) -> None:
    # In a file of a few kilobytes there may be nothing to gain.
    with PillowImage.open(EXAMPLE) as image:
        image.crop((0, 0, 384, 256)).save(tmp_path / "photo.png")
    for effort in ("0", "9"):
        assert rescodec("encode", "photo.png", "-o", f"e{effort}.png", "--effort", effort).code == 0
    assert rescodec("encode", "photo.png", "-o", "default.png").code == 0
    number = str(formats.DEFAULT_EFFORT)
    assert rescodec("encode", "photo.png", "-o", "number.png", "--effort", number).code == 0
    assert Path("default.png").read_bytes() == Path("number.png").read_bytes()
    fast, small = (formats.read(f"e{effort}.png") for effort in ("0", "9"))
    assert fast.header.lr_sha256 == small.header.lr_sha256
    assert Path("e9.png").stat().st_size < Path("e0.png").stat().st_size
    converted = rescodec("convert", "e0.png", "--carrier", "chunk", "--effort", "9", "-o", "c.png")
    assert converted.code == 0
    assert Path("c.png").read_bytes() == Path("e9.png").read_bytes()
    rescodec("encode", "photo.png", "--effort", "10").failed(2, "--effort", "0<=x<=9")


def test_errors_of_threads_are_those_of_the_library() -> None:
    """What the command line turns into messages must not change on its way between threads."""
    from rescodec.pipeline import Pipeline

    def fail(_: int) -> None:
        raise ImageError("no image")

    with Pipeline([1, 2], [fail]) as pipeline, pytest.raises(ImageError, match="no image"):
        pipeline.take()
