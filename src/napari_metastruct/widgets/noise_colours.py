"""Colours of noisy labels and of their errors."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from napari.utils.colormaps import CyclicLabelColormap, label_colormap
from numpy.typing import DTypeLike, NDArray

from napari_metastruct.widgets.layers import LABEL_COLOURS

__all__ = ["ERROR_COLOURS", "IGNORED_COLOUR", "error_colours", "noisy_colours"]

Colour = tuple[float, float, float, float]

IGNORED_COLOUR: Colour = (0.62, 0.62, 0.62, 1.0)
"""Of -1: a grey, which no class has."""

ERROR_COLOURS: dict[int, Colour] = {
    1: (0.902, 0.294, 0.208, 1.0),
    2: (0.302, 0.733, 0.835, 1.0),
    3: (0.800, 0.475, 0.900, 1.0),
    4: IGNORED_COLOUR,
}
"""Missed red, added blue, swapped violet, left out grey; told apart by the colour
blind, too."""

_USUAL = 49
_MOST = 2048


def noisy_colours(
    clean: Any,  # noqa: ANN401 - a colormap of napari
    classes: Sequence[int],
    dtype: DTypeLike,
) -> CyclicLabelColormap:
    """Return the colours that the clean labels have, and grey for -1.

    Where the clean labels have napari's own colours, they are those of this plugin's
    results: class 1 is a dark brown in napari's, which is not seen in a noise.

    It is no colormap from class to colour, for which napari compiles a function, which
    freezes the window for a second. In a cycle of n colours the class c has the number
    ``1 + (c - 1) mod n``, so that -1 has the number n - 1; n is chosen so that no class
    has that.

    Parameters
    ----------
    clean
        Colormap of the clean labels.
    classes
        Those that the noisy labels can hold.
    dtype
        Type of the noisy labels.
    """
    count = _cycle(classes, np.dtype(dtype))
    colours = np.zeros((count + 1, 4), np.float32)
    colours[1:] = _of_numbers(_seen(clean), count)
    colours[count - 1] = IGNORED_COLOUR
    return CyclicLabelColormap(colors=colours, name="noisy labels")


def error_colours() -> CyclicLabelColormap:
    """Return the colours of a map of errors."""
    colours = np.array([(0, 0, 0, 0), *ERROR_COLOURS.values()], np.float32)
    return CyclicLabelColormap(colors=colours, name="label errors")


def _of_numbers(colours: Any, count: int) -> NDArray[np.float32]:  # noqa: ANN401
    """Return the colours of the labels 1, 2 ... ``(count, 4)``."""
    numbers = np.arange(1, count + 1)
    if isinstance(colours, CyclicLabelColormap):
        return np.asarray(colours.map(numbers))
    # All at once would make napari compile.
    return np.array([colours.map(int(number)) for number in numbers])


def _seen(clean: Any) -> Any:  # noqa: ANN401
    usual = label_colormap(_USUAL)
    is_usual = isinstance(clean, CyclicLabelColormap) and np.array_equal(
        clean.colors, usual.colors
    )
    return label_colormap(_USUAL, LABEL_COLOURS) if is_usual else clean


def _cycle(classes: Sequence[int], dtype: np.dtype[Any]) -> int:
    """Return how many colours there are, so that -1 has one of its own."""
    most = min(_MOST, int(np.iinfo(dtype).max))
    wanted = max(_USUAL, max(classes, default=0) + 2)
    sizes = [wanted] if wanted <= most else range(most, 2, -1)
    taken = {number + 1 for number in classes}
    return next(n for n in sizes if not any(number % n == 0 for number in taken))
