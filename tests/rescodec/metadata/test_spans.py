"""Spans of bytes, held against sets of positions."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rescodec.metadata.spans import merged, remaining

SIZE = 30
SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda t: range(t[0], sum(t)))
)


def positions(spans: list[range]) -> set[int]:
    return {at for span in spans for at in span if at < SIZE}


@given(SPANS)
def test_merged(spans: list[range]) -> None:
    result = merged(spans, SIZE)
    assert positions(result) == positions(spans)
    assert all(len(span) for span in result)
    assert all(one.stop < other.start for one, other in itertools.pairwise(result))


@given(SPANS, SPANS)
def test_remaining(spans: list[range], taken: list[range]) -> None:
    result = remaining(spans, taken, SIZE)
    assert positions(result) == positions(spans) - positions(taken)
    assert result == merged(result, SIZE)
    assert all(span.stop <= SIZE for span in result)
