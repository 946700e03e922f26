from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image as PillowImage

from rescodec.bench.subjects import model_facts, subjects
from rescodec.codec import Codec
from rescodec.images import ImageError

Image = npt.NDArray[np.uint8]


def test_images_are_cropped_to_multiples_of_four(images: Path) -> None:
    first, second = subjects([images])
    assert [(s.folder, s.name, s.pixels.shape) for s in (first, second)] == [
        ("pictures", "a.png", (48, 64, 3)),
        ("pictures", "b.png", (48, 44, 3)),
    ]
    assert first.megapixels == 48 * 64 / 1e6
    assert first.facts["height"] == 48
    assert first.facts["sha256"] != second.facts["sha256"]


def test_every_nth_image_of_each_folder(
    images: Path, folder_of: Callable[..., Path], picture: Callable[..., Image]
) -> None:
    other = folder_of("others", picture(48, 48), picture(48, 48), picture(48, 48))
    names = [(s.folder, s.name) for s in subjects([images, other], every=2)]
    assert names == [("pictures", "a.png"), ("others", "a.png"), ("others", "c.png")]


def test_folders_of_one_name_are_refused(images: Path, tmp_path: Path) -> None:
    twin = tmp_path / "elsewhere" / "pictures"
    twin.mkdir(parents=True)
    with pytest.raises(ValueError, match="two folders have one name: pictures, pictures"):
        list(subjects([images, twin]))


def test_small_images_are_refused(tmp_path: Path) -> None:
    PillowImage.new("RGB", (100, 20)).save(tmp_path / "flat.png")
    with pytest.raises(ValueError, match=r"flat\.png: smaller than 24 pixels a side"):
        list(subjects([tmp_path]))


def test_images_that_would_lose_something_are_refused(tmp_path: Path) -> None:
    PillowImage.new("RGBA", (48, 48), (1, 2, 3, 4)).save(tmp_path / "clear.png")
    with pytest.raises(ImageError, match=r"clear\.png: has transparency or 16 bits"):
        list(subjects([tmp_path]))


def test_facts_about_a_model(codec: Codec) -> None:
    facts = model_facts(codec)
    assert facts["family"] == "alpha"
    assert facts["scale"] == 2
    assert facts["weights_sha256"] == codec.weights_sha256
    assert facts["parameters"] > 0
