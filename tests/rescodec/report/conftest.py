"""Results, comparisons and a browser for the tests of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from rescodec.bench.results import Results
from rescodec.report.crop import Window
from rescodec.report.page import compare_page
from rescodec.report.pictures import Comparison, Version

# Set where nothing may be skipped.
REQUIRE = "RESCODEC_REQUIRE_PROGRAMS"
PROGRAMS = ("chromium", "chromedriver")
ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--force-color-profile=srgb"),
)
# Nothing of a name or a figure may become markup.
EVIL = "<script>alert('x')</script>&\".png"


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """Results of all suites: a model without a dial, one with, and a rival."""
    found = Results(tmp_path / "results.json")
    found.add_environment({"processor": "none", "cores": 2, "gpu": None, "versions": {"a": "1"}})
    for name, family in (("alpha-x2-lite-1", "alpha"), ("dial-x2-lite-1", "dial")):
        found.add_model(name, {"family": family, "scale": 2, "parameters": 222_368})
    for image in ("a.png", EVIL):
        found.add_image("Set5", image, {"height": 8, "width": 8})
        place = {"folder": "Set5", "image": image}
        for record in _rates():
            found.add("rate", place | record)
        found.add("fidelity", place | {"way": "alpha-x2-lite-1", "psnr_y": 47.5, "ssim_y": 0.99})
        changed = {"change": "cut", "detected": True, "kind": "truncated", "psnr_y_intact": 47.0}
        way = {"way": "alpha-x2-lite-1", "carrier": "chunk"}
        found.add("robust", place | way | changed | {"psnr_y": None if image == EVIL else 31.0})
    speed = {"way": "alpha-x2-lite-1", "device": "cpu", "megapixels": 1.0, "command": "encode"}
    found.add("speed", speed | {"megapixels_per_second": 0.567, "peak_bytes": 2**29})
    return found


def _rates() -> Iterator[dict[str, Any]]:
    for carrier in ("alpha", "chunk"):
        yield _rate("alpha-x2-lite-1", carrier, None, 5.0, 48.0)
    for setting in range(0, 60, 10):
        dial = 2 + setting / 10
        yield _rate("dial-x2-lite-1", "chunk", setting, dial, 38 + 4 * dial)
        yield _rate("JPEG", None, setting, dial, 37 + 4 * dial)
        yield _rate("bicubic x2 + AVIF", None, setting, dial + 2, 36 + 4 * dial)
    # Equal to the original.
    yield _rate("dial-x2-lite-1", "chunk", 100, 15.0, None)


def _rate(
    way: str, carrier: str | None, setting: float | None, bpp: float, psnr: float | None
) -> dict[str, Any]:
    values = {"psnr_y": psnr, "ssim_y": 1 - 0.2 / (bpp + 2), "psnr_rgb": psnr, "vif": None}
    key = {"way": way, "carrier": carrier, "setting": setting}
    return key | {"bpp": bpp, "bytes": round(8 * bpp)} | values


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    """Pictures with known colours: grey, and versions that are off by known levels.

    96 × 64 pixels; the restored one is 4 levels brighter in red, and 40 in blue in its right half.
    """
    original = np.full((64, 96, 3), (100, 120, 140), np.uint8)
    restored = original.copy()
    restored[..., 0] += 4
    restored[:, 48:, 2] += 40
    lr = np.zeros((32, 48, 3), np.uint8)
    lr[:, ::2] = 255
    versions = (
        Version("original", pixels=original),
        Version("restored", "m-1", "quality 7", restored, 1, 1234, 1.6, 40.126, 0.98765),
        Version("LR, nearest", "m-1", "x2", lr, 2, None, None, 12.5, 0.25),
        Version("JPEG", "m-1", "quality 90", original, 1, 1200, 1.5, float("inf"), 1.0),
        Version("AVIF", "m-1", "none: too large"),
    )
    return Comparison(EVIL, (640, 960), Window(16, 32, 96, 64), ("it is grey",), versions)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A headless Chromium; the test is skipped without one, or fails."""
    found = {name: shutil.which(name) for name in PROGRAMS}
    if None in found.values():
        missing = ", ".join(name for name, path in found.items() if path is None)
        if os.environ.get(REQUIRE):
            pytest.fail(f"{missing} not installed (and {REQUIRE} is set)")
        pytest.skip(f"{missing} not installed")
    options = ChromeOptions()
    options.binary_location = str(found["chromium"])
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    driver = Chrome(options=options, service=Service(str(found["chromedriver"])))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def window(browser: Chrome) -> Callable[..., None]:
    """Give the browser's window a size and a colour scheme."""

    def resize(width: int, height: int, *, phone: bool = False, scheme: str = "light") -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": phone})
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    return resize


@pytest.fixture
def opened(
    browser: Chrome, window: Callable[..., None], tmp_path: Path
) -> Iterator[Callable[[str], Chrome]]:
    """Open a page from a file; afterwards it must not have complained."""
    window(1000, 800)

    def show(page: str) -> Chrome:
        path = tmp_path / "page.html"
        path.write_text(page, encoding="utf-8")
        browser.get(path.as_uri())
        return browser

    yield show
    # It may advise those who read canvases often, which the tests alone do.
    assert [e for e in browser.get_log("browser") if e["source"] != "rendering"] == []


@pytest.fixture(scope="session")
def viewer_page(comparison: Comparison) -> str:
    return compare_page(comparison)
