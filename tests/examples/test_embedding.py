"""The code in docs/embedding.md runs and does what the text says."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from PIL import Image

import rescodec_formats as formats

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs/embedding.md").read_text("utf-8"), re.DOTALL
)


def test_the_code_runs(tmp_path: Path) -> None:
    with Image.open(ROOT / "examples/photos/roebling-bridge.jpg") as image:
        image.crop((0, 0, 97, 61)).save(tmp_path / "photo.jpg", quality=95)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(BLOCKS)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "(97, 61) RGB []",
        "PNG (49, 31)",
        "ImageProperties(shape=(61, 97, 3), dtype=dtype('uint8'), n_images=None, is_batch=False, "
        "spacing=None)",
        "alpha-x2-lite-1",
        "(61, 97) alpha-x2-lite-1",
    ]
    assert formats.probe(tmp_path / "again.lr.png").header.carrier == "alpha"
    assert formats.read(tmp_path / "array.lr.png").header.hr_size == (61, 97)
    assert formats.read(tmp_path / "tagged.lr.png").chunks[-1].data == b"Title\0Bridge"


def test_telling_lr_files_from_others() -> None:
    (source,) = [block for block in BLOCKS if "def is_lr_file" in block]
    names: dict[str, object] = {}
    exec(source, names)
    is_lr_file = names["is_lr_file"]
    assert callable(is_lr_file)
    files = sorted((ROOT / "formats/conformance").glob("*.png"))
    assert len(files) > 20
    for path in files:
        try:
            formats.probe(path)
        except formats.NotRescodecError:
            assert not is_lr_file(path.read_bytes()), path.name
        except formats.FormatError:
            continue
        else:
            assert is_lr_file(path.read_bytes()), path.name
    plain = io.BytesIO()
    Image.new("L", (3, 3)).save(plain, "PNG")
    for other in (b"", b"\x89PNG\r\n\x1a\n", plain.getvalue(), plain.getvalue()[:40]):
        assert not is_lr_file(other)
