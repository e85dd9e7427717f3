"""A finished training as layers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.widgets.layers import METADATA_KEY
from napari_metastruct.widgets.training_colours import (
    DIFFERENCE,
    difference_colours,
    result_colours,
)
from napari_metastruct.widgets.training_run import PairOutcome

if TYPE_CHECKING:
    from napari.layers import Image, Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_metastruct.widgets.training_pair import PairInput

__all__ = ["add_class_labels", "add_difference", "add_given_labels", "add_image"]


def add_class_labels(
    viewer: "Viewer",
    outcome: PairOutcome,
    labels: "NDArray[Any]",
    name: str,
    provenance: Mapping[str, Any],
) -> "Labels":
    """Add class numbers that lie on the pair's image, in the colours of its labels."""
    image = outcome.source.image
    return viewer.add_labels(
        image.fitted(labels),
        name=name,
        colormap=result_colours(outcome.source.colours, labels),
        metadata={METADATA_KEY: {"image": image.name, **provenance}},
        **image.geometry.for_layer(),
    )


def add_image(viewer: "Viewer", pair: "PairInput") -> "Image":
    """Add the image of a pair that was a file; of several channels the first one."""
    image = pair.image
    planes = [image.stack.plane(number)[0] for number in range(len(image.stack))]
    return viewer.add_image(
        image.fitted(np.stack(planes)),
        name=image.name,
        rgb=False,
        **image.geometry.for_layer(),
    )


def add_given_labels(viewer: "Viewer", pair: "PairInput") -> "Labels":
    """Add the labels of a pair that was a file, as they were given."""
    image, labels = pair.image, pair.labels.whole()
    return viewer.add_labels(
        image.fitted(labels),
        name=f"{image.name} labels",
        colormap=result_colours(pair.colours, labels),
        opacity=0.5,
        metadata={METADATA_KEY: {"image": image.name}},
        **image.geometry.for_layer(),
    )


def add_difference(
    viewer: "Viewer", outcome: PairOutcome, provenance: Mapping[str, Any]
) -> "Labels":
    """Add where the corrected labels differ from the given ones."""
    image = outcome.source.image
    meaning = {0: "same"} | {number: word for number, (word, _) in DIFFERENCE.items()}
    return viewer.add_labels(
        image.fitted(outcome.difference),
        name=f"{outcome.source.labels.name} difference",
        colormap=difference_colours(),
        opacity=0.8,
        features={"index": list(meaning), "meaning": list(meaning.values())},
        metadata={METADATA_KEY: {"image": image.name, **provenance}},
        **image.geometry.for_layer(),
    )
