"""Which device computes, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_metastruct.errors import InputError

if TYPE_CHECKING:
    from napari_metastruct.training.settings import DeviceWish

__all__ = ["DeviceChoice", "choose_device"]


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """A device and the reason for it.

    Attributes
    ----------
    device
        Torch's name: "cuda", "mps" or "cpu".
    reason
        For a person: "CPU: no CUDA or MPS found".
    """

    device: str
    reason: str


def choose_device(wish: DeviceWish = "auto") -> DeviceChoice:
    """Choose the device: CUDA, then MPS, then CPU, unless one is wished for.

    Raises
    ------
    InputError
        The wished device is not there.
    """
    import torch

    found = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if wish != "auto" and not found[wish]:
        there = ", ".join(name for name, present in found.items() if present)
        raise InputError(
            f"The device '{wish}' is not available here; there is: {there}. "
            "Choose one of these, or 'auto'."
        )
    best = next(name for name, present in found.items() if present)
    device = best if wish == "auto" else wish
    return DeviceChoice(device, _reason(device, wish))


def _reason(device: str, wish: DeviceWish) -> str:
    import torch

    if device == "cuda":
        return f"CUDA: {torch.cuda.get_device_name()}"
    if device == "mps":
        return "MPS: Apple GPU"
    threads = torch.get_num_threads()
    why = "as chosen" if wish == "cpu" else "no CUDA or MPS found"
    return f"CPU: {why}, {threads} thread{'s' if threads > 1 else ''}"
