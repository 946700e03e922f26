"""The viewer in a real browser: what is on its canvas, and what mouse, touch and keys do."""

from __future__ import annotations

import base64
import io
import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.action_chains import PointerInput
from selenium.webdriver.common.actions import interaction
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

# Of the comparison's pictures, where they differ least.
ORIGINAL, RESTORED = (100, 120, 140), (104, 120, 140)
RESTORED_RIGHT = (104, 120, 180)
PHONE = (390, 844)


@pytest.fixture
def shown(opened: Callable[[str], Chrome], viewer_page: str) -> Viewer:
    return Viewer(opened(viewer_page))


class Viewer:
    """The first viewer of a page."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver
        self.settle()

    def find(self, selector: str) -> Any:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def settle(self) -> None:
        """Wait until all is drawn."""
        script = "return document.querySelector('.stage').getAttribute('aria-busy') === 'false'"
        WebDriverWait(self.driver, 20).until(lambda driver: driver.execute_script(script))
        # What is asked for is drawn with the next picture of the screen.
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))"
        )

    def canvas(self) -> np.ndarray:
        """All pixels of the canvas: (H, W, 4), transparent beside the picture."""
        self.settle()
        return self._pixels(".picture")

    def picture(self) -> np.ndarray:
        """The pixels of the picture on the canvas: (H, W, 3)."""
        canvas = self.canvas()
        rows, columns = np.nonzero(canvas[..., 3])
        inside = canvas[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert (inside[..., 3] == 255).all()
        return inside[..., :3]

    def _pixels(self, selector: str) -> np.ndarray:
        address = self.driver.execute_script(
            "return document.querySelector(arguments[0]).toDataURL()", selector
        )
        with PillowImage.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as image:
            return np.asarray(image.convert("RGBA"))

    def colours(self) -> np.ndarray:
        """The legend of errors: (256, 3)."""
        return self._pixels(".scale canvas")[0, :, :3]

    def choose(self, side: int, name: str) -> None:
        select = Select(self.find(f"[data-side='{side}']"))
        (index,) = [i for i, o in enumerate(select.options) if o.text.startswith(name)]
        select.select_by_index(index)
        self.settle()

    def press(self, *keys: str) -> None:
        self.find(".handle").send_keys(*keys)
        self.settle()

    @property
    def split(self) -> int:
        return int(self.find(".handle").get_attribute("aria-valuenow"))

    @property
    def zoom(self) -> str:
        return self.find("[data-part='zoom']").text

    @property
    def labels(self) -> list[str]:
        return [self.find(f"[data-label='{side}'] b").text for side in (0, 1)]

    def drag(self, kind: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one point of the stage to another, in shares of its sides."""
        box = self.find(".stage").rect
        # Of the window, to which the points of pointers refer.
        top = self.driver.execute_script("return scrollY")
        points = [
            (round(box["x"] + x * box["width"]), round(box["y"] - top + y * box["height"]))
            for x, y in (start, end)
        ]
        pointer = PointerInput(kind, kind)
        actions = ActionBuilder(self.driver, mouse=pointer)
        pointer.create_pointer_move(x=points[0][0], y=points[0][1], duration=0)
        pointer.create_pointer_down(button=0)
        for part in (0.5, 1.0):
            x, y = (round(a + part * (b - a)) for a, b in zip(*points, strict=True))
            pointer.create_pointer_move(x=x, y=y, duration=50)
        pointer.create_pointer_up(button=0)
        actions.perform()
        self.settle()


def is_colour(pixels: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((pixels == colour).all())


def assert_split(viewer: Viewer, share: float) -> None:
    """Check that left of the split there is the original, right of it the restored picture."""
    canvas = viewer.canvas()
    columns = np.nonzero(canvas[canvas.shape[0] // 2, :, 3])[0]
    middle = round(canvas.shape[1] * share)
    left = canvas[canvas.shape[0] // 2, columns[columns < middle - 2], :3]
    right = canvas[canvas.shape[0] // 2, columns[columns > middle + 2], :3]
    assert len(left) > 5
    assert len(right) > 5
    assert is_colour(left, ORIGINAL)
    assert set(map(tuple, right.tolist())) <= {RESTORED, RESTORED_RIGHT}


def test_at_first_the_original_and_what_is_restored(shown: Viewer) -> None:
    assert shown.labels == ["original", "restored · m-1"]
    facts = shown.find("[data-label='1'] span").text
    assert facts == "quality 7 · 1,234 bytes · 1.60 bpp · 40.13 dB · SSIM 0.9877"
    assert shown.split == 50
    assert_split(shown, 0.5)
    options = [option.text for option in Select(shown.find("[data-side='0']")).options]
    # What could not be made is in the table alone.
    assert options == ["original", *(f"{n} · m-1" for n in ("restored", "LR, nearest", "JPEG"))]
    assert "none: too large" in shown.find(".table").text


@pytest.mark.parametrize("kind", ["mouse", "touch", "pen"])
def test_the_split_is_dragged(shown: Viewer, kind: str) -> None:
    shown.drag(kind, (0.5, 0.5), (0.3, 0.6))
    assert abs(shown.split - 30) <= 1
    assert_split(shown, shown.split / 100)
    shown.drag(kind, (0.3, 0.5), (0.7, 0.5))
    assert abs(shown.split - 70) <= 1
    assert_split(shown, shown.split / 100)


def test_keys_move_the_split(shown: Viewer) -> None:
    shown.press(Keys.ARROW_LEFT)
    shown.press(Keys.ARROW_LEFT)
    assert shown.split == 48
    shown.press(Keys.SHIFT + Keys.ARROW_RIGHT)
    assert shown.split == 58
    shown.press(Keys.HOME)
    assert shown.split == 0
    assert is_colour(shown.picture()[:, -10:], RESTORED_RIGHT)
    shown.press(Keys.END)
    assert shown.split == 100
    assert is_colour(shown.picture(), ORIGINAL)


def test_keys_choose_pictures(shown: Viewer) -> None:
    shown.press("r")
    assert shown.labels == ["original", "LR, nearest · m-1"]
    shown.press("x")
    assert shown.labels == ["LR, nearest · m-1", "original"]
    shown.press("l")
    shown.press("R")
    assert shown.labels == ["JPEG · m-1", "JPEG · m-1"]
    assert shown.find("[data-label='0'] span").text.endswith("exact · SSIM 1.0000")
    assert Select(shown.find("[data-side='0']")).first_selected_option.text == "JPEG · m-1"


def test_the_sides_are_chosen_from_lists(shown: Viewer) -> None:
    shown.choose(0, "restored")
    shown.choose(1, "original")
    picture = shown.picture()
    assert is_colour(picture[:, :10], RESTORED)
    assert is_colour(picture[:, -10:], ORIGINAL)
    shown.find("button[data-do='swap']").click()
    assert shown.labels == ["original", "restored · m-1"]


def test_enlarged_pixels_of_the_lr_image_are_squares(shown: Viewer) -> None:
    shown.choose(1, "LR, nearest")
    shown.press(Keys.HOME)
    picture = shown.picture()
    scale = picture.shape[1] // 96
    assert picture.shape == (64 * scale, 96 * scale, 3)
    expected = np.repeat([[255, 0] * 24], 2 * scale, axis=1)
    assert (picture == expected[..., None]).all()


def test_error_maps_and_their_scale(shown: Viewer) -> None:
    assert not shown.find(".scale").is_displayed()
    shown.press("e")
    assert shown.labels == ["error of original", "error of restored · m-1"]
    shown.press(Keys.HOME)
    colours, picture = shown.colours(), shown.picture()
    middle = picture.shape[1] // 2
    # Errors of 4 and of 40 levels, eight times enlarged.
    assert (picture[:, :middle] == colours[32]).all()
    assert (picture[:, middle:] == colours[255]).all()
    ticks = [tick.text for tick in shown.driver.find_elements(By.CSS_SELECTOR, ".ticks span")]
    assert ticks == ["0", "8", "16", "24", "≥ 32 levels"]
    shown.press(Keys.END)
    assert (shown.picture() == colours[0]).all()
    shown.press(Keys.HOME)
    for _ in range(3):
        shown.press("G")
    # Once.
    picture = shown.picture()
    assert (picture[:, :middle] == colours[4]).all()
    assert (picture[:, middle:] == colours[40]).all()
    Select(shown.find("[data-part='gain']")).select_by_visible_text("×4")
    assert (shown.picture()[:, middle:] == colours[160]).all()
    shown.find("[data-part='error']").click()
    assert is_colour(shown.picture()[:, :middle], RESTORED)


def test_larger_errors_are_lighter(shown: Viewer) -> None:
    shown.press("e")
    linear = (shown.colours() / 255.0) ** 2.2
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) > -1e-3).all()
    assert luminance[0] < 0.01
    assert luminance[-1] > 0.8


def test_zoom(shown: Viewer) -> None:
    fit = shown.picture().shape
    shown.press("1")
    assert shown.zoom == "100 %"
    assert shown.picture().shape == (64, 96, 3)
    shown.press("+", "+")
    assert shown.zoom == "200 %"
    shown.press("-")
    assert shown.zoom == "141 %"
    shown.press("0")
    assert shown.picture().shape == fit
    shown.find("button[data-do='in']").click()
    assert shown.canvas()[..., 3].all(axis=1).any()


def test_what_is_larger_than_its_frame_is_moved(shown: Viewer) -> None:
    shown.press(Keys.HOME)
    for _ in range(4):
        shown.press("+")
    # The change between the halves is in the middle; then it is dragged to the left.
    assert_change(shown, 0.5)
    shown.drag("mouse", (0.6, 0.5), (0.4, 0.5))
    assert_change(shown, 0.3)
    shown.drag("touch", (0.3, 0.4), (0.5, 0.4))
    assert_change(shown, 0.5)
    before = shown.canvas()
    shown.press("k")
    assert not np.array_equal(shown.canvas(), before)
    shown.press("j")
    assert np.array_equal(shown.canvas(), before)


def assert_change(viewer: Viewer, share: float) -> None:
    row = viewer.canvas()[50, :, 2].astype(int)
    (places,) = np.nonzero(np.diff(row) > 20)
    assert abs(places[0] / len(row) - share) < 0.02


def test_the_wheel_zooms_once_the_picture_was_clicked(shown: Viewer) -> None:
    before = shown.zoom
    shown.driver.execute_script("document.activeElement.blur()")
    stage = shown.find(".stage")
    wheel = ActionChains(shown.driver).scroll_from_origin
    origin = _origin(stage)
    wheel(origin, 0, -200).perform()
    shown.settle()
    assert shown.zoom == before
    shown.find(".handle").click()
    ActionChains(shown.driver).scroll_from_origin(origin, 0, -200).perform()
    WebDriverWait(shown.driver, 10).until(lambda _: shown.zoom != before)


def _origin(element: Any) -> Any:
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

    return ScrollOrigin.from_element(element)


def test_two_fingers_zoom(shown: Viewer) -> None:
    before = int(shown.zoom.split()[0])
    box = shown.find(".stage").rect
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    actions = ActionBuilder(shown.driver, mouse=PointerInput(interaction.POINTER_TOUCH, "first"))
    second = actions.add_pointer_input(interaction.POINTER_TOUCH, "second")
    for pointer, sign in ((actions.pointer_action.source, -1), (second, 1)):
        pointer.create_pointer_move(x=round(middle[0] + sign * 40), y=round(middle[1]), duration=0)
        pointer.create_pointer_down(button=0)
        pointer.create_pointer_move(x=round(middle[0] + sign * 120), y=round(middle[1]))
        pointer.create_pointer_up(button=0)
    actions.perform()
    shown.settle()
    assert int(shown.zoom.split()[0]) > 1.5 * before


def test_pixels_are_read_out(shown: Viewer) -> None:
    ActionChains(shown.driver).move_to_element(shown.find(".stage")).perform()
    readout = shown.find("[data-part='readout']")
    # The middle of the stage lies between four pixels.
    WebDriverWait(shown.driver, 10).until(lambda _: re.match(r"\(48, 3[12]\)", readout.text))
    assert "left 100 120 140" in readout.text
    assert "right 104 120 180" in readout.text


def test_keys_of_the_browser_stay_its_own(shown: Viewer) -> None:
    shown.press(Keys.CONTROL + "e")
    assert shown.labels == ["original", "restored · m-1"]


def test_names_become_no_markup(shown: Viewer, comparison: Any) -> None:
    assert shown.driver.title == comparison.name
    assert shown.find("h1").text == comparison.name


def test_the_page_loads_nothing(
    opened: Callable[[str], Chrome], viewer_page: str, browser: Chrome
) -> None:
    shown = Viewer(opened(viewer_page.replace("<main>", '<main><img src="other.png">')))
    time.sleep(0.2)
    (entry,) = (e for e in shown.driver.get_log("browser") if e["source"] != "rendering")
    assert "Content Security Policy" in entry["message"]


# --- windows and themes ----------------------------------------------------------------------


def screenshot(driver: Chrome) -> np.ndarray:
    with PillowImage.open(io.BytesIO(driver.get_screenshot_as_png())) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_screenshot(shown: Viewer, window: Callable[..., None], phone: bool, scheme: str) -> None:
    width, height = PHONE if phone else (1280, 900)
    window(width, height, phone=phone, scheme=scheme)
    shown.settle()
    pixels = screenshot(shown.driver)
    assert pixels.shape == (height, width, 3)
    # The page's ground, at its edge.
    assert (pixels[-1, 0] < 60).all() if scheme == "dark" else (pixels[-1, 0] > 220).all()
    box = shown.find(".stage").rect
    row = pixels[round(box["y"] + 0.65 * box["height"])]
    middle = box["x"] + box["width"] / 2
    assert is_colour(row[round(middle - 30)], ORIGINAL)
    assert is_colour(row[round(middle + 30)], RESTORED_RIGHT)
    # Text, lines and buttons.
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50


def test_on_a_phone_all_fits(shown: Viewer, window: Callable[..., None]) -> None:
    window(*PHONE, phone=True)
    shown.settle()
    wide, inner = shown.driver.execute_script(
        "return [document.scrollingElement.scrollWidth, innerWidth]"
    )
    assert wide <= inner == PHONE[0]
    for control in shown.driver.find_elements(
        By.CSS_SELECTOR, ".controls button, .controls select"
    ):
        if control.is_displayed():
            box = control.rect
            assert box["height"] >= 40
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE[0]
    # The picture and what is done to it are on one screen.
    last = shown.find("button[data-do='whole']").rect
    assert last["y"] + last["height"] <= PHONE[1]
    shown.drag("touch", (0.5, 0.5), (0.25, 0.5))
    assert abs(shown.split - 25) <= 2


def test_the_theme_can_be_chosen(shown: Viewer) -> None:
    button = shown.find("#theme")
    grounds = []
    for name in ("light", "dark", "auto"):
        button.click()
        assert button.text == f"Theme: {name}"
        grounds.append(int(screenshot(shown.driver)[-1, 0].sum()))
    assert grounds[1] < 200 < grounds[0] == grounds[2]
