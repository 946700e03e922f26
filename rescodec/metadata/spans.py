"""Which bytes a file's parts take: spans, what of them overlaps and what remains."""

from __future__ import annotations

from collections.abc import Iterable


def merged(spans: Iterable[range], size: int) -> list[range]:
    """Return spans in order and without overlap, cut to the ``size`` bytes that there are."""
    result: list[range] = []
    for span in sorted(spans, key=lambda span: span.start):
        start, stop = span.start, min(span.stop, size)
        if stop <= start:
            continue
        if result and start <= result[-1].stop:
            result[-1] = range(result[-1].start, max(stop, result[-1].stop))
        else:
            result.append(range(start, stop))
    return result


def remaining(spans: Iterable[range], taken: Iterable[range], size: int) -> list[range]:
    """Return what of ``spans`` is in none of ``taken``, merged and cut to ``size`` bytes."""
    blocks = merged(taken, size)
    result: list[range] = []
    index = 0
    for span in merged(spans, size):
        start = span.start
        while index < len(blocks) and blocks[index].stop <= start:
            index += 1
        at = index
        while at < len(blocks) and blocks[at].start < span.stop:
            if blocks[at].start > start:
                result.append(range(start, blocks[at].start))
            start = blocks[at].stop
            at += 1
        if start < span.stop:
            result.append(range(start, span.stop))
    return result
