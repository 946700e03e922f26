from pathlib import Path

import pytest

from rescodec.bench.results import Results
from rescodec.bench.verdict import verdicts


def results_of(*points: tuple[str, float, float], scale: int = 2) -> Results:
    """Results with a curve for each name; models are what begins with a small letter."""
    results = Results(Path("results.json"))
    for number, (way, bpp, psnr_y) in enumerate(points):
        if way[:1].islower() and not way.startswith("bicubic"):
            results.add_model(way, {"scale": scale})
        record = {"folder": "set", "image": "a", "way": way, "carrier": None, "setting": number}
        results.add("rate", record | {"bpp": bpp, "psnr_y": psnr_y})
    return results


def rival(name: str, *psnr_y: float) -> list[tuple[str, float, float]]:
    """A curve with points at 1, 2, 3 bits per pixel and so on."""
    return [(name, 1.0 + step, value) for step, value in enumerate(psnr_y)]


def test_a_model_with_one_setting() -> None:
    (sentence,) = verdicts(
        results_of(
            ("tiny-1", 2.0, 40.0),
            *rival("bicubic x2 + AVIF", 30.0, 37.5, 42.0),
            *rival("bicubic x4 + AVIF", 50.0, 50.0, 50.0),
            *rival("JPEG", 30.0, 40.05, 42.0),
            *rival("AVIF", 38.0, 43.0, 48.0),
            ("WebP", 0.5, 30.0),
            ("WebP", 1.5, 50.0),
        )
    )
    assert sentence == (
        "set, tiny-1 (2.00 bpp, 40.0 dB): above bicubic x2 + AVIF by 2.5 dB; without an LR image, "
        "equal to JPEG, below AVIF by 3.0 dB, WebP has no files this large."
    )


def test_a_model_with_a_dial_that_crosses_a_rival() -> None:
    (sentence,) = verdicts(
        results_of(*rival("dial-1", 30.0, 40.0, 50.0), *rival("JPEG", 34.0, 38.0, 42.0))
    )
    assert "JPEG: -4.0 to +8.0 dB, above it from 1.72 bpp" in sentence
    assert sentence.startswith(
        "set, dial-1 (1.00 to 3.00 bpp, 30.0 to 50.0 dB): nothing to compare"
    )


def test_a_dial_that_crosses_a_rival_twice() -> None:
    (sentence,) = verdicts(
        results_of(*rival("dial-1", 30.0, 40.0, 50.0), *rival("JPEG", 28.0, 42.0, 46.0))
    )
    assert "JPEG: -1.9 to +4.0 dB, above it up to 1.46 and from 2.38 bpp" in sentence


def test_a_dial_that_is_never_above_and_nearly_equal_somewhere() -> None:
    (sentence,) = verdicts(
        results_of(*rival("dial-1", 30.0, 40.0, 50.0), *rival("JPEG", 31.0, 40.5, 50.0))
    )
    assert "JPEG: -1.0 to +0.0 dB, nowhere above it" in sentence


def test_a_dial_that_is_above_all_along() -> None:
    (sentence,) = verdicts(
        results_of(
            *rival("dial-1", 32.0, 43.0, 50.0), *rival("bicubic x4 + JPEG XL", 31, 40, 45), scale=4
        )
    )
    assert "above bicubic x4 + JPEG XL by 1.0 to 5.0 dB" in sentence


def test_no_room_beside_the_thumbnail() -> None:
    (sentence,) = verdicts(results_of(("plain-1", 0.9, 30.0), *rival("bicubic x2 + AVIF", 30, 40)))
    assert "bicubic x2 + AVIF has no files this small" in sentence


@pytest.mark.parametrize("points", [[], [("tiny-1", 2.0, 40.0)], rival("JPEG", 30.0, 40.0)])
def test_without_models_or_rivals_there_is_nothing_to_say(
    points: list[tuple[str, float, float]],
) -> None:
    assert verdicts(results_of(*points)) == []


def test_a_rival_on_other_images_is_not_compared_with() -> None:
    results = results_of(("tiny-1", 2.0, 40.0), *rival("JPEG", 30.0, 40.0))
    more = {"folder": "set", "image": "b", "way": "tiny-1", "carrier": None, "setting": 0}
    results.add("rate", more | {"bpp": 2.0, "psnr_y": 40.0})
    (sentence,) = verdicts(results)
    assert sentence.endswith("without an LR image, JPEG was measured on other images.")
