import dataclasses

import pytest

from rescodec.bench.curves import Curve, Point, bd_quality, bd_rate, curves_of, folders_of


def record(
    image: str, setting: float | None, bpp: float, psnr_y: float | None, way: str = "JPEG"
) -> dict[str, object]:
    return {
        "folder": "set",
        "image": image,
        "way": way,
        "carrier": None,
        "setting": setting,
        "bpp": bpp,
        "psnr_y": psnr_y,
        "ssim_y": 0.9,
        "psnr_rgb": psnr_y,
        "vif": 0.5,
    }


def straight(*, above: float = 0.0, factor: float = 1.0, image: str = "a") -> Curve:
    """A curve that rises by 6 dB with each doubling of bytes."""
    points = (
        Point(step, 2.0**step * factor, {"psnr_y": 30.0 + 6 * step + above}, None)
        for step in range(6)
    )
    return Curve("straight", None, frozenset([image]), tuple(points))


def test_points_are_means_over_images_sorted_by_bytes() -> None:
    records = [
        record("a", 90, 4.0, 40.0),
        record("a", 50, 1.0, 30.0),
        record("b", 90, 6.0, 44.0),
        record("b", 50, 2.0, 32.0),
    ]
    (curve,) = curves_of(records, "set")
    assert curve.images == {"a", "b"}
    assert [(p.setting, p.bpp, p.values["psnr_y"]) for p in curve.points] == [
        (50, 1.5, 31.0),
        (90, 5.0, 42.0),
    ]


def test_settings_that_an_image_lacks_are_left_out() -> None:
    records = [record("a", 50, 1.0, 30.0), record("a", 90, 4.0, 40.0), record("b", 50, 1.0, 30.0)]
    (curve,) = curves_of(records, "set")
    assert [point.setting for point in curve.points] == [50]


def test_measures_that_an_image_lacks_are_left_out() -> None:
    records = [record("a", 100, 9.0, None), record("b", 100, 9.0, 60.0)]
    (curve,) = curves_of(records, "set")
    assert curve.points[0].values == {"ssim_y": pytest.approx(0.9), "vif": 0.5}
    assert curve.points[0].lr_psnr is None


def test_ways_and_folders_keep_their_order() -> None:
    records = [record("a", 1, 1.0, 30.0, "WebP"), record("a", 1, 1.0, 30.0)]
    records.append(record("a", 1, 1.0, 30.0) | {"folder": "other"})
    assert [curve.way for curve in curves_of(records, "set")] == ["WebP", "JPEG"]
    assert folders_of(records) == ["set", "other"]
    assert curves_of(records, "nowhere") == []


def test_between_points_curves_are_linear_and_beyond_them_undefined() -> None:
    curve = straight()
    assert curve.at(1.0, "psnr_y") == 30.0
    assert curve.at(1.5, "psnr_y") == 33.0
    assert curve.at(0.9, "psnr_y") is None
    assert curve.at(33.0, "psnr_y") is None
    assert curve.at(2.0, "vif") is None


def test_a_curve_of_half_the_bytes_saves_half() -> None:
    assert bd_rate(straight(), straight(factor=0.5)) == pytest.approx(-50)
    assert bd_rate(straight(factor=0.5), straight()) == pytest.approx(100)


def test_a_curve_that_is_higher_is_better_by_as_much() -> None:
    assert bd_quality(straight(), straight(above=1.5)) == pytest.approx(1.5)
    assert bd_quality(straight(), straight()) == pytest.approx(0)


def test_curves_that_have_nothing_in_common_are_not_compared() -> None:
    assert bd_rate(straight(), straight(above=100.0)) is None
    assert bd_quality(straight(), straight(factor=1000.0)) is None
    few = dataclasses.replace(straight(), points=straight().points[:3])
    assert bd_rate(straight(), few) is None
    assert bd_quality(straight(), straight(), "vif") is None


def test_curves_of_other_images_are_not_compared() -> None:
    assert bd_rate(straight(), straight(factor=0.5, image="b")) is None
    assert bd_quality(straight(), straight(above=1.5, image="b")) is None


def test_points_that_cost_more_and_are_no_better_do_not_count() -> None:
    *points, last = straight().points
    worse = Point(99, points[-1].bpp * 1.5, {"psnr_y": 31.0}, None)
    dented = dataclasses.replace(straight(), points=(*points, worse, last))
    assert bd_rate(straight(), dented) == pytest.approx(0, abs=1e-9)
