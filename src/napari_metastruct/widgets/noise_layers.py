"""A finished noise as layers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.noise import ERRORS, classes_of
from napari_metastruct.widgets.layers import METADATA_KEY
from napari_metastruct.widgets.noise_colours import error_colours, noisy_colours
from napari_metastruct.widgets.noise_run import NoiseResult

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

__all__ = ["add_errors", "add_noisy"]


def add_noisy(
    viewer: "Viewer",
    result: NoiseResult,
    clean_colours: Any,  # noqa: ANN401 - a colormap of napari
    provenance: Mapping[str, Any],
) -> "Labels":
    """Add the noisy labels as a new layer that lies on the clean ones."""
    classes = classes_of(result.noisy)
    return viewer.add_labels(
        result.noisy,
        name=f"{result.source.name} noisy",
        colormap=noisy_colours(clean_colours, classes, result.noisy.dtype),
        metadata={METADATA_KEY: dict(provenance)},
        **result.source.geometry.for_layer(),
    )


def add_errors(
    viewer: "Viewer", result: NoiseResult, provenance: Mapping[str, Any]
) -> "Labels":
    """Add the map of errors as a new layer; its features name the kinds."""
    counts = np.bincount(result.errors.ravel(), minlength=len(ERRORS))
    return viewer.add_labels(
        result.errors,
        name=f"{result.source.name} errors",
        colormap=error_colours(),
        opacity=1.0,  # so that the colours are those of the legend on any other
        features={
            "index": list(ERRORS),
            "error": list(ERRORS.values()),
            "pixels": [int(number) for number in counts],
        },
        metadata={METADATA_KEY: {**provenance, "errors": dict(ERRORS)}},
        **result.source.geometry.for_layer(),
    )
