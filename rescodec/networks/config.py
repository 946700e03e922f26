"""The frozen description of a network, stored beside its weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rescodec.configuration import conform_fields, require_choice, unknown_key

SUBNETS = ("plain", "separable", "separable-first", "dense", "padb")
COUPLINGS = ("joint", "separate")
PLANE_STARTS = ("mean", "first", "after")
CODE_LAYERS = (2, 4)
CODE_RESAMPLINGS = ("pool", "shuffle")
MOST_CODE_LEVELS = 255
MOST_LR_STEP = 64
# Options younger than the first released weights. They are written only where they are in use, so
# that the configurations of older weights, and their digests, stay what they are.
_YOUNGER = frozenset(
    (
        *("code_channels", "code_levels", "code_layers", "code_width", "code_resampling"),
        *("dlv_channels", "hidden_planes", "dial_steps", "lr_steps", "plane_start", "mixing"),
        "plane_neutral",
    )
)


@dataclass(frozen=True)
class NetworkConfig:
    """Everything that decides what a network computes, except its weights.

    The configuration travels with the weights and enters their digest, so two
    files that name the same digest were made by exactly the same function.

    Attributes:
        scale: Downscaling factor a side, a power of two: 2 for one Haar level,
            4 for two.
        blocks: Coupling blocks of each level, first (highest resolution) level
            first.
        widths: Hidden channels of the subnets of each level. For ``dense`` it
            is the growth, 32 in IRN; ``padb`` derives its widths and ignores it.
        subnet: Layers of the coupling functions: ``plain`` (three convolutions),
            ``separable`` (the same, each depthwise and then 1x1), ``separable-first`` (the first
            of the three alone), ``dense`` (IRN's dense block) or ``padb`` (FIRN).
        coupling: ``joint`` for one network that yields scale and shift together,
            ``separate`` for one each (IRN's H and G).
        planes: Learned planes beside the LR image: 0 (IRN) or 1 (IRN-A). With a dial
            ``3 * scale**2``, so that nothing is lost but what rounding takes: all channels that
            are not the LR image, and those that refine it.
        plane_gain: Factor on the mean of the high channels with which the plane
            starts; 1 in IRN-A.
        plane_bias: Added before the plane's sigmoid; positive values make an
            alpha channel start more opaque, until training moves it.
        plane_floor: Lowest value of the plane, in [0, 1). Keeps an alpha channel
            away from 0, where viewers and editors destroy the colour.
        latent_std: Standard deviation of z when decoding: 0 for networks that
            are trained with z = 0, 1 for the published IRN and FIRN.
        haar_factor: Factor of the forward Haar transform's sums: 0.25 makes the
            low band the mean of 2x2 pixels, 0.5 makes the transform orthonormal.
        input_offset: Subtracted from the HR image (range 0 to 1) on the way in and
            added to the LR image on the way out.
        code_channels: Channels of the code of z, at a quarter of the LR size a side
            (IRN-M, which has 4); 0 for networks that store no code.
        code_levels: Values that one element of the code can take, odd; 255 fill 8 bits.
        code_layers: Convolutions of the code's encoder, and of its decoder: 2 or 4.
        code_width: Hidden channels of both.
        code_resampling: ``pool`` for max-pooling and enlargement between the
            convolutions (IRN-M), ``shuffle`` for 4x4 positions as channels.
        dlv_channels: Channels of a downscaling latent beside the high bands of the
            first level, rescodec's DLV-style construction after arXiv 2207.11844:
            noise while training, zero when encoding, discarded when decoding.
        hidden_planes: 1 for a plane that the low branch has but no file: it is the first
            channel of z. It gives the low branch a channel to compute with, and networks
            without a payload can start from the weights of one with a plane.
        dial_steps: The finest and the coarsest step, in levels of 255 to 1, in which the
            planes are rounded; which one, each file decides. Empty for planes of 8 bits.
        lr_steps: The finest and the coarsest step, in levels, in which the LR image of a
            network with a dial is rounded; coarse where the planes are.
        plane_start: What a single plane is before the first block: ``mean`` of the high
            channels, the ``first`` of them, or none, split off ``after`` the last block
            (arXiv 2303.06747, table 1: "pre-split" with and without its average, "post-split").
        plane_neutral: What stands in for a lost plane, before the sigmoid and its bias. Planes
            move while a network is trained; from the mean of trained ones comes a photo that is
            much nearer to the original than from 0 (docs/results/README.md).
        mixing: Whether an invertible 1x1 convolution mixes the high channels after each block.

    Raises:
        ValueError: A value is outside what the networks support.
    """

    scale: int
    blocks: tuple[int, ...]
    widths: tuple[int, ...]
    subnet: str = "plain"
    coupling: str = "joint"
    planes: int = 0
    plane_gain: float = 1.0
    plane_bias: float = 0.0
    plane_floor: float = 0.0
    latent_std: float = 0.0
    haar_factor: float = 0.25
    input_offset: float = 0.5
    code_channels: int = 0
    code_levels: int = MOST_CODE_LEVELS
    code_layers: int = 4
    code_width: int = 32
    code_resampling: str = "pool"
    dlv_channels: int = 0
    hidden_planes: int = 0
    dial_steps: tuple[float, ...] = ()
    lr_steps: tuple[int, ...] = ()
    plane_start: str = "mean"
    mixing: bool = False
    plane_neutral: float = 0.0

    def __post_init__(self) -> None:
        """Check every field; a wrong configuration must not make a network."""
        conform_fields(self)
        if self.scale not in (2, 4, 8):
            raise ValueError(f"scale is {self.scale}; supported are 2, 4 and 8")
        for name in ("blocks", "widths"):
            values = getattr(self, name)
            if len(values) != self.levels or any(v < 1 for v in values):
                raise ValueError(
                    f"{name} is {list(values)}; scale {self.scale} needs "
                    f"{self.levels} positive numbers, one per level"
                )
        require_choice("subnet", self.subnet, SUBNETS)
        require_choice("coupling", self.coupling, COUPLINGS)
        require_choice("plane_start", self.plane_start, PLANE_STARTS)
        everything = 3 * self.scale**2
        if self.planes not in ((everything,) if self.dial_steps else (0, 1)):
            raise ValueError(
                f"planes is {self.planes}; supported are 0 and 1, or {everything} with dial_steps"
            )
        if not 0 <= self.plane_floor < 1:
            raise ValueError(f"plane_floor is {self.plane_floor}; it must lie in [0, 1)")
        if self.plane_gain <= 0 or self.haar_factor <= 0 or self.latent_std < 0:
            raise ValueError("plane_gain and haar_factor must be positive, latent_std not negative")
        if not 0 <= self.hidden_planes <= max(0, 1 - self.planes):
            raise ValueError(
                f"hidden_planes is {self.hidden_planes} with {self.planes} planes; "
                "a network has at most one plane, stored or hidden"
            )
        self._check_plane_start()
        self._check_plane_neutral()
        self._check_dial()
        if self.dlv_channels < 0:
            raise ValueError(f"dlv_channels is {self.dlv_channels}; it must not be negative")
        self._check_code()

    @property
    def levels(self) -> int:
        """Number of Haar levels: the binary logarithm of the scale."""
        return self.scale.bit_length() - 1

    @property
    def low_channels(self) -> int:
        """Channels of the low branch: RGB and a plane, stored or hidden.

        With a dial the planes are the high branch, which the network can predict from the LR
        image at once. A plane that is split off after the last block is part of it too.
        """
        apart = self.dial_steps or self.plane_start == "after"
        return 3 + (0 if apart else self.planes) + self.hidden_planes

    @property
    def analysed_planes(self) -> int:
        """How many planes are known before the LR image is rounded."""
        return self.planes - (3 if self.dial_steps else 0)

    @property
    def has_payload(self) -> bool:
        """Whether files hold anything beside the LR image."""
        return self.planes > 0 or self.code_channels > 0

    @property
    def latent_channels(self) -> int:
        """Channels of z at LR size: what is neither LR image nor plane."""
        if self.dial_steps:
            return 0
        dlv = self.dlv_channels * 4 ** (self.levels - 1)
        return int(3 * self.scale**2 - 3 - self.planes + dlv)

    @property
    def as_trained(self) -> NetworkConfig:
        """The configuration of a network while it is trained: no plane is lost then."""
        return dataclasses.replace(self, plane_neutral=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values.

        Younger options that have their default value are left out.
        """
        values = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name not in _YOUNGER or value != field.default:
                values[field.name] = list(value) if isinstance(value, tuple) else value
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> NetworkConfig:
        """Build a configuration from JSON or TOML values.

        Args:
            values: Keys as the attributes; lists where the attributes are tuples.

        Returns:
            The checked configuration.

        Raises:
            ValueError: A key is unknown (the message names the nearest one), is
                missing, or a value is not supported.
        """
        known = {field.name: field for field in dataclasses.fields(cls)}
        for key in values:
            if key not in known:
                raise ValueError(unknown_key("network configuration", key, known))
        missing = [
            name
            for name, field in known.items()
            if field.default is dataclasses.MISSING and name not in values
        ]
        if missing:
            raise ValueError(f"network configuration: missing {', '.join(missing)}")
        return cls(**values)

    def _check_plane_neutral(self) -> None:
        if self.plane_neutral and (self.planes != 1 or self.dial_steps):
            raise ValueError(
                f"plane_neutral is {self.plane_neutral}, but no single plane can be lost"
            )

    def _check_plane_start(self) -> None:
        if self.plane_start == "mean":
            return
        if self.dial_steps or self.planes + self.hidden_planes != 1:
            raise ValueError(f"plane_start is {self.plane_start!r}, but there is no single plane")
        if self.plane_start == "after" and (self.plane_gain != 1 or self.hidden_planes):
            raise ValueError(
                "a plane that is split off after the last block is stored, and has plane_gain 1"
            )

    def _check_dial(self) -> None:
        if not self.dial_steps:
            if self.lr_steps:
                raise ValueError("lr_steps is set, but dial_steps is not")
            return
        if len(self.dial_steps) != 2 or not 0 < self.dial_steps[0] < self.dial_steps[1]:
            raise ValueError(
                f"dial_steps is {list(self.dial_steps)}; it must be the finest and the coarsest "
                "step, positive"
            )
        if len(self.lr_steps) != 2 or not 1 <= self.lr_steps[0] <= self.lr_steps[1] <= MOST_LR_STEP:
            raise ValueError(
                f"lr_steps is {list(self.lr_steps)}; with dial_steps it must be the finest and the "
                f"coarsest step of the LR image, from 1 to {MOST_LR_STEP}"
            )
        if self.plane_floor or self.plane_bias or self.latent_std or self.dlv_channels:
            raise ValueError(
                "a network with a dial has no plane_floor, plane_bias, dlv_channels or random z"
            )

    def _check_code(self) -> None:
        if not self.code_channels:
            for field in dataclasses.fields(self):
                name = field.name
                if name.startswith("code_") and getattr(self, name) != field.default:
                    raise ValueError(f"{name} is set, but code_channels is 0")
        if self.code_channels < 0 or self.code_width < 1:
            raise ValueError("code_channels must not be negative, code_width at least 1")
        require_choice("code_resampling", self.code_resampling, CODE_RESAMPLINGS)
        if self.code_layers not in CODE_LAYERS:
            raise ValueError(f"code_layers is {self.code_layers}; supported are 2 and 4")
        if not 3 <= self.code_levels <= MOST_CODE_LEVELS or self.code_levels % 2 == 0:
            raise ValueError(f"code_levels is {self.code_levels}; it must be odd, 3 to 255")
        if self.code_channels and (self.planes or self.latent_std):
            raise ValueError("a network with a code of z has neither planes nor random z")
