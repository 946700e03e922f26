"""A small run of `fuzz/mutated_files.py`, and that it would notice what it looks for."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

import mutated_files
import rescodec
import rescodec_formats as rf
from mutated_files import Tally, decoded, photographed, run
from rescodec.zoo import MODELS
from subjects import Subject, lr_files, photos, same_picture


@pytest.fixture(scope="module")
def encoded() -> list[Subject]:
    return lr_files()


@pytest.fixture(scope="module")
def sources() -> list[Subject]:
    return photos()


@pytest.fixture(autouse=True)
def _findings(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(mutated_files, "FINDINGS", tmp_path / "findings")


def test_every_model_and_kind_of_source_is_damaged(encoded: list[Subject]) -> None:
    headers = [rf.probe(subject.data).header for subject in encoded]
    assert {header.model.id for header in headers} == set(MODELS)
    assert {header.carrier for header in headers} == {"alpha", "chunk", "none"}
    assert {(header.source.color, header.source.bit_depth) for header in headers} >= {
        *(("rgb", 8), ("grey", 16))
    }
    assert any(header.has_source_alpha for header in headers)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("what", ["encoded", "sources"])
def test_a_small_run(request: pytest.FixtureRequest, what: str) -> None:
    tally = Tally()
    look = decoded if what == "encoded" else photographed
    run(look, request.getfixturevalue(what), 300, 20, tally)
    assert tally.bad == 0, tally.outcomes
    assert tally.outcomes.total() == 300
    assert len(tally.outcomes) >= 8


# --- what it looks for -------------------------------------------------------------------------


def test_a_wrong_picture_is_noticed(
    encoded: list[Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = encoded[0]
    other = replace(subject.photo, pixels=subject.photo.pixels ^ np.uint8(1))
    monkeypatch.setattr(rescodec, "decode", lambda *_, **__: other)
    assert not same_picture(other, subject.photo)
    for forged in (False, True):
        outcome = decoded(subject, subject.data, Random(0), forged=forged)
        assert outcome == "wrong picture"
    tally = Tally()
    tally.take(outcome, subject.data, 0.0)
    assert tally.bad == 1
    assert (mutated_files.FINDINGS / "mutated-1").read_bytes() == subject.data


def test_a_crash_is_noticed(
    encoded: list[Subject], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rescodec, "decode", crash)
    tally = Tally()
    run(decoded, encoded, 3, 0, tally)
    assert tally.outcomes == {"crash: ZeroDivisionError": 3}
    assert tally.bad == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_forged_header_counts_as_such(encoded: list[Subject]) -> None:
    subject = next(s for s in encoded if s.name.startswith("plain-x2"))
    height, width = rf.probe(subject.data).header.hr_size
    from mutations import join, split

    def forge(name: bytes, data: bytes) -> bytes:
        old, new = f"[{height},{width}]", f"[{height + 1},{width}]"
        return data.replace(old.encode(), new.encode()) if name == b"rsHD" else data

    data = join([(name, forge(name, content)) for name, content in split(subject.data)])
    assert decoded(subject, data, Random(0), forged=True) == "as forged"
    assert decoded(subject, data, Random(0), forged=False) == "wrong picture"
