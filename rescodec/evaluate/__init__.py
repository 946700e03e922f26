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
)
from rescodec.evaluate.report import report, table_heading, table_row

__all__ = [
    "FolderResult",
    "ImageResult",
    "carriers_of",
    "measure_folder",
    "measure_image",
    "report",
    "table_heading",
    "table_row",
]
