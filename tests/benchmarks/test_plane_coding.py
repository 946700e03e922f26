import math

import numpy as np
import pytest

from benchmarks.plane_coding import alternatives
from benchmarks.plane_coding.contexts import (
    CONTEXTS,
    MAGNITUDE_BITS,
    THRESHOLDS,
    Known,
    adaptive_bytes,
    beside,
    context_magnitude,
    differences,
    fit,
)

HEIGHT, WIDTH = 40, 60


@pytest.fixture
def picture() -> np.ndarray:
    rng = np.random.default_rng(1)
    smooth = np.cumsum(np.cumsum(rng.normal(0, 0.6, (HEIGHT, WIDTH, 3)), axis=0), axis=1)
    return (128 + smooth).clip(0, 255).astype(np.uint8)


@pytest.fixture
def planes(picture: np.ndarray) -> list[np.ndarray]:
    """What the picture and a plane before it tell, and noise; one plane far beyond 8 bits."""
    rng = np.random.default_rng(2)
    slope = np.gradient(picture[..., 1].astype(float), axis=1)
    first = np.rint(5 * slope + rng.laplace(0, 1 + np.abs(slope))).astype(np.int64)
    second = np.rint(40 * first + rng.laplace(0, 4, first.shape)).astype(np.int64)
    second[3, 5] = -9_000
    return [first, second, np.zeros_like(first)]


def test_the_ideal_code_of_a_known_source_is_its_entropy() -> None:
    rng = np.random.default_rng(3)
    values = rng.choice([-1, 0, 1], 50_000, p=[0.1, 0.8, 0.1])
    entropy = -(0.8 * math.log2(0.8) + 0.2 * math.log2(0.1)) * len(values) / 8
    assert adaptive_bytes(values, np.full(values.shape, 20)) == pytest.approx(entropy, rel=0.02)


def test_contexts_hold_the_magnitudes_that_they_are_named_for() -> None:
    for index, threshold in enumerate(THRESHOLDS[:-1] / (1 << MAGNITUDE_BITS)):
        assert context_magnitude(3 * (index + 1)) == pytest.approx(
            threshold * 2 ** (1 / 6), rel=0.1
        )


@pytest.mark.parametrize("known", [Known(), Known(neighbours=False), Known(expected=False)])
def test_nothing_is_known_before_its_time(
    picture: np.ndarray, planes: list[np.ndarray], known: Known
) -> None:
    plane, y, x = planes[1], 17, 23
    sides = beside(picture, planes[:1], known)
    weights = fit(plane, sides, known)
    values, contexts = differences(plane, sides, weights)
    assert 0 <= contexts.min() <= contexts.max() < CONTEXTS
    changed = plane.copy()
    changed[y, x] += 5000
    values_then, contexts_then = differences(changed, sides, weights)
    rows, columns = np.indices(plane.shape)
    before = 2 * rows + columns <= 2 * y + x
    np.testing.assert_array_equal(contexts_then[before], contexts[before])
    before[y, x] = False
    np.testing.assert_array_equal(values_then[before], values[before])
    assert (values_then != values)[~before].sum() >= 1


def test_more_knowledge_makes_shorter_codes(picture: np.ndarray, planes: list[np.ndarray]) -> None:
    def length(known: Known) -> float:
        sides = beside(picture, planes[:1], known)
        weights = fit(planes[1], sides, known)
        return adaptive_bytes(*differences(planes[1], sides, weights))

    assert length(Known()) < 0.8 * length(Known(planes=False))


def test_zstd_alternatives() -> None:
    ternary = np.random.default_rng(4).integers(-1, 2, (64, 64))
    entropy = 64 * 64 * math.log2(3) / 8
    # Five ternary digits take a byte, and so 1.6 bits each.
    assert alternatives.packed(ternary) == math.ceil(64 * 64 / 5)
    for way in (alternatives.nibbles, alternatives.bit_planes, alternatives.stored):
        assert entropy < way(ternary) < 1.4 * entropy
    assert alternatives.folded(np.array([0, -1, 1, -2, 2])).tolist() == [0, 1, 2, 3, 4]
    assert alternatives.packed(np.zeros((8, 8), np.int64)) <= 8


def test_real_bytes(picture: np.ndarray, planes: list[np.ndarray]) -> None:
    pytest.importorskip("constriction")
    from benchmarks.plane_coding.coder import decode, encode

    sent, words = encode(planes, picture)
    for found, plane in zip(decode(sent, words, picture), planes, strict=True):
        np.testing.assert_array_equal(found, plane)
    ideal = 0.0
    for index, (plane, weights) in enumerate(zip(planes, sent, strict=True)):
        sides = beside(picture, planes[:index], Known())
        ideal += adaptive_bytes(*differences(plane, sides, weights))
    assert sum(part.nbytes for part in words) == pytest.approx(ideal, rel=0.05)
