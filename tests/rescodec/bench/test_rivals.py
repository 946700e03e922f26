from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from PIL import ImageFile

from rescodec.bench.rivals import RIVALS, Rival, thumbnail_bytes
from rescodec.metrics import psnr

Image = npt.NDArray[np.uint8]


@pytest.mark.parametrize("name", RIVALS)
def test_higher_settings_are_larger_and_better(name: str, picture: Callable[..., Image]) -> None:
    rival, image = RIVALS[name], picture(64, 80)
    files = [rival.encode(image, setting) for setting in rival.settings[:: len(rival.settings) - 1]]
    coarse, fine = (psnr(image, rival.decode(data)) for data in files)
    assert len(files[0]) < len(files[1])
    assert fine > coarse + 5


@pytest.mark.parametrize("name", RIVALS)
def test_the_largest_file_within_a_budget(name: str, picture: Callable[..., Image]) -> None:
    rival, image = RIVALS[name], picture(64, 80)
    sizes = [len(rival.encode(image, setting)) for setting in rival.settings]
    most = (sizes[1] + sizes[-2]) // 2
    setting, data = rival.largest(image, most)
    assert data == rival.encode(image, setting)
    assert sizes[0] <= len(data) <= most
    # It is not one of the first.
    assert len(data) > most / 2


def test_where_even_the_smallest_file_is_too_large(picture: Callable[..., Image]) -> None:
    rival, image = RIVALS["JPEG"], picture(64, 80)
    setting, data = rival.largest(image, 10)
    assert setting == rival.settings[0]
    assert data == rival.encode(image, setting)


def test_the_search_encodes_a_few_times_only() -> None:
    tried = []

    def encode(hr: Image, setting: float) -> bytes:
        tried.append(setting)
        return bytes(int(setting))

    rival = Rival("counting", (1, 100), encode, lambda data: np.zeros((1, 1, 3), np.uint8))
    assert rival.largest(np.zeros((1, 1, 3), np.uint8), 37)[0] == 37
    assert len(tried) < 10


def test_pillow_is_left_as_it_was(picture: Callable[..., Image]) -> None:
    before = ImageFile.MAXBLOCK
    RIVALS["JPEG"].encode(picture(16, 16), 90)
    assert before == ImageFile.MAXBLOCK


def test_thumbnails_are_png_files(picture: Callable[..., Image]) -> None:
    image = picture(64, 80)
    assert thumbnail_bytes(image, 4) < thumbnail_bytes(image, 2) < image.size
