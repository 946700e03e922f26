"""Encode and decode real photos; show what the small file costs and what comes back.

Usage: python examples/demo.py [-o OUT] [PHOTO...]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import rescodec
from rescodec.images import read_photo
from rescodec.metrics import psnr_y

HERE = Path(__file__).parent


def main() -> None:
    """Round-trip each photo at both scales and print a line for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("photos", nargs="*", type=Path, metavar="PHOTO")
    parser.add_argument("-o", "--out", type=Path, default=HERE / "out")
    options = parser.parse_args()
    photos = options.photos or sorted((HERE / "photos").glob("*.jpg"))
    options.out.mkdir(exist_ok=True)
    row = "{:22} {:>5} {:>10} {:>10} {:>11} {:>7} {:>9} {:>9} {:>9}"
    print(
        row.format("photo", "scale", "size", "LR size", "file", "bpp", "PSNR-Y", "encode", "decode")
    )
    for path in photos:
        for scale in (2, 4):
            print(row.format(path.stem, f"x{scale}", *round_trip(path, scale, options.out)))
    print(f"The LR images and the restored photos are in {options.out}.")


def round_trip(path: Path, scale: int, out: Path) -> tuple[str, ...]:
    """Write the LR file and the restored photo; return the columns of the table."""
    codec = rescodec.Codec.open(scale=scale)
    lr_path, restored_path = out / f"{path.stem}-x{scale}.lr.png", out / f"{path.stem}-x{scale}.png"
    started = time.perf_counter()
    header = rescodec.encode(path, lr_path, model=codec, overwrite=True)
    encoded = time.perf_counter()
    rescodec.decode(lr_path, restored_path, model=codec, overwrite=True)
    decoded = time.perf_counter()
    (height, width), (lr_height, lr_width) = header.hr_size, header.lr_size
    size = lr_path.stat().st_size
    quality = psnr_y(read_photo(path).pixels, read_photo(restored_path).pixels, crop=scale)
    return (
        f"{width}x{height}",
        f"{lr_width}x{lr_height}",
        f"{size:,} B",
        f"{8 * size / (width * height):.2f}",
        f"{quality:.2f} dB",
        f"{encoded - started:.2f} s",
        f"{decoded - encoded:.2f} s",
    )


if __name__ == "__main__":
    main()
