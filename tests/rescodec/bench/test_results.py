import json
from pathlib import Path

import pytest

from rescodec.bench.results import FORMAT, KEYS, Results, ResultsError

FACTS = {"family": "alpha", "scale": 2, "weights_sha256": "00"}


def record(image: str = "a.png", way: str = "tiny-1", **more: object) -> dict[str, object]:
    return {"folder": "set", "image": image, "way": way, "carrier": "chunk", "setting": None} | more


@pytest.fixture
def results(tmp_path: Path) -> Results:
    results = Results.open(tmp_path / "results.json")
    results.add_environment({"date": "2026-01-01"})
    results.add_model("tiny-1", FACTS)
    results.add_image("set", "a.png", {"sha256": "aa"})
    results.add_image("set", "b.png", {"sha256": "bb"})
    return results


def test_what_was_saved_is_read_back(results: Results) -> None:
    results.add("rate", record(bpp=1.5, psnr_y=None))
    results.add("rate", record("b.png", bpp=2.5))
    results.add("robust", record(change="größer"))
    results.save()
    again = Results.read(results.path)
    for suite in KEYS:
        assert again.records(suite) == results.records(suite)
    assert again.models == {"tiny-1": FACTS}
    assert again.images == results.images
    assert again.environments == [{"date": "2026-01-01"}]


def test_empty_results_are_json(results: Results) -> None:
    results.save()
    assert json.loads(results.path.read_text(encoding="utf-8"))["format"] == FORMAT
    assert Results.read(results.path).records("rate") == []


def test_a_key_has_one_record(results: Results) -> None:
    results.add("rate", record(bpp=1.0))
    results.add("rate", record(bpp=2.0))
    assert [found["bpp"] for found in results.records("rate")] == [2.0]
    assert results.has("rate", folder="set", image="a.png", way="tiny-1", carrier="chunk")
    assert not results.has("rate", folder="set", image="a.png", way="tiny-1", carrier="alpha")
    assert not results.has("rate", folder="set", image="b.png", way="tiny-1", carrier="chunk")


def test_other_weights_make_the_figures_of_a_model_stale(results: Results) -> None:
    results.add("rate", record())
    results.add("rate", record(way="JPEG"))
    results.add_model("tiny-1", dict(FACTS))
    assert len(results.records("rate")) == 2
    results.add_model("tiny-1", FACTS | {"weights_sha256": "11"})
    assert [found["way"] for found in results.records("rate")] == ["JPEG"]


def test_other_pixels_make_the_figures_of_an_image_stale(results: Results) -> None:
    results.add("rate", record())
    results.add("rate", record("b.png"))
    results.add_image("set", "a.png", {"sha256": "aa"})
    assert len(results.records("rate")) == 2
    results.add_image("set", "a.png", {"sha256": "cc"})
    assert [found["image"] for found in results.records("rate")] == ["b.png"]


def test_environments_are_noted_once(results: Results) -> None:
    results.add_environment({"date": "2026-01-01"})
    results.add_environment({"date": "2026-01-02"})
    assert [found["date"] for found in results.environments] == ["2026-01-01", "2026-01-02"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no results of `rescodec bench`"),
        ("[]", "no results of `rescodec bench`"),
        ("{}", "no results of `rescodec bench`"),
        ('{"format": "other"}', "its format is 'other'; expected 'rescodec-bench-1'"),
        ('{"format": "rescodec-bench-1"}', "no results of `rescodec bench`"),
        (
            '{"format": "rescodec-bench-1", "environments": [], "models": {}, "images": {}, '
            '"rate": [1]}',
            "no results of `rescodec bench`",
        ),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ResultsError, match=reason):
        Results.open(path)
    assert path.read_text(encoding="utf-8") == content
