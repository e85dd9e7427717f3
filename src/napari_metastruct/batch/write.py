"""Writing the results of one image, each file whole or not at all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from napari_metastruct.files import check_output_folder, write_image

if TYPE_CHECKING:
    from pathlib import Path

    from napari_metastruct.batch.plan import Item
    from napari_metastruct.batch.sources import Source
    from napari_metastruct.segmentation import Segmentation

__all__ = ["check_space", "write_results"]


def check_space(item: Item, source: Source) -> None:
    """Refuse an image whose results would not fit on the disk, before any work."""
    pixels = math.prod(source.stack.shape)
    # Labels are compressed, to a tenth at least as a rule; probabilities are not.
    needed = pixels // 10 + (4 * pixels if item.probability else 0)
    check_output_folder(item.labels.parent, needed_bytes=max(needed, 2**17))


def write_results(item: Item, source: Source, result: Segmentation) -> tuple[Path, ...]:
    """Write what the item asks for; the labels last, they say that all is there."""
    size, unit, axes = source.pixel_size, source.unit, source.axes
    if item.model is not None and result.segmenter is not None:
        result.segmenter.save(item.model)
    if item.probability is not None and result.probability is not None:
        extra = result.probability.ndim > result.labels.ndim  # one map for each class
        write_image(
            item.probability,
            result.probability,
            axes=f"{axes[:-2]}C{axes[-2:]}" if extra else axes,
            pixel_size=size,
            unit=unit,
        )
    write_image(item.labels, result.labels, axes=axes, pixel_size=size, unit=unit)
    return item.outputs
