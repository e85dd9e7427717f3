"""A layer as the core reads it, kept as it was when the run began."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from napari_metastruct.arrays import (
    SMALLEST_SIDE,
    Channels,
    ImageStack,
    Region,
    check_region,
    open_stack,
)
from napari_metastruct.errors import InputError
from napari_metastruct.widgets.layers import Geometry, data_shape, level_data
from napari_metastruct.widgets.regions import to_level

if TYPE_CHECKING:
    from napari.layers import Image

__all__ = ["LayerInput", "axes_choices", "read_layer"]

_WORDS = {"T": "T", "TIME": "T", "Z": "Z", "DEPTH": "Z", "C": "C", "CHANNEL": "C"}


@dataclass(frozen=True, slots=True, eq=False)
class LayerInput:
    """What a run takes from a layer; renaming or deleting the layer changes nothing.

    Attributes
    ----------
    name
        Name of the layer.
    path
        File it came from, "" where there is none.
    stack
        Its planes.
    level
        Level of a multiscale layer.
    region
        Part of a plane to learn from, in pixels of that level.
    geometry
        Where the labels lie.
    shape
        Shape of the labels' layer.
    """

    name: str
    path: str
    stack: ImageStack
    level: int
    region: Region | None
    geometry: Geometry
    shape: tuple[int, ...]

    def fitted(self, result: NDArray[Any]) -> NDArray[Any]:
        """Give a result, leading axes + ``(Y, X)``, the axes of the labels' layer."""
        return result.reshape(self.shape)

    def sentence(self) -> str:
        """Say how the layer will be read: "12 planes of 512 x 512 (T 12) ..."."""
        rows, columns = self.stack.plane_shape
        count = len(self.stack)
        letters = [letter for letter in self.stack.axes if letter not in "CSYX"]
        sizes = zip(letters, self.stack.leading_shape, strict=True)
        named = ", ".join(f"{letter} {size}" for letter, size in sizes)
        planes = "1 plane" if count == 1 else f"{count} planes"
        text = f"{planes} of {rows} x {columns}"
        text += f" ({named})" if named else ""
        text += _channel_words(self.stack)
        return text + (", learned together" if count > 1 else "")


def axes_choices(layer: "Image") -> list[str]:
    """Return how the axes of a layer can be read, the likeliest first.

    What the layer's own axis labels say comes first; without them the last axis
    before the rows is depth, the one before it time.
    """
    plane = "YXS" if layer.rgb else "YX"
    leading = layer.ndim - 2
    letters = "TZ" if layer.rgb else "TZC"
    choices = ["".join(p) for p in itertools.permutations(letters, leading)]
    choices.sort(key=lambda choice: _unlikeliness(choice, layer.axis_labels))
    return [choice + plane for choice in choices]


def read_layer(
    layer: "Image",
    *,
    axes: str | None = None,
    channels: Channels = None,
    level: int = 0,
    region: Region | None = None,
) -> LayerInput:
    """Take from a layer what a run needs; reads no pixel.

    Parameters
    ----------
    axes
        One letter for each axis of the layer's data; None: the likeliest.
    channels
        As in `open_stack`.
    region
        In pixels of the finest level.

    Raises
    ------
    InputError
        The layer cannot be segmented like this.
    """
    if axes is None:
        axes = next(iter(axes_choices(layer)), None)
    data = level_data(layer, level)
    stack = open_stack(data, axes=axes, channels=channels, name=layer.name)
    _check(stack)
    shape, level_shape = data_shape(layer), data_shape(layer, level)
    if region is not None:
        region = check_region(to_level(region, shape, level_shape), stack.plane_shape)
    geometry = Geometry.of(layer).at_level(shape, level_shape)
    geometry, labels_shape = _without_channels(geometry, level_shape, stack.axes)
    path = str(layer.source.path or "")
    return LayerInput(layer.name, path, stack, level, region, geometry, labels_shape)


def _check(stack: ImageStack) -> None:
    # What can be said without reading; the run itself looks at every pixel.
    rows, columns = stack.plane_shape
    if min(rows, columns) < SMALLEST_SIDE:
        raise InputError(
            f"'{stack.name}' has {rows} rows and {columns} columns; at least "
            f"{SMALLEST_SIDE} of each are needed. If these are not its rows and "
            "columns, choose other axes."
        )
    kind = stack.dtype.kind
    if kind not in "iuf":
        what = {"b": "a mask already", "c": "complex"}.get(kind, "not made of numbers")
        raise InputError(f"'{stack.name}' is {what} ({stack.dtype}), not an image.")


def _without_channels(
    geometry: Geometry, shape: Sequence[int], axes: str
) -> tuple[Geometry, tuple[int, ...]]:
    """Take the channel axis out, or make one pixel of it that covers all channels.

    napari lines layers up by their last axes, so that an axis can only be left out
    in front.
    """
    if "C" not in axes:
        return geometry, tuple(shape)
    place = axes.index("C")
    kept = list(shape)
    if place == 0:
        return geometry.without_axis(0), tuple(kept[1:])
    kept[place] = 1
    return geometry.with_axis_as_one(place, shape[place]), tuple(kept)


def _channel_words(stack: ImageStack) -> str:
    if stack.channels is None:
        return ""
    if stack.channels == "luminance":
        return ", luminance" if "S" in stack.axes else ", mean of the channels"
    numbers = ", ".join(str(number) for number in stack.channels)
    return f", channel{'s' if len(stack.channels) > 1 else ''} {numbers}"


def _unlikeliness(choice: str, labels: Sequence[str]) -> tuple[int, float]:
    known = [_WORDS.get(label.upper(), "") for label in labels[: len(choice)]]
    pairs = zip(choice, known, strict=False)
    disagreements = sum(letter != said for letter, said in pairs if said)
    # Depth rather than time, time rather than channels, time before depth.
    usual = ["Z", "T", "C", "TZ", "CZ", "TC", "ZC", "ZT", "CT", "TZC"]
    place = usual.index(choice) if choice in usual else math.inf
    return disagreements, place
