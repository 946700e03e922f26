"""Encode every JPEG of a folder with one model.

Usage: python examples/convert_folder.py FOLDER OUT
"""

import sys
from pathlib import Path

import rescodec

folder, out = Path(sys.argv[1]), Path(sys.argv[2])
out.mkdir(exist_ok=True)
codec = rescodec.Codec.open(scale=2)
for photo in sorted(folder.glob("*.jpg")):
    header = rescodec.encode(photo, out / f"{photo.stem}.lr.png", model=codec, overwrite=True)
    print(photo.name, header.lr_size)
