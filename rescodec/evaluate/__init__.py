"""Evaluation of a model on folders of images: ``python -m rescodec.evaluate``.

Quality is measured on images that went through real files, so decibels and bytes belong
together.
"""

from rescodec.evaluate.measure import (
    FolderResult,
    ImageResult,
    carriers_of,
    measure_folder,
    measure_image,
    measured_pixels,
    through_file,
)
from rescodec.evaluate.report import report, table_heading, table_row, versions

__all__ = [
    "FolderResult",
    "ImageResult",
    "carriers_of",
    "measure_folder",
    "measure_image",
    "measured_pixels",
    "report",
    "table_heading",
    "table_row",
    "through_file",
    "versions",
]
