"""``encode -r`` and ``decode -r``: whole folders, in this process and as programs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from rescodec.batch.device_engine import DeviceEngine
from rescodec_cli import tree
from tests.cli.trees import entries, names, summary


@pytest.fixture
def encode(rescodec: Callable) -> Callable[..., Any]:
    """Run ``encode in -o out -r`` in this process."""
    return lambda *args: rescodec("encode", "in", "-o", "out", "-r", "--workers", "1", *args)


def test_there_and_back(
    rescodec: Callable, encode: Callable, folder: Path, files: Callable
) -> None:
    before = files()
    done = encode()
    assert (done.code, done.out) == (1, b"")
    assert "error: x/broken.jpg: " in done.err
    assert "3 done, 1 failed, 0 unchanged, 0 skipped" in done.err
    made = ["a.lr.png", "rescodec-encode.jsonl", "x/b.lr.png", "x/c.lr.png"]
    assert names(Path("out")) == made
    back = rescodec("decode", "out", "-o", "back", "-r", "--name", "{stem}.tif", "--workers", "1")
    assert back.code == 0
    assert names(Path("back")) == ["a.tif", "rescodec-decode.jsonl", "x/b.tif", "x/c.tif"]
    with PillowImage.open("back/x/b.tif") as image, PillowImage.open("in/x/b.jpg") as source:
        assert image.size == source.size
    assert files().items() >= before.items()


def test_a_second_run_does_what_is_left(encode: Callable, folder: Path, pixels: np.ndarray) -> None:
    encode()
    times = {name: Path("out", name).stat().st_mtime_ns for name in names(Path("out"))}
    PillowImage.fromarray(pixels).save(folder / "x/broken.jpg")
    PillowImage.fromarray(pixels[:20]).save(folder / "x/c.png")
    done = encode("--json")
    assert done.code == 0
    told = [json.loads(line) for line in done.text.splitlines()]
    assert [e.get("source") for e in told] == ["x/broken.jpg", "x/c.png", None]
    expected = {"done": 2, "failed": 0, "unchanged": 2, "skipped": 0}
    assert summary(done.text).items() >= expected.items()
    unchanged = ("a.lr.png", "x/b.lr.png")
    assert all(Path("out", name).stat().st_mtime_ns == times[name] for name in unchanged)
    assert "2 unchanged" not in encode("-q").err
    assert encode().code == 0


def test_other_settings_are_other_files(encode: Callable, folder: Path) -> None:
    encode()
    before = Path("out/a.lr.png").read_bytes()
    assert "3 done" in encode("--carrier", "alpha").err
    assert Path("out/a.lr.png").read_bytes() != before


def test_what_others_made_stays(encode: Callable, folder: Path) -> None:
    Path("out").mkdir()
    Path("out/a.lr.png").write_bytes(b"mine")
    done = encode()
    assert "error: a.png: a.lr.png exists" in done.err
    assert Path("out/a.lr.png").read_bytes() == b"mine"
    done = encode("--skip-existing")
    assert "1 skipped" in done.err
    assert Path("out/a.lr.png").read_bytes() == b"mine"
    encode("--overwrite")
    assert Path("out/a.lr.png").read_bytes() != b"mine"


def test_links_that_lead_nowhere_are_in_the_way(encode: Callable, folder: Path) -> None:
    Path("out").mkdir()
    Path("out/a.lr.png").symlink_to("absent")
    done = encode("--exclude", "broken.*")
    assert (done.code, "error: a.png: a.lr.png exists" in done.err) == (1, True)
    done = encode("--exclude", "broken.*", "--skip-existing")
    assert (done.code, "0 failed, 2 unchanged, 1 skipped" in done.err) == (0, True)
    assert Path("out/a.lr.png").is_symlink()


def test_other_folders_are_other_files(
    encode: Callable, rescodec: Callable, folder: Path, pixels: np.ndarray
) -> None:
    """Two memory cards, each with an a.png: the second does not take the place of the first."""
    encode()
    before = Path("out/a.lr.png").read_bytes()
    Path("card").mkdir()
    PillowImage.fromarray(pixels[::-1]).save("card/a.png")
    done = rescodec("encode", "card", "-o", "out", "-r", "--workers", "1")
    assert (done.code, "a.lr.png exists" in done.err) == (1, True)
    assert Path("out/a.lr.png").read_bytes() == before


def test_sources_are_never_replaced(rescodec: Callable, folder: Path, files: Callable) -> None:
    """Neither where the folders overlap, nor through links."""
    before = files()
    same = rescodec("encode", "in/x", "-o", "in", "-r", "--name", "x/{name}.png", "--overwrite")
    same.failed(2, "slash")
    (folder / "x/x").mkdir()
    (folder / "x/x/c.png").write_bytes((folder / "x/c.png").read_bytes())
    inner = rescodec("encode", "in/x", "-o", "in", "-r", "--name", "{stem}.png", "--overwrite")
    inner.failed(2, "x/c.png, of x/c.png, is a source")
    Path("out/x").mkdir(parents=True)
    Path("out/x/c.lr.png").hardlink_to(folder / "x/c.png")
    linked = rescodec("encode", "in", "-o", "out", "-r", "--overwrite", "--workers", "1")
    linked.failed(2, "x/c.lr.png, of x/c.png, is the source x/c.png")
    assert files().items() >= before.items()


def test_dry_run(encode: Callable, folder: Path, files: Callable) -> None:
    before = files()
    done = encode("--dry-run")
    assert done.code == 0
    assert done.text.splitlines()[:2] == ["a.png -> a.lr.png", "x/b.jpg -> x/b.lr.png"]
    assert "would encode 4 files" in done.err
    assert files() == before


def test_from_a_manifest(encode: Callable, rescodec: Callable, folder: Path) -> None:
    """What a dry run lists can be cut into shards, which need no listing."""
    lines = encode("--dry-run", "--json").text.splitlines(keepends=True)
    for number in range(2):
        Path(f"shard{number}").write_text("".join(lines[number::2]))
        (folder / "late.png").write_bytes((folder / "a.png").read_bytes())
        done = encode("--manifest", f"shard{number}", "--from-manifest", "--json")
        assert summary(done.text)["done"] + summary(done.text)["failed"] == 2
    assert names(Path("out")) == ["a.lr.png", "x/b.lr.png", "x/c.lr.png"]
    done = encode("--manifest", "shard0", "--from-manifest", "--json")
    assert summary(done.text)["done"] == 0


def test_what_a_manifest_names_and_nobody_can_look_at(encode: Callable, folder: Path) -> None:
    """It fails alone, each time, as it does without --from-manifest."""
    (folder / "loop.png").symlink_to("loop.png")
    Path("out").mkdir()
    Path("out/x").symlink_to("x")
    sources = ["a.png", "loop.png", f"{'y' * 300}.png", "x/c.png"]
    lines = [{"source": name, "target": "t", "status": "planned"} for name in sources]
    Path("m").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for done, unchanged in ((1, 0), (0, 1)):
        result = encode("--from-manifest", "--manifest", "m", "--json")
        assert result.code == 1
        expected = {"done": done, "failed": 3, "unchanged": unchanged}
        assert summary(result.text).items() >= expected.items()
        errors = result.err.splitlines()[:3]
        assert errors[0].startswith(
            "error: x/c.png: x/c.lr.png cannot be looked at: Too many levels"
        )
        assert errors[1].startswith("error: loop.png: ")
        assert errors[2].endswith(f"{'y' * 300}.png: File name too long")


def test_collisions_are_found_first(encode: Callable, folder: Path, files: Callable) -> None:
    (folder / "x/b.png").write_bytes((folder / "a.png").read_bytes())
    encode().failed(2, "x/b.jpg and x/b.png would both become x/b.lr.png", "--name '{name}.lr.png'")
    assert not list(Path("out").glob("*.png"))
    assert encode("--name", "{name}.lr.png").code == 1
    assert {"x/b.jpg.lr.png", "x/b.png.lr.png"} < set(names(Path("out")))


def test_what_is_left_out(encode: Callable, rescodec: Callable, folder: Path) -> None:
    (folder / "x/link.png").symlink_to("c.png")
    (folder / "loop").symlink_to(".")
    done = encode("--exclude", "broken.*", "--links", "skip")
    assert (done.code, "3 done" in done.err) == (0, True)
    assert encode("--include", "link.png").code == 0
    assert "x/link.lr.png" in names(Path("out"))
    inside = rescodec("encode", "in", "-o", "in/small", "-r", "--include", "*.png", "--json")
    assert summary(inside.text)["done"] == 3
    again = rescodec("encode", "in", "-o", "in/small", "-r", "--include", "*.png", "--json")
    assert summary(again.text).items() >= {"done": 0, "unchanged": 3}.items()


def test_links_that_cannot_be_followed(encode: Callable, folder: Path) -> None:
    """They fail if they are named like photos."""
    for name, target in {"loop": "loop", "lost": "absent", "within": "notes.txt/x"}.items():
        (folder / name).symlink_to(target)
    done = encode("--exclude", "broken.*")
    assert (done.code, "3 done, 0 failed" in done.err) == (0, True)
    (folder / "loop.png").symlink_to("loop")
    done = encode("--exclude", "broken.*")
    assert (done.code, "3 unchanged" in done.err) == (1, True)
    assert "error: loop.png: cannot be read: Too many levels of symbolic links" in done.err


def test_checksums(encode: Callable, folder: Path) -> None:
    encode("--checksum")
    os.utime("in/a.png", (1, 1))
    assert summary(encode("--checksum", "--json").text)["unchanged"] == 3
    Path("out/a.lr.png").write_bytes(Path("out/a.lr.png").read_bytes()[::-1])
    edited = Path("out/a.lr.png").read_bytes()
    assert summary(encode("--checksum", "--json").text)["unchanged"] == 2
    assert Path("out/a.lr.png").read_bytes() == edited
    replaced = summary(encode("--checksum", "--json", "--overwrite").text)
    assert (replaced["done"], replaced["unchanged"]) == (1, 2)
    assert Path("out/a.lr.png").read_bytes() != edited


@pytest.mark.parametrize("workers", ["1", "2"])
def test_checksums_and_not_times_tell_whose_an_output_is(
    encode: Callable, folder: Path, pixels: np.ndarray, workers: str
) -> None:
    """What has another time and the old bytes is replaced when its source changes."""
    arguments = ("--checksum", "--json", "--exclude", "broken.jpg", "--workers", workers)
    encode(*arguments)
    for name in ("a", "x/b", "x/c"):
        os.utime(f"out/{name}.lr.png", (1, 1))
    edited = Path("out/x/b.lr.png").read_bytes()[::-1]
    Path("out/x/b.lr.png").write_bytes(edited)
    PillowImage.fromarray(pixels[::-1]).save(folder / "a.png")
    before = Path("out/a.lr.png").read_bytes()
    done = encode(*arguments)
    assert summary(done.text).items() >= {"done": 1, "failed": 1, "unchanged": 1}.items()
    assert "error: x/b.jpg: x/b.lr.png exists; replace it with --overwrite" in done.err
    assert Path("out/a.lr.png").read_bytes() != before
    assert Path("out/x/b.lr.png").read_bytes() == edited
    # Without digests, by the time that was noted.
    done_last = {e["source"]: e for e in entries(Path("out/rescodec-encode.jsonl")) if "bpp" in e}
    assert done_last["x/c.png"]["target_stamp"] == str(10**9)
    # With other options too.
    os.utime("out/x/c.lr.png", (2, 2))
    done = encode(*arguments, "--carrier", "alpha")
    assert summary(done.text).items() >= {"done": 2, "failed": 1}.items()


def test_times(encode: Callable, folder: Path) -> None:
    os.utime("in/a.png", (1, 1_000_000_000))
    encode("--preserve")
    assert Path("out/a.lr.png").stat().st_mtime == 1_000_000_000


def test_nothing_to_do(encode: Callable, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    assert encode().code == 3


def test_a_device_and_its_processes(
    encode: Callable, folder: Path, rescodec: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine for devices makes the files of the others; here the device is the CPU."""
    encode()
    monkeypatch.setattr(tree, "ProcessEngine", DeviceEngine)
    done = rescodec("encode", "in", "-o", "there", "-r", "--workers", "2")
    assert (done.code, "3 done, 1 failed" in done.err) == (1, True)
    assert "error: x/broken.jpg: " in done.err
    for name in ("a.lr.png", "x/b.lr.png", "x/c.lr.png"):
        assert Path("there", name).read_bytes() == Path("out", name).read_bytes()
    statuses = [entry["status"] for entry in entries(Path("there/rescodec-encode.jsonl"))]
    assert sorted(statuses) == ["done"] * 3 + ["failed"] + ["started"] * 4
    assert summary(rescodec("encode", "in", "-o", "there", "-r", "--json").text)["unchanged"] == 3
    assert rescodec("decode", "there", "-o", "back", "-r", "--workers", "2").code == 0
    assert names(Path("back")) == ["a.png", "rescodec-decode.jsonl", "x/b.png", "x/c.png"]


def test_formats_of_restored_photos(rescodec: Callable, encode: Callable, folder: Path) -> None:
    encode("--exclude", "broken.jpg")
    decode = ("decode", "out", "-o", "back", "-r", "--workers", "1", "--name")
    rescodec(*decode, "{stem}.xyz").failed(2, "'.xyz'")
    assert rescodec(*decode, "{stem}.jpg", "-v").err.startswith("model as each file names it")
    with PillowImage.open("back/a.jpg") as image:
        assert image.format == "JPEG"


def test_memory_urls(rescodec: Callable, encode: Callable, folder: Path) -> None:
    """One process alone sees this storage, so it is of use to tests."""
    target = ("memory://there", "--manifest", "m.jsonl", "--workers", "1")
    assert "3 done" in rescodec("encode", "in", "-r", "-o", *target).err
    encode()
    rescodec("decode", "memory://there", "-o", "back", "-r", "--workers", "1")
    rescodec("decode", "out", "-o", "same", "-r", "--workers", "1")
    for name in ("a.png", "x/b.png", "x/c.png"):
        assert Path("back", name).read_bytes() == Path("same", name).read_bytes()


@pytest.mark.slow
def test_a_cluster(program: Callable, folder: Path, environment: dict[str, str]) -> None:
    """Ray on this machine: nothing but our own words on either stream."""
    pytest.importorskip("ray")
    done = program(
        *("encode", "in", "-o", "out", "-r", "--engine", "ray", "--workers", "2", "--json"),
        env={**environment, "RAY_AUTH_MODE": "disabled"},
    )
    assert done.code == 1
    assert summary(done.text).items() >= {"done": 3, "failed": 1}.items()
    assert {entry["source"] for entry in entries(Path(folder.parent, "out/rescodec-encode.jsonl"))}
    assert [line[:22] for line in done.err.splitlines()] == [
        "error: x/broken.jpg: n",
        "3 done, 1 failed, 0 un",
    ]


@pytest.mark.slow
def test_processes_make_the_same_files(encode: Callable, program: Callable, folder: Path) -> None:
    encode()
    done = program("encode", "in", "-o", "more", "-r", "--workers", "3")
    assert done.code == 1
    for name in ("a.lr.png", "x/b.lr.png", "x/c.lr.png"):
        assert Path("out", name).read_bytes() == Path("more", name).read_bytes()
    back = program("decode", "more", "-o", "back", "-r", "--workers", "2")
    assert (back.code, back.out) == (0, b"")
