"""Damage that reaches deep: only `FormatError` escapes, and memory stays within the limits."""

import contextlib
import tracemalloc
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rescodec_formats as rf
from mutations import CHANGES, damage, forge, join, split

FOLDER = Path(__file__).parents[2] / "formats" / "conformance"
FILES = {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.png"))}
GOOD = [name for name in FILES if "bad" not in name]
LIMITS = rf.Limits(hr_pixels=100_000, payload_bytes=100_000, ancillary_bytes=100_000)
MOST_MEMORY = 8 * 2**20


def read(data: bytes) -> rf.Container | None:
    """Read bytes in every way; return the content if they are a whole file."""
    for reader in (rf.probe, rf.read_png):
        with contextlib.suppress(rf.FormatError):
            reader(data, limits=LIMITS)
    with contextlib.suppress(rf.FormatError):
        rf.read(data, limits=LIMITS, check="without-payload")
    with contextlib.suppress(rf.FormatError):
        return rf.read(data, limits=LIMITS)
    return None


def require_digests(found: rf.Container) -> None:
    """Check that what was read is what the header says, whoever wrote the header."""
    assert rf.lr_digest(found.lr) == found.header.lr_sha256
    for info in found.header.streams:
        stream = found.streams[info.name]
        assert rf.stream_digest(stream.data) == info.sha256
        assert (stream.data.dtype.name, stream.data.shape) == (info.dtype, info.shape)
    assert reduced(found.header) == found.lr.shape[:2]


def reduced(header: rf.Header) -> tuple[int, int]:
    return rf.reduced_size(header.hr_size, header.scale)


@settings(max_examples=400)
@given(st.sampled_from(sorted(FILES)), st.randoms(use_true_random=False))
def test_forged_files(name: str, random: Random) -> None:
    found = read(forge(FILES[name], random))
    if found is not None:
        require_digests(found)


@settings(max_examples=200)
@given(st.sampled_from(GOOD), st.randoms(use_true_random=False))
def test_damaged_files(name: str, random: Random) -> None:
    """Whatever bytes change: if a picture comes out, it is the right one."""
    found = read(damage(FILES[name], random))
    if found is not None:
        original = rf.read(FILES[name])
        assert found.header == original.header
        require_digests(found)


@pytest.mark.parametrize("mutate", [damage, forge])
def test_memory(mutate) -> None:  # type: ignore[no-untyped-def]
    random = Random(20_000)
    tracemalloc.start()
    try:
        for _ in range(300):
            data = mutate(FILES[random.choice(sorted(FILES))], random)
            tracemalloc.reset_peak()
            read(data)
            assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


# --- the damage itself -------------------------------------------------------------------------


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_every_change_changes_something(change) -> None:  # type: ignore[no-untyped-def]
    whole = FILES["good-pieces"]
    changed = set()
    for seed in range(20):
        chunks = split(whole)
        change(chunks, Random(seed))
        changed.add(join(chunks))
    assert len(changed - {whole}) > 10


@pytest.mark.parametrize("name", ["good-pieces", "good-compressed-header"])
def test_forging_gets_past_the_checksums(name: str) -> None:
    """Most refusals are for what the chunks say, not for how they are packed."""
    errors = []
    for seed in range(500):
        try:
            rf.read(forge(FILES[name], Random(seed)))
        except rf.FormatError as error:
            errors.append(error)
    kinds = {error.kind for error in errors}
    assert "crc" not in kinds
    assert len(kinds) >= 15
    headers = [str(error) for error in errors if error.kind == "bad-header"]
    # Such as "scale: expected an integer", rather than a zlib stream that is damaged.
    assert sum("expected" in text for text in headers) > len(headers) / 2


@pytest.mark.parametrize("name", ["v1-chunk", "good-shapes", "good-alpha-rgba"])
def test_what_is_split_is_joined_again(name: str) -> None:
    assert join(split(FILES[name])) == FILES[name]
