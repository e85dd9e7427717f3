"""Values of a pixel: luminance, and what float32 can hold of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["common_offset", "fits_float32", "less_offset", "luminance"]

_REC_601 = (0.299, 0.587, 0.114)
_STEPS_TO_KEEP = 4096  # float32 must tell apart at least so many steps of contrast


def luminance(values: NDArray[Any], letter: str) -> NDArray[Any]:
    """Return one channel made of all: ``(C, Y, X)`` to ``(1, Y, X)`` floats.

    Rec. 601 luma for colour samples (`letter` S; alpha is ignored), else the mean.
    """
    kind = np.result_type(values.dtype, np.float32)
    if letter == "C":
        return np.asarray(values.mean(axis=0, dtype=kind)[None])
    if len(values) < len(_REC_601):  # grey, or grey with alpha
        return values[:1]
    weights = np.array(_REC_601, dtype=kind)
    return np.tensordot(weights, values[:3].astype(kind), axes=1)[None]


def fits_float32(dtype: np.dtype[Any]) -> bool:
    """Say whether float32 holds every value of a type exactly."""
    if dtype.kind in "iu":
        return dtype.itemsize <= 2
    return dtype.kind != "f" or dtype.itemsize <= 4


def common_offset(values: NDArray[Any]) -> Any:  # noqa: ANN401 - of the values' type
    """Return the least value if float32 would blur the contrast above it, else 0."""
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if not finite.size:
        return 0
    low, high = finite.min(), finite.max()
    spread = float(high.item() - low.item())  # Python's integers do not overflow
    blur = max(abs(float(low)), abs(float(high))) * float(np.finfo(np.float32).eps)
    return low if blur * _STEPS_TO_KEEP > spread else 0


def less_offset(values: NDArray[Any], offset: Any) -> NDArray[Any]:  # noqa: ANN401
    """Subtract an offset so that small differences of large numbers stay exact."""
    if values.dtype.kind == "f":
        return np.asarray(values - offset)
    rough = values.astype(np.float64) - float(offset)
    # Integers beyond 2**53 differ exactly only among integers. Their arithmetic
    # wraps around: the signed view of the difference is right where it is small.
    unsigned = values.astype(np.uint64) - np.asarray(offset).astype(np.uint64)
    return np.where(np.abs(rough) < 2.0**62, unsigned.view(np.int64), rough)
