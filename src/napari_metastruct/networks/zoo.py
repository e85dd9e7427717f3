"""Networks of segmentation_models_pytorch, where that optional extra is installed."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any, Literal, get_args

from napari_metastruct.errors import InputError

if TYPE_CHECKING:
    from types import ModuleType

    from torch import nn

__all__ = [
    "INSTALL_ZOO",
    "MEND_ZOO",
    "ZOO",
    "ZOO_STRIDE",
    "ZooName",
    "check_zoo",
    "create_zoo_network",
    "has_zoo",
]

ZooName = Literal["deeplabv3+", "hrnet"]
ZOO: tuple[ZooName, ...] = get_args(ZooName)
"""Their names."""
ZOO_STRIDE = 32
"""Sizes that they take are multiples of this many pixels."""
INSTALL_ZOO = 'python -m pip install "napari-metastruct[zoo]"'
"""The line that installs the extra."""
MEND_ZOO = "python -m pip install --force-reinstall torch torchvision"
"""The line that takes both from one source, where they do not fit each other."""


def has_zoo() -> bool:
    """Say whether the extra is installed; loads nothing."""
    return importlib.util.find_spec("segmentation_models_pytorch") is not None


def check_zoo(name: ZooName) -> None:
    """Refuse a network of the extra where that is not installed; loads nothing."""
    if not has_zoo():
        raise InputError(
            f"The network '{name}' is not installed here: choose 'unet', or install "
            f"the extra by: {INSTALL_ZOO}"
        )


def create_zoo_network(name: ZooName, in_channels: int, out_channels: int) -> nn.Module:
    """Build an untrained network: DeepLabv3+ on a ResNet-18, or an HRNet-W18.

    Nothing is downloaded: the weights are random. Without dropout, so that the same
    seed gives the same result.

    Raises
    ------
    InputError
        The extra is not installed, or does not import.
    """
    smp = _loaded(name)
    options: dict[str, Any] = {"encoder_name": "tu-hrnet_w18"}
    kind = smp.Unet
    if name == "deeplabv3+":
        options = {"encoder_name": "resnet18", "decoder_aspp_dropout": 0.0}
        kind = smp.DeepLabV3Plus
    network: nn.Module = kind(
        encoder_weights=None, in_channels=in_channels, classes=out_channels, **options
    )
    return network


def _loaded(name: ZooName) -> ModuleType:
    """Import the library; what breaks is mostly torchvision beside another torch."""
    check_zoo(name)
    try:
        import segmentation_models_pytorch as smp
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        raise InputError(
            f"The network '{name}' is installed, but does not import ({error}). "
            "Mostly torch and torchvision do not belong together: choose 'unet', or "
            f"install both from one source by: {MEND_ZOO}"
        ) from error
    module: ModuleType = smp
    return module
