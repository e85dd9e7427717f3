"""A finished segmentation as layers."""

from typing import TYPE_CHECKING

from napari_metastruct.segmentation import Segmentation
from napari_metastruct.widgets.layer_input import LayerInput
from napari_metastruct.widgets.layers import add_labels, add_probability

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["add_results"]


def add_results(viewer: "Viewer", image: LayerInput, result: Segmentation) -> None:
    """Add the labels, and the probability where there is one, as new layers."""
    provenance = {"image": image.name, **result.provenance()}
    if result.probability is not None:
        add_probability(
            viewer,
            image.fitted(result.probability),
            image.geometry,
            f"{image.name} probability",
            provenance,
        )
    add_labels(
        viewer,
        image.fitted(result.labels),
        image.geometry,
        f"{image.name} labels",
        provenance,
    )
