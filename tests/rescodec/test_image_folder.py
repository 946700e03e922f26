from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage

from rescodec.image_folder import crop_to_multiple, image_paths, load_rgb

Image = npt.NDArray[np.uint8]


def _numbered(height: int, width: int) -> Image:
    """Each pixel tells where it is: (row, column, 0)."""
    rows, columns = np.mgrid[:height, :width].astype(np.uint8)
    return np.dstack((rows, columns, np.zeros_like(rows)))


def test_paths_are_sorted_in_each_folder(folder_of: Callable[..., Path]) -> None:
    first = folder_of("z", _numbered(4, 4), _numbered(4, 4))
    second = folder_of("a", _numbered(4, 4))
    (first / "notes.txt").write_text("no image")
    paths = image_paths([first, second])
    assert paths == [first / "a.png", first / "b.png", second / "a.png"]


def test_a_folder_without_images_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"{tmp_path}: no images found"):
        image_paths([tmp_path])


def test_load_rgb(folder_of: Callable[..., Path]) -> None:
    folder = folder_of("x", _numbered(5, 7), _numbered(5, 7)[..., 0])
    assert np.array_equal(load_rgb(folder / "a.png"), _numbered(5, 7))
    assert load_rgb(folder / "b.png").shape == (5, 7, 3)


def test_what_would_lose_something_is_refused(tmp_path: Path) -> None:
    deep = PillowImage.fromarray(np.full((8, 8), 40_000, np.uint16))
    clear = PillowImage.new("RGBA", (8, 8), (1, 2, 3, 200))
    for name, image, problem in (
        ("deep.png", deep, "has more than 8 bits per sample"),
        ("clear.png", clear, "has transparency"),
    ):
        image.save(tmp_path / name)
        with pytest.raises(ValueError, match=f"{name}: {problem}"):
            load_rgb(tmp_path / name)
    clear.putalpha(255)
    clear.save(tmp_path / "opaque.png")
    assert (load_rgb(tmp_path / "opaque.png") == (1, 2, 3)).all()


def test_damage_is_named(folder_of: Callable[..., Path], tmp_path: Path) -> None:
    path = folder_of("x", _numbered(40, 40)) / "a.png"
    whole = path.read_bytes()
    start = whole.index(b"IHDR") + 4
    huge = (60_000).to_bytes(4, "big") * 2
    for content in (whole[:-60], b"text", whole[:start] + huge + whole[start + 8 :]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=f"^{path}: "):
            load_rgb(path)
    with pytest.raises(FileNotFoundError):
        load_rgb(tmp_path / "nowhere.png")


@given(st.integers(8, 40), st.integers(8, 40), st.sampled_from([2, 4, 8]))
def test_crop_to_multiple(height: int, width: int, multiple: int) -> None:
    cropped = crop_to_multiple(_numbered(height, width), multiple)
    assert cropped.shape == (height - height % multiple, width - width % multiple, 3)
    assert np.array_equal(cropped, _numbered(height, width)[: cropped.shape[0], : cropped.shape[1]])
