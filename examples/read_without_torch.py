"""Read an LR file where torch is not installed: only rescodec-formats is needed.

Usage: python examples/read_without_torch.py FILE.lr.png
"""

import sys

import rescodec_formats

probe = rescodec_formats.probe(sys.argv[1])  # the header alone; no pixel is inflated
height, width = probe.header.hr_size
print(f"a photo of {width}x{height}, to be restored with {probe.header.model.id}")

container = rescodec_formats.read(sys.argv[1])  # every digest is checked
print(f"LR image: {container.lr.shape}, mean colour {container.lr.mean(axis=(0, 1)).round(1)}")
for name, stream in container.streams.items():
    print(
        f"stream {name!r}: {stream.data.shape} {stream.data.dtype}, mean {stream.data.mean():.1f}"
    )
