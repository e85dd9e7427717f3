"""Colours of classes that stay the same from the given labels to every result."""

from typing import Any

import numpy as np
from napari.utils.colormaps import CyclicLabelColormap, label_colormap
from numpy.typing import ArrayLike, DTypeLike, NDArray

from napari_metastruct.widgets.layers import LABEL_COLOURS
from napari_metastruct.widgets.noise_colours import noisy_colours

__all__ = ["DIFFERENCE", "class_colours", "difference_colours", "result_colours"]

DIFFERENCE = {
    1: ("differs", (1.0, 0.18, 0.67, 1.0)),
    2: ("accepted", (0.25, 0.75, 0.35, 1.0)),
    3: ("rejected", (0.62, 0.62, 0.62, 1.0)),
}
"""Number in a difference layer to its meaning and colour."""


def result_colours(given: Any, labels: NDArray[Any]) -> Any:  # noqa: ANN401
    """Return the colours of the given labels for a result, grey for -1."""
    classes = [int(n) for n in np.unique(labels) if n > 0]
    return noisy_colours(_or_usual(given), classes, labels.dtype)


def class_colours(
    numbers: ArrayLike,
    given: Any,  # noqa: ANN401 - a colormap of napari
    dtype: DTypeLike = np.int32,
) -> dict[int, tuple[int, int, int]]:
    """Return the colour of each class that is there, red, green, blue of 0 to 255."""
    classes = [int(number) for number in np.unique(np.asarray(numbers))]
    colours = noisy_colours(_or_usual(given), [n for n in classes if n > 0], dtype)
    found = np.asarray(colours.map(np.array(classes, dtype)))
    bytes_ = np.round(found * 255).astype(int)
    return {
        number: (int(r), int(g), int(b))
        for number, (r, g, b, _) in zip(classes, bytes_, strict=True)
    }


def difference_colours() -> Any:  # noqa: ANN401 - a colormap of napari
    """Return the colours of a difference layer."""
    colours = [(0, 0, 0, 0), *(colour for _, colour in DIFFERENCE.values())]
    return CyclicLabelColormap(
        colors=np.array(colours, np.float32), name="label corrections"
    )


def _or_usual(given: Any) -> Any:  # noqa: ANN401
    return label_colormap(49, LABEL_COLOURS, 0) if given is None else given
