"""Classical thresholds of an image; they are the peers and the seeds of learning."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_metastruct.thresholding.binning import Bins, bin_values
from napari_metastruct.thresholding.probabilities import most_correlated_threshold

__all__ = [
    "Foreground",
    "Side",
    "adaptive_gaussian",
    "li",
    "li_threshold",
    "otsu",
    "resolve_foreground",
]

Side = Literal["bright", "dark"]
Foreground = Literal["bright", "dark", "auto"]
"""The objects are brighter or darker than the rest; auto: the side of fewer pixels."""

_SMALLEST_BLOCK = 15
_BLOCKS_PER_SIDE = 8
_LI_STEPS = 100


def otsu(
    image: NDArray[Any], foreground: Foreground = "bright", smooth: float = 1.0
) -> NDArray[np.bool_]:
    """Separate two sides of an image by Otsu's threshold (1979).

    Parameters
    ----------
    image
        ``(Y, X)`` or ``(Z, Y, X)``, any real type, finite.
    foreground
        Which side is True.
    smooth
        Standard deviation in pixels of the Gaussian applied first; 0 for none.

    Returns
    -------
    Mask of the image's shape; empty where the image is constant.
    """
    values = _smoothed(image, smooth)
    return _mask(values, most_correlated_threshold(values), foreground)


def li(
    image: NDArray[Any], foreground: Foreground = "bright", smooth: float = 1.0
) -> NDArray[np.bool_]:
    """Separate two sides of an image by Li's minimum cross entropy.

    The iteration of Li and Tam (1998), from the mean on, over a histogram of 1024
    bins: ``t = (m_b - m_f) / (log m_b - log m_f)``, where m_b and m_f are the means of
    the two sides above the image's least value.

    Parameters and result are those of `otsu`.
    """
    values = _smoothed(image, smooth)
    return _mask(values, li_threshold(values), foreground)


def adaptive_gaussian(
    image: NDArray[Any],
    foreground: Foreground = "bright",
    block_size: int | None = None,
    offset: float = 0.0,
) -> NDArray[np.bool_]:
    """Compare every pixel with the Gaussian mean around it.

    Parameters
    ----------
    image
        ``(Y, X)`` or ``(Z, Y, X)``, any real type, finite.
    foreground
        Which side is True; auto is decided by `resolve_foreground`.
    block_size
        Width in pixels of the surroundings; the Gaussian's standard deviation is
        ``(block_size - 1) / 6``. None: an eighth of the shorter of rows and columns,
        made odd, at least 15.
    offset
        How far, in units of the image, a pixel must exceed its surroundings.

    Returns
    -------
    Mask of the image's shape; empty where the image is constant.
    """
    values = _smoothed(image, 0)
    side = resolve_foreground(image) if foreground == "auto" else foreground
    sigma = ((block_size or _usual_block(values.shape)) - 1) / 6
    contrast = values - gaussian_filter(values, sigma, mode="reflect")
    found = contrast > offset if side == "bright" else contrast < -offset
    return np.asarray(found & (values.min() < values.max()))


def resolve_foreground(image: NDArray[Any], smooth: float = 1.0) -> Side:
    """Say which side of Otsu's threshold has fewer pixels: the likely objects."""
    return _minority(otsu(image, "bright", smooth))


def _smoothed(image: NDArray[Any], smooth: float) -> NDArray[np.floating[Any]]:
    values = np.asarray(image)
    values = values.astype(np.result_type(values.dtype, np.float32), copy=False)
    return np.asarray(gaussian_filter(values, smooth) if smooth else values)


def _mask(
    values: NDArray[Any], threshold: float, foreground: Foreground
) -> NDArray[np.bool_]:
    bright = np.asarray(values > np.float64(threshold))
    side = _minority(bright) if foreground == "auto" else foreground
    if side == "bright" or not bright.any():  # none above: a constant image
        return bright
    return ~bright


def _minority(bright: NDArray[np.bool_]) -> Side:
    return "bright" if 2 * int(bright.sum()) <= bright.size else "dark"


def _usual_block(shape: tuple[int, ...]) -> int:
    return max(_SMALLEST_BLOCK, min(shape[-2:]) // _BLOCKS_PER_SIDE | 1)


def li_threshold(values: NDArray[Any]) -> float:
    """Return Li's threshold of values of any shape; their own value if constant.

    See `li`; nothing is smoothed.
    """
    return _li_threshold(bin_values(values))


def _li_threshold(binned: Bins) -> float:
    low, step = binned.edges[0], binned.edges[1] - binned.edges[0]
    total, everything = binned.counts.sum(), binned.sums.sum()
    if step == 0:
        return float(low)
    above, sums = binned.above()
    threshold = everything / total
    for _ in range(_LI_STEPS):
        k = int(np.clip(np.ceil((threshold - low) / step), 1, len(above) - 1))
        front = sums[k] / above[k] - low
        back = (everything - sums[k]) / (total - above[k]) - low
        if back <= 0:
            return float(threshold)
        last, threshold = threshold, low + (back - front) / np.log(back / front)
        if abs(threshold - last) < step / 2:
            break
    return float(threshold)
