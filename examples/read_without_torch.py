"""What a viewer, a catalogue or a thumbnailer does with LR files: rescodec-formats is enough.

Usage: python examples/read_without_torch.py FILE.png [COPY.png]
"""

import sys

import rescodec_formats as rf

path, *copies = sys.argv[1:]
try:
    seen = rf.probe(path)  # header and metadata alone; no pixel is inflated
except rf.NotRescodecError as error:
    sys.exit(f"an ordinary picture, or none: {error}")
height, width = seen.header.hr_size
print(f"a photo of {width}x{height}, to be restored with {seen.header.model.id}")
print(f"metadata: {b' '.join(chunk.type for chunk in seen.chunks).decode() or 'none'}")

try:
    file = rf.read(path)  # every digest is checked
except rf.FormatError as error:  # such a file still shows its picture, but restores nothing
    sys.exit(f"the photo is lost ({error.kind}): {error}")
print(f"LR image: {file.lr.shape}, thumbnail: {file.lr[::8, ::8].shape}")
for name, stream in file.streams.items():
    print(f"stream {name!r}: {stream.data.shape} {stream.data.dtype}")

for copy in copies:  # pixels and payload stay as they are, byte for byte
    rf.retag(path, copy, (*file.chunks, rf.Chunk(b"tEXt", b"Title\0Under the bridge")))
