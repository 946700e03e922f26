"""Which engine does the work on whole folders."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from rescodec.batch.device_engine import DeviceEngine
from rescodec.batch.engines import ProcessEngine, ThreadEngine
from rescodec_cli import tree


@pytest.mark.parametrize(
    ("device", "workers", "engine"),
    [
        *(("cpu", 1, ThreadEngine), ("cpu", 2, ProcessEngine)),
        *(("cuda", 1, ThreadEngine), ("cuda", 2, DeviceEngine)),
    ],
)
def test_engines(device: str, workers: int, engine: type) -> None:
    """The engine for devices needs none to be chosen."""
    job = SimpleNamespace(options=SimpleNamespace(workers=workers, engine="local"))
    assert type(tree._engine(job, None, 9, device, 10**6)) is engine  # type: ignore[arg-type]
