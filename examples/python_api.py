"""Encode a photo in memory, look at the small image, restore the photo.

Usage: python examples/python_api.py PHOTO
"""

import io
import sys

from PIL import Image

import rescodec

png = rescodec.encode(sys.argv[1], scale=2)  # bytes of an ordinary PNG
with Image.open(io.BytesIO(png)) as small:
    print(f"LR image: {small.width}x{small.height}, {len(png):,} bytes")

photo = rescodec.decode(png)  # pixels, alpha and metadata
print(f"restored: {photo.width}x{photo.height}, mode {photo.to_pillow().mode}")

# Arrays, and one model for many images:
codec = rescodec.Codec.open(scale=4)
encoded = codec.encode(rescodec.read_photo(sys.argv[1]).pixels)
print(f"arrays: LR {encoded.lr.shape}, planes {encoded.planes.shape}")
