"""The report of a benchmark: what ``rescodec bench`` has found, as a page."""

from __future__ import annotations

from collections.abc import Sequence

from rescodec.bench.results import Results
from rescodec.bench.verdict import verdicts
from rescodec.report import suites
from rescodec.report.markup import Markup, element, prose
from rescodec.report.page import page
from rescodec.report.pictures import Comparison
from rescodec.report.rates import rates
from rescodec.report.viewer import viewer

NO_PICTURES = (
    "Results hold no pictures; `rescodec report --photo FILE` adds a viewer of a photo, and "
    "`rescodec compare FILE` makes a page of one photo alone."
)
EMPTY = "There are no results yet; `rescodec bench` makes them."


def report_page(results: Results, comparisons: Sequence[Comparison] = ()) -> str:
    """Return the page of a benchmark's results.

    Args:
        results: Of the benchmark.
        comparisons: Photos that get a viewer.
    """
    tables = [
        *_in_words(results),
        *rates(results),
        *suites.fidelity(results),
        *suites.speed(results),
        *suites.robust(results),
    ]
    pictures = [viewer(comparison) for comparison in comparisons]
    sections: list[Markup] = [
        *(tables or [prose(EMPTY)]),
        *(pictures or [prose(NO_PICTURES)]),
        *suites.models(results),
        *suites.environments(results),
    ]
    return page("rescodec: the evidence", sections)


def _in_words(results: Results) -> list[Markup]:
    sentences = [element("li", sentence) for sentence in verdicts(results)]
    if not sentences:
        return []
    words = (
        "PSNR-Y at equal bytes of whole files. A bicubic LR PNG with a file of another codec "
        "inside also shows a picture everywhere and holds the photo; those codecs alone need no "
        "LR image."
    )
    title = element("h2", "Where models are better, and where they are not")
    return [element("section", title, prose(words), element("ul", *sentences))]
