"""Drawn pictures with letters: pages and a window such as screenshots show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

Image = npt.NDArray[np.uint8]
Color = tuple[int, int, int]

SIDE = 384
TEXT = (
    "Sphinx of black quartz, judge my vow. 0123456789",
    "The five boxing wizards jump quickly; Il1|, rn/m, O0.",
    "Pack my box with five dozen liquor jugs (for 27.50).",
)
BLACK: Color = (0, 0, 0)
WHITE: Color = (255, 255, 255)
# Letters on their ground, as links, warnings, slides and editors have them.
PAIRS: Sequence[tuple[Color, Color]] = (
    ((255, 0, 0), WHITE),
    ((0, 0, 238), WHITE),
    ((0, 160, 0), WHITE),
    (WHITE, (200, 0, 0)),
    ((255, 255, 0), (0, 0, 160)),
    ((255, 0, 0), (0, 0, 255)),
    ((0, 255, 0), BLACK),
    ((255, 0, 255), (0, 96, 0)),
)
# An LCD's pixel is three stripes; a glyph's coverage is smoothed over as many.
STRIPES = 3


def text() -> Image:
    """Draw black letters on white, 9 to 32 pixels high."""
    image, draw = _canvas(WHITE)
    top = 4
    for size in (9, 10, 11, 12, 13, 14, 16, 18, 20, 24, 28, 32):
        for line in TEXT[: 2 if size < 20 else 1]:
            draw.text((4, top), line, BLACK, _font(size))
            top += size + 4
    return np.asarray(image)


def colored_text() -> Image:
    """Draw letters of strong colours on white and on other strong colours."""
    image, draw = _canvas(WHITE)
    height = SIDE // len(PAIRS)
    for index, (ink, ground) in enumerate(PAIRS):
        top = index * height
        draw.rectangle((0, top, SIDE, top + height - 1), ground)
        draw.text((4, top + 2), TEXT[index % 3], ink, _font(11))
        draw.text((4, top + 17), TEXT[(index + 1) % 3], ink, _font(20))
    return np.asarray(image)


def subpixel_text() -> Image:
    """Draw letters whose edges have an LCD's colours, black on white and white on dark."""
    wide = PillowImage.new("L", (SIDE * STRIPES, SIDE), 255)
    for index, size in enumerate((11, 12, 13, 14, 15, 16, 18, 20) * 2):
        # Letters are drawn three times larger and only their height is reduced again.
        line = PillowImage.new("L", (SIDE * STRIPES, size * 2 * STRIPES), 255)
        ImageDraw.Draw(line).text((12, 6), TEXT[index % 3], 0, _font(size * STRIPES))
        box = line.resize((SIDE * STRIPES, size * 2), PillowImage.Resampling.BOX)
        wide.paste(box, (0, index * SIDE // 16))
    coverage = np.asarray(wide).astype(np.float64)
    smooth = (np.roll(coverage, 1, 1) + coverage + np.roll(coverage, -1, 1)) / STRIPES
    pixels = np.rint(smooth).astype(np.uint8).reshape(SIDE, SIDE, STRIPES)
    half = SIDE // 2
    dark = np.maximum(255 - pixels[half:], 30)
    return np.concatenate((pixels[:half], dark))


def window() -> Image:
    """Draw a program's window: bars, buttons, a list, a terminal, lines one pixel wide."""
    image, draw = _canvas((58, 110, 165))
    draw.rectangle((12, 12, 371, 371), (240, 240, 240), (90, 90, 90))
    draw.rectangle((13, 13, 370, 36), (0, 84, 166))
    draw.text((20, 17), "Untitled - Editor", WHITE, _font(13))
    for left, color in ((310, (230, 230, 230)), (330, (230, 230, 230)), (350, (232, 17, 35))):
        draw.rectangle((left, 17, left + 15, 32), color, BLACK)
    draw.line((354, 21, 361, 28), WHITE)
    draw.line((361, 21, 354, 28), WHITE)
    draw.text((20, 40), "File   Edit   View   Insert   Format   Tools   Help", BLACK, _font(11))
    draw.line((13, 56, 370, 56), (160, 160, 160))
    _list(draw)
    _terminal(draw)
    for left, label in ((150, "OK"), (222, "Cancel"), (294, "Apply")):
        draw.rectangle((left, 340, left + 64, 362), (225, 225, 225), (120, 120, 120))
        draw.text((left + 16, 344), label, BLACK, _font(12))
    draw.rectangle((150, 340, 214, 362), None, (0, 120, 215), 2)
    return np.asarray(image)


def _list(draw: ImageDraw.ImageDraw) -> None:
    """Draw a list with a chosen row, icons, boxes to tick and a scroll bar."""
    draw.rectangle((20, 64, 190, 330), WHITE, (130, 135, 144))
    colors = ((214, 40, 40), (42, 157, 143), (233, 196, 106), (38, 70, 183), (120, 60, 160))
    for index in range(14):
        top = 68 + index * 18
        if index == 3:
            draw.rectangle((21, top - 1, 176, top + 16), (0, 120, 215))
        draw.rectangle((26, top + 3, 36, top + 13), WHITE, (51, 51, 51))
        if index % 3 == 0:
            draw.line(((28, top + 8), (31, top + 11), (35, top + 4)), BLACK)
        draw.ellipse((42, top + 2, 53, top + 13), colors[index % 5])
        ink = WHITE if index == 3 else BLACK
        draw.text((60, top + 1), f"Item {index + 1}: {index * 37 % 100} KB", ink, _font(11))
    draw.rectangle((177, 65, 189, 329), (230, 230, 230))
    draw.rectangle((178, 90, 188, 150), (170, 170, 170))


def _terminal(draw: ImageDraw.ImageDraw) -> None:
    """Draw coloured letters on black, a grid and a progress bar."""
    draw.rectangle((200, 64, 362, 190), (12, 12, 12))
    inks = ((204, 204, 204), (22, 198, 12), (231, 72, 86), (59, 120, 255), (249, 241, 165))
    for index in range(9):
        line = f"$ make part-{index}  [{index * 11:2d}%]"
        draw.text((204, 68 + index * 13), line, inks[index % 5], _font(10))
    for step in range(0, 121, 8):
        draw.line((200 + step, 200, 200 + step, 300), (200, 200, 200))
        draw.line((200, 200 + min(step, 100), 320, 200 + min(step, 100)), (200, 200, 200))
    draw.line([(200 + x, 250 - x * 37 % 41) for x in range(0, 121, 6)], (200, 0, 0))
    draw.rectangle((200, 312, 362, 328), (230, 230, 230), (120, 120, 120))
    draw.rectangle((202, 314, 290, 326), (6, 176, 37))


def _canvas(color: Color) -> tuple[PillowImage.Image, ImageDraw.ImageDraw]:
    image = PillowImage.new("RGB", (SIDE, SIDE), color)
    return image, ImageDraw.Draw(image)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
