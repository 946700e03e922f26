"""What is opened as what, once rescodec is registered with Pillow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, UnidentifiedImageError

import rescodec
import rescodec_formats as formats

GOLDEN = Path(__file__).parents[1] / "golden/alpha-x2-lite-1.chunk.lr.png"


def opened(source: Any) -> Image.Image:
    return Image.open(source, formats=["RESCODEC"])


def run(code: str) -> list[str]:
    """Run a program in a process of its own; in it `GOLDEN` is an LR file."""
    start = f"GOLDEN = {str(GOLDEN)!r}\nimport sys\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", start + code],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


REGISTER = "import rescodec; rescodec.register_pillow(device='cpu')\n"
PLAIN = "with Image.open(GOLDEN) as image: print(image.format, *image.size)\n"
PLAIN_BYTES = "print(Image.open(io.BytesIO(open(GOLDEN, 'rb').read())).format)\n"
NAMED = "with Image.open(GOLDEN, formats=['RESCODEC']) as image: print(image.format, *image.size)\n"


@pytest.mark.parametrize(
    "order",
    [
        REGISTER + "import io; from PIL import Image\n",
        "import io; from PIL import Image\n" + REGISTER,
        "import io; from PIL import Image; Image.preinit()\n" + REGISTER,
        "import io; from PIL import Image; Image.init()\n" + REGISTER,
        REGISTER + "import io; from PIL import Image; Image.init()\n",
        "import io; from PIL import Image\n" + PLAIN + REGISTER,
    ],
)
def test_plain_opening_gives_the_lr_image_in_any_order(order: str) -> None:
    lines = run(order + PLAIN + NAMED + PLAIN_BYTES + PLAIN)
    assert lines[-4:] == ["PNG 51 38", "RESCODEC 101 75", "PNG", "PNG 51 38"]


def test_what_pillow_refuses_as_a_png_does_not_become_a_photo(tmp_path: Path) -> None:
    # Pillow gives up on profiles of an unknown compression.
    path = tmp_path / "odd.lr.png"
    formats.retag(GOLDEN, path, [formats.Chunk(b"iCCP", b"x\0\1x")])
    with pytest.raises(UnidentifiedImageError):
        Image.open(path)
    with opened(path) as image:
        assert image.size == (101, 75)


def test_suffixes_stay_those_of_png(tmp_path: Path) -> None:
    assert Image.registered_extensions()[".png"] == "PNG"
    assert "RESCODEC" not in Image.registered_extensions().values()
    with opened(GOLDEN) as image:
        image.save(tmp_path / "photo.png")
    with pytest.raises(formats.NotRescodecError):
        formats.probe(tmp_path / "photo.png")


def test_opening_and_verifying_import_no_torch() -> None:
    code = (
        "from PIL import Image\n" + REGISTER + "image = Image.open(GOLDEN, formats=['RESCODEC'])\n"
        "print(image.size, image.mode, sorted(image.info), 'torch' in sys.modules)\n"
        "image.verify()\n"
        "print('torch' in sys.modules, 'imageio' in sys.modules)\n"
        "Image.open(GOLDEN, formats=['RESCODEC']).load()\n"
        "print('torch' in sys.modules)\n"
    )
    assert run(code) == ["(101, 75) RGB ['icc_profile'] False", "False False", "True"]


def test_limits() -> None:
    rescodec.register_pillow(device="cpu", limits=formats.Limits(hr_pixels=101 * 75 - 1))
    with pytest.raises(OSError, match="limit"):
        opened(GOLDEN)
    rescodec.register_pillow(device="cpu", limits=formats.Limits(hr_pixels=101 * 75))
    opened(GOLDEN).close()


def test_the_limit_of_pillow_holds_for_the_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 51 * 38)
    Image.open(GOLDEN).close()
    with pytest.raises(Image.DecompressionBombError):
        opened(GOLDEN)


def test_an_unknown_device_is_the_caller_s_mistake() -> None:
    rescodec.register_pillow(device="abacus")
    with opened(GOLDEN) as image, pytest.raises(ValueError, match="abacus"):
        image.load()
