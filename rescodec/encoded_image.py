"""Images between network and file: as the network leaves them, and rounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Code = npt.NDArray[np.int8]
Multiples = npt.NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class EncodedImage:
    """All that decoding needs, as integers.

    Attributes:
        lr: (h, w, 3) uint8 RGB, h = ceil(H / scale), w = ceil(W / scale).
        planes: (P, h, w) uint8 learned planes, or int16 multiples of their steps for models
            with a dial, where planes larger than the LR image are several of these (see
            ``networks.dial.plane_groups``); None where they are lost.
        hr_size: (H, W) of the original.
        code: (code_channels, ceil(h / 4), ceil(w / 4)) int8 code of z, its values at most
            (code_levels - 1) / 2 from 0; None for models that have none, and where it is
            lost.
        steps: Step of each plane, for models with a dial; otherwise empty.
        quality: That the steps were chosen for, 0 to 100; None where it is not known.
    """

    lr: Image
    planes: Image | Multiples | None
    hr_size: tuple[int, int]
    code: Code | None = None
    steps: tuple[float, ...] = ()
    quality: float | None = None


@dataclass(frozen=True, eq=False)
class UnroundedImage:
    """What a network with a dial makes of an image, before the dial is set.

    Attributes:
        lr: (h, w, 3) float32 RGB, nominally 0 to 1.
        planes: (P - 3, h, w) float32 learned planes, about 0, without those that refine
            the LR image.
        hr_size: (H, W) of the original.
    """

    lr: npt.NDArray[np.float32]
    planes: npt.NDArray[np.float32]
    hr_size: tuple[int, int]


@dataclass(frozen=True)
class DialSteps:
    """In which steps an image is rounded.

    Attributes:
        lr: Of the LR image, in levels.
        planes: Of each plane, in its own units.
        quality: That they were chosen for, 0 to 100, to be kept in the file.
    """

    lr: int
    planes: tuple[float, ...]
    quality: float
