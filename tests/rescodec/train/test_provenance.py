"""What weights say of where they come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from rescodec.train.provenance import UNSTATED, continued

CHECKPOINT = Path("run/checkpoint.pt")
BEFORE = {"licence": "CC0", "data": "train/a, train/b", "init": "12" * 32}


def test_what_a_command_does_not_say_stays() -> None:
    now = {"licence": UNSTATED, "data": "train/b"}
    assert continued(BEFORE, now, CHECKPOINT) == BEFORE


def test_what_it_says_is_added() -> None:
    now = {"licence": "MIT", "data": "train/c, train/a", "init": "12" * 32}
    assert continued(BEFORE, now, CHECKPOINT) == {
        "licence": "MIT",
        "data": "train/a, train/b, train/c",
        "init": "12" * 32,
    }


def test_a_checkpoint_that_knows_nothing() -> None:
    assert continued({}, BEFORE, CHECKPOINT) == BEFORE


@pytest.mark.parametrize(
    ("key", "was"),
    [("init", "had weights 121212121212 as --init"), ("teacher", "none as --teacher")],
)
def test_other_weights_are_refused(key: str, was: str) -> None:
    with pytest.raises(ValueError, match=rf"run/checkpoint\.pt: .*{was}, now given are abababab"):
        continued(BEFORE, {"data": "train/a", key: "ab" * 32}, CHECKPOINT)
