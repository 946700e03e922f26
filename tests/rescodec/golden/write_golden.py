"""Write the golden files of released models: ``python tests/rescodec/golden/write_golden.py ID…``.

Run once for a new id, never again for a released one: the files prove that what was encoded with
it decodes forever.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

import rescodec
from rescodec.evaluate import carriers_of

GOLDEN = Path(__file__).parent
PHOTO = GOLDEN.parents[2] / "examples/photos/chrysanthemums.jpg"
# Odd sizes, so that padding and cropping take part; petals in front of a soft background.
BOX = (560, 300, 560 + 101, 300 + 75)


def main() -> None:
    """Write LR files with every carrier that a model has, and what they decode to."""
    with Image.open(PHOTO) as image:
        source = image.convert("RGB").crop(BOX)
    for model in sys.argv[1:]:
        codec = rescodec.Codec.open(model)
        for carrier in carriers_of(codec):
            lr = GOLDEN / f"{model}.{carrier}.lr.png"
            # Without payload there is no carrier to choose: the default does.
            choice = {} if carrier == "none" else {"carrier": carrier}
            rescodec.encode(source, lr, model=codec, **choice)
        rescodec.decode(lr, GOLDEN / f"{model}.png", model=codec)


if __name__ == "__main__":
    main()
