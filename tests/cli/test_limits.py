"""How much a file may ask for: every limit has an option, and the message names it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import rescodec_formats as formats
from rescodec_cli import options

COMMANDS = ("decode", "info", "verify", "convert --carrier=alpha")


def test_the_documentation_lists_every_limit() -> None:
    text = (Path(__file__).parents[2] / "docs/robustness.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \| `--(\S+) (\S*)` \|", text, re.MULTILINE)
    assert {name: int(value.replace(",", "")) for name, value, _, _ in rows} == dataclasses.asdict(
        formats.Limits()
    )
    for name, _, option, value in rows:
        assert options.raising(name) == f"--{option} {value} raises it"


def test_every_limit_has_an_option() -> None:
    fields = {field.name for field in dataclasses.fields(formats.Limits)}
    assert {name.replace("-", "_") for name in options.LIMITS} | {"hr_pixels"} == fields
    assert options.raising("hr_pixels").startswith("--max-pixels N")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("0", 0), ("70000", 70_000), ("2k", 2000), ("3M", 3_000_000), ("1G", 10**9)),
        *(("2KiB", 2048), ("3mib", 3 * 2**20), ("1GiB", 2**30)),
    ],
)
def test_numbers(
    rescodec: Callable, encoded: Path, monkeypatch: pytest.MonkeyPatch, text: str, value: int
) -> None:
    seen: list[int] = []
    probe = formats.probe

    def spy(source: bytes, limits: formats.Limits) -> formats.Probe:
        seen.append(limits.payload_bytes)
        return probe(source)

    monkeypatch.setattr(formats, "probe", spy)
    other = ["--limit", "payload-bytes=1", "--limit", "streams=64"]
    rescodec("info", encoded, *other, "--limit", f"payload-bytes={text}")
    assert seen == [value]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["header-bytes", "payload-bytes", "streams", "ancillary-chunks"])
def test_a_message_names_the_option(
    rescodec: Callable, encoded: Path, files: Callable, command: str, name: str
) -> None:
    content = formats.read(encoded)
    stream = content.streams["plane"]
    formats.write(
        encoded,
        content.lr,
        scale=2,
        hr_size=content.header.hr_size,
        model=content.header.model,
        streams=[stream],
        chunks=[formats.Chunk(b"tEXt", b"a\0b")] * 3,
        overwrite=True,
    )
    before = files()
    low = {"header-bytes": "100", "payload-bytes": "99", "streams": "0", "ancillary-chunks": "2"}
    arguments = [*command.split(), encoded, "--limit", f"{name}={low[name]}"]
    rescodec(*arguments).failed(1, "limit of", f"--limit {name}=N raises it")
    assert files() == before
    assert rescodec(*arguments, "--limit", f"{name}=1M", "--max-pixels", 2745).code == 0


def test_what_is_written_keeps_the_limits_too(rescodec: Callable, photo: Path) -> None:
    result = rescodec("encode", photo, "--limit", "payload-bytes=9")
    result.failed(1, "over the limit of 9", "--limit payload-bytes=N")
    assert not Path("photo.lr.png").exists()
