import subprocess
import sys
from pathlib import Path

import rescodec_formats as rf

PARENT = Path(rf.__file__).parents[1]


def run(code: str) -> str:
    start = f"import sys; sys.path.insert(0, {str(PARENT)!r})\n"
    command = [sys.executable, "-W", "error", "-c", start + code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_loads_nothing_heavy() -> None:
    code = "import rescodec_formats; print(*sorted(sys.modules))"
    loaded = {name.partition(".")[0] for name in run(code).split()}
    assert "rescodec_formats" in loaded
    assert not loaded & {"torch", "safetensors", "rescodec", "rescodec_cli", "click", "rich"}


def test_works_where_torch_is_absent() -> None:
    assert (
        run(
            "sys.modules['torch'] = None\n"
            "import io, numpy as np, rescodec_formats as rf\n"
            "file, lr = io.BytesIO(), np.zeros((2, 3, 3), np.uint8)\n"
            "rf.write(file, lr, scale=2, hr_size=(4, 6), model=rf.ModelRef('m', '0' * 64),\n"
            "         streams=[rf.Stream('plane', lr[..., 0])])\n"
            "print(rf.read(file.getvalue()).header.carrier)\n"
        )
        == "chunk\n"
    )


def test_public_names() -> None:
    assert all(hasattr(rf, name) for name in rf.__all__)
    assert rf.FORMAT_VERSION == 1
    assert (PARENT / "rescodec_formats" / "py.typed").exists()
