"""Invertible rescaling networks and their building blocks.

Needs torch alone, so that training runs on bare GPU machines.
"""

from rescodec.networks.complexity import macs_per_hr_pixel, parameter_count
from rescodec.networks.config import NetworkConfig
from rescodec.networks.coupling import CouplingBlock
from rescodec.networks.haar import HaarTransform
from rescodec.networks.mixing import ChannelMixing
from rescodec.networks.plane import PlaneSplit, PlaneSquash
from rescodec.networks.rescaler import Rescaled, Rescaler

__all__ = [
    "ChannelMixing",
    "CouplingBlock",
    "HaarTransform",
    "NetworkConfig",
    "PlaneSplit",
    "PlaneSquash",
    "Rescaled",
    "Rescaler",
    "macs_per_hr_pixel",
    "parameter_count",
]
