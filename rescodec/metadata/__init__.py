"""Colour and camera metadata of photos on their way to LR files and back.

The canonical form is PNG chunks with raw bytes. Whatever the source's format, nothing is written
anew unless it is edited, and what is edited keeps all other bytes where they were.
"""

from .canonical import Excess, Metadata, MetadataError
from .edits import upright
from .lr_file import has_rgb_profile, lr_chunks, metadata_of_chunks
from .open_image import metadata_of_image
from .pillow_info import pillow_info
from .policy import Keep, kept
from .reading import metadata_of_file
from .saving import save_options
from .tiff import add_exif

__all__ = [
    "Excess",
    "Keep",
    "Metadata",
    "MetadataError",
    "add_exif",
    "has_rgb_profile",
    "kept",
    "lr_chunks",
    "metadata_of_chunks",
    "metadata_of_file",
    "metadata_of_image",
    "pillow_info",
    "save_options",
    "upright",
]
