"""Finished maps as layers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.colormaps import Colormap
from numpy.typing import NDArray

from napari_metastruct.widgets.comparison import Difference
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.layers import METADATA_KEY
from napari_metastruct.widgets.map_colours import difference_colormap, map_colormap
from napari_metastruct.widgets.map_steps import DensityMaps, provenance

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.viewer import Viewer

__all__ = ["add_difference", "add_maps"]


def add_maps(
    viewer: "Viewer", result: DensityMaps, colours: Mapping[int, int]
) -> dict[int, "Image"]:
    """Add one layer a class, on the labels; never replaces a layer.

    Parameters
    ----------
    colours
        Class to the number of its colours.
    """
    return {
        number: _add(
            viewer,
            values,
            result.source,
            name=f"{result.source.name} density {number}",
            colormap=map_colormap(colours[number]),
            limits=(0.0, peak_of(values)),
            made=result.provenance(number),
        )
        for number, values in result.maps.items()
    }


def add_difference(viewer: "Viewer", result: Difference) -> "Image":
    """Add a difference of two maps: blue less, orange more, black the same."""
    first, second, number = result.reference, result.other.name, result.number
    peak = peak_of(np.abs(result.values))
    made = provenance(first, result.settings) | {"class": number, "compared": second}
    return _add(
        viewer,
        result.values,
        first,
        name=f"{second} minus {first.name}, density {number}",
        colormap=difference_colormap(),
        limits=(-peak, peak),
        made=made,
    )


def peak_of(values: NDArray[np.float32]) -> float:
    """Return the largest value, 1 where all are 0: contrast needs two limits."""
    return float(values.max()) or 1.0


def _add(
    viewer: "Viewer",
    values: NDArray[np.float32],
    source: LabelsInput,
    *,
    name: str,
    colormap: Colormap,
    limits: tuple[float, float],
    made: Mapping[str, Any],
) -> "Image":
    return viewer.add_image(
        values,
        name=name,
        colormap=colormap,
        contrast_limits=limits,
        blending="additive",
        rgb=False,
        metadata={METADATA_KEY: dict(made)},
        **source.geometry.for_layer(),
    )
