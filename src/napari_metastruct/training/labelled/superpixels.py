"""Superpixels: an image in pieces whose pixels look alike and lie together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_metastruct.progress import Heartbeat
from napari_metastruct.training.labelled.shelf import Shelf, rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.progress import Steps
    from napari_metastruct.training.labelled.session import LabelledSession

__all__ = ["superpixel_steps", "superpixels"]

ENDS = (0.5, 99.5)
"""Percentiles of an image that become 0 and 1, so that single pixels do not count."""


def superpixels(
    image: NDArray[np.float32], size: int, compactness: float
) -> NDArray[np.int32]:
    """Cut an image into superpixels (SLIC, Achanta et al. 2012).

    Parameters
    ----------
    image
        ``(C, Y, X)``; every channel is stretched to 0..1 first and
        smoothed by a pixel, so that noise makes no edges.
    size
        Pixels of a superpixel, about.
    compactness
        How much nearness counts against likeness: at 10 a grey image becomes a plain
        grid, at 0.1 the pieces follow its edges.

    Returns
    -------
    ``(Y, X)`` int32: number of the superpixel, from 0 on.
    """
    from skimage.segmentation import slic

    low, high = np.percentile(image, ENDS, axis=(1, 2), keepdims=True)
    stretched = np.clip((image - low) / np.maximum(high - low, 1e-6), 0, 1)
    numbers = slic(
        stretched,
        n_segments=max(1, round(image[0].size / size)),
        compactness=compactness,
        sigma=1,
        channel_axis=0,
        convert2lab=False,
        start_label=0,
    )
    return np.asarray(numbers, np.int32)


def superpixel_steps(
    session: LabelledSession, size: int, compactness: float
) -> Steps[list[NDArray[np.int32]]]:
    """Cut every training plane into superpixels, once for a run.

    Only the channels of the image itself count. The maps lie on disk where they are
    too large for memory.

    Parameters
    ----------
    session
        Of the run.
    size, compactness
        As `superpixels` takes them; size 1: every pixel is one of its own.

    Returns
    -------
    One ``(Y, X)`` int32 map for each training plane, by a generator of events.
    """
    shelf = Shelf(sum(rounded(4 * given.size) for given in session.given))
    more = session.settings.feature_settings().channel_count(0)
    maps = []
    for number, given in enumerate(session.given):
        held = shelf.array(given.shape, np.int32)
        if size == 1:
            held[...] = np.arange(given.size).reshape(given.shape)
        else:
            image = session.image(number)
            held[...] = superpixels(image[: len(image) - more], size, compactness)
        maps.append(held)
        yield Heartbeat()
    return maps
