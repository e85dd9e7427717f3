"""Sums under a kernel by PyTorch, on a GPU: the one module here that knows it.

It is loaded only when a device other than "cpu" is asked for; see docs/architecture.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.errors import InputError

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from napari_metastruct.metastructure.kernels import Window

__all__ = ["sums_on_device"]


def sums_on_device(
    points: NDArray[Any], window: Window, out: NDArray[np.float32], device: str
) -> None:
    """Write the points weighted by a kernel around every pixel to `out`.

    By one fast Fourier transform of the whole image for every kernel, in float64 where
    the device knows it. Box of a whole half-width and disc are counts: rounded there.

    Parameters
    ----------
    points, window, out
        As for `napari_metastruct.metastructure.windows.window_sums`.
    device
        As PyTorch names it ("cuda", "cuda:1", "mps"), or "torch-cpu".

    Raises
    ------
    InputError
        PyTorch does not know the device, cannot use it, or its memory is too small.
    """
    from scipy.fft import next_fast_len

    weights = window.weights(points.shape)
    lengths = zip(points.shape, weights.shape, strict=True)
    size = [next_fast_len(n + w - 1, real=True) for n, w in lengths]
    sums = _convolved(points, weights, size, _torch_device(device))
    middle = zip(points.shape, weights.shape, strict=True)
    inside = sums[tuple(slice(w // 2, w // 2 + n) for n, w in middle)]
    out[...] = np.rint(inside) if _counts(window) else inside


def _counts(window: Window) -> bool:
    whole = window.kernel == "box" and all(h % 1 == 0 for h in window.half)
    return whole or window.kernel == "disc"


def _torch_device(name: str) -> torch.device:
    import torch

    try:
        device = torch.device("cpu" if name == "torch-cpu" else name)
        torch.zeros(1, device=device)
    # PyTorch has no error of its own for what it was not built for.
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(
            f"PyTorch cannot use the device '{name}' here ({reason}); take 'cpu'."
        ) from None
    return device


def _convolved(
    points: NDArray[Any],
    weights: NDArray[np.float64],
    size: list[int],
    device: torch.device,
) -> NDArray[Any]:
    import torch

    kind = torch.float32 if device.type == "mps" else torch.float64
    try:
        spectrum = torch.fft.rfftn(_tensor(points, kind, device), size)
        spectrum *= torch.fft.rfftn(_tensor(weights, kind, device), size)
        return np.asarray(torch.fft.irfftn(spectrum, size).cpu())
    except torch.OutOfMemoryError:
        raise InputError(
            f"The memory of '{device}' is too small for labels of shape "
            f"{points.shape}; take the device 'cpu'."
        ) from None


def _tensor(
    values: NDArray[Any], kind: torch.dtype, device: torch.device
) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(values)).to(device).to(kind)
