"""Reports of results: what is in them, as text and in a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from rescodec.bench.results import SUITES, Results
from rescodec.report.evidence import report_page
from rescodec.report.page import page
from rescodec.report.pictures import Comparison

VOID = {"meta", "input", "br"}


class Outline(HTMLParser):
    """Elements and text of a page; every element must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


def test_every_suite_is_there(results: Results) -> None:
    text = Outline(report_page(results)).text
    for words in (
        *("Quality against bytes", "Beside published figures", "Speed", "Changed files", "Models"),
        # Means, measured and published.
        *("47.50 / 0.9900 (2)", "47.81 / 0.9937", "0.57", "2 of 2", "1 of 2", "truncated", "31.00"),
        *("alpha-x2-lite-1, as alpha", "222,368", "Set5: 2", "rescodec report --photo"),
    ):
        assert words in text, words


def test_equal_bytes(results: Results) -> None:
    text = Outline(report_page(results)).text
    # At 5 bpp, to where JPEG does not go, 48 dB stand to nothing; the dial's are 1 dB above JPEG's.
    assert re.search(r"dial-x2-lite-1 +\+1\.00", text)
    assert re.search(r"dial-x2-lite-1 +−\d+\.\d %", text)


def test_curves_of_other_images_are_not_compared(results: Results) -> None:
    for record in results.records("rate"):
        if record["way"] == "JPEG" and record["image"] == "a.png":
            results.add("rate", record | {"image": "b.png"})
    text = Outline(report_page(results)).text
    assert not re.search(r"dial-x2-lite-1 +[+−]\d", text)


@pytest.mark.parametrize("suite", [None, *SUITES])
def test_results_of_one_suite(results: Results, suite: str | None, tmp_path: Path) -> None:
    some = Results(tmp_path / "some.json")
    for record in results.records(suite) if suite else ():
        some.add(suite, record)
    # Nothing is known of the models.
    text = Outline(report_page(some)).text
    assert ("There are no results yet" in text) == (suite is None)


def test_one_model_alone(results: Results, tmp_path: Path) -> None:
    some = Results(tmp_path / "some.json")
    some.add_model("dial-x2-lite-1", results.models["dial-x2-lite-1"])
    for record in results.records("rate"):
        if record["way"] == "dial-x2-lite-1":
            some.add("rate", record)
    text = Outline(report_page(some)).text
    assert "every point" in text
    assert "equal bytes, model" not in text


def test_values_that_are_missing(results: Results) -> None:
    outline = Outline(report_page(results))
    figures = [attrs for tag, attrs in outline.elements if (attrs.get("class") or "") == "curves"]
    # No image has a VIF or an MS-SSIM.
    assert {attrs["data-measure"] for attrs in figures} == {"psnr_y", "ssim_y", "psnr_rgb"}


def test_a_page_is_self_contained(results: Results, comparison: Comparison) -> None:
    text = report_page(results, [comparison])
    outline = Outline(text)
    assert "<script>alert" not in text
    for _, attrs in outline.elements:
        assert not {"src", "href", "style", "onclick", "onload"} & set(attrs)
    # Namespaces of SVG would be addresses too.
    assert "http://" not in text
    assert "https://" not in text


def test_the_policy_allows_the_pages_own_style_and_script(results: Results) -> None:
    text = report_page(results)
    (policy,) = (
        str(attrs["content"])
        for _, attrs in Outline(text).elements
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:;")
    for name in ("style", "script"):
        (content,) = re.findall(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


def test_titles_are_text() -> None:
    assert "<title>&lt;b&gt;</title>" in page("<b>", [])


# --- in a browser ----------------------------------------------------------------------------


def visible(driver: Chrome, selector: str) -> list[str]:
    found = driver.find_elements(By.CSS_SELECTOR, selector)
    return [element.text.splitlines()[0] for element in found if element.is_displayed()]


def test_plots_are_chosen(opened: Callable[[str], Chrome], results: Results) -> None:
    driver = opened(report_page(results))
    assert visible(driver, "figure.curves") == ["Set5, x2: PSNR-Y, dB"]
    measure = Select(driver.find_element(By.CSS_SELECTOR, "select[data-of='measure']"))
    measure.select_by_visible_text("SSIM-Y")
    assert visible(driver, "figure.curves") == ["Set5, x2: SSIM-Y"]
    assert any("equal bytes" in caption for caption in visible(driver, "figure.table"))


def test_curves_can_be_hidden(opened: Callable[[str], Chrome], results: Results) -> None:
    driver = opened(report_page(results))
    (button,) = (
        button
        for button in driver.find_elements(By.CSS_SELECTOR, "button[data-curve]")
        if button.is_displayed() and button.text == "JPEG"
    )
    curve = driver.find_element(
        By.CSS_SELECTOR,
        f"figure:not([hidden]) g[data-curve='{button.get_attribute('data-curve')}']",
    )
    assert curve.is_displayed()
    button.click()
    assert not curve.is_displayed()
    button.click()
    assert curve.is_displayed()


def test_without_a_script_everything_is_shown(
    opened: Callable[[str], Chrome], results: Results, browser: Chrome
) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        driver = opened(report_page(results))
        assert len(visible(driver, "figure.curves")) == 3
        assert visible(driver, ".choice") == []
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_on_a_phone_nothing_is_wider_than_the_window(
    opened: Callable[[str], Chrome],
    window: Callable[..., None],
    results: Results,
    comparison: Comparison,
) -> None:
    driver = opened(report_page(results, [comparison]))
    window(390, 844, phone=True)
    for details in driver.find_elements(By.CSS_SELECTOR, "summary"):
        details.click()
    wide, inner = driver.execute_script(
        "return [document.scrollingElement.scrollWidth, innerWidth]"
    )
    assert wide <= inner == 390
