"""An image layer with its labels, as the core learns from it."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import Channels, ImageStack
from napari_metastruct.errors import InputError
from napari_metastruct.label_tasks import OpenLabels
from napari_metastruct.label_tasks.training_pairs import StackLabels
from napari_metastruct.training.labelled import LabelledPair
from napari_metastruct.widgets.labels_input import LabelsInput, read_labels
from napari_metastruct.widgets.layer_input import LayerInput, axes_choices, read_layer
from napari_metastruct.widgets.layers import data_shape

if TYPE_CHECKING:
    from napari.layers import Image, Labels

__all__ = [
    "Classes",
    "Colours",
    "PairInput",
    "fitting_image",
    "labels_like",
    "read_pair",
    "slots_of",
]

Colours = Literal["all", "luminance"]


@dataclass(frozen=True, slots=True, eq=False)
class PairInput:
    """What a run takes from a pair; renaming or deleting its layers changes nothing.

    Attributes
    ----------
    image
        The image, and where its results lie.
    labels
        The labels that are not trusted.
    reference
        Clean labels, for curves only.
    colours
        The colormap of the labels' layer; None: that of a result.
    is_layer
        Whether the image is a layer already, rather than a file.
    trusted
        Whether the person says that the labels are right.
    """

    image: LayerInput
    labels: LabelsInput
    reference: LabelsInput | None = None
    colours: Any = None
    is_layer: bool = True
    trusted: bool = False

    @property
    def name(self) -> str:
        """Name of the image."""
        return self.image.name

    def opened(self) -> LabelledPair:
        """Return it as the core takes it; nothing is read."""
        return self._pair(kept=False)

    def kept(self) -> LabelledPair:
        """Return it with labels that stay as they are now, though they are painted."""
        return self._pair(kept=True)

    def _pair(self, *, kept: bool) -> LabelledPair:
        stack = self.image.stack
        reference = self.reference
        return LabelledPair(
            stack,
            Classes(self.labels, stack.shape, kept=kept),
            None if reference is None else Classes(reference, stack.shape, kept=kept),
            trusted=self.trusted,
        )


class Classes:
    """Labels of the shape of their image, with objects as one class if so wished."""

    def __init__(
        self, source: LabelsInput, shape: tuple[int, ...], *, kept: bool
    ) -> None:
        data = source.data
        if isinstance(data, np.ndarray):
            data = data.copy() if kept else data
            source = LabelsInput(**{**slots_of(source), "data": data})
        self._source = source
        # The layer may have an axis of one pixel where the image has its channels.
        fits = math.prod(source.shape) == math.prod(shape)
        self.shape = shape if fits and _squeezed(source.shape, shape) else source.shape
        self.dtype = np.dtype(data.dtype)

    def __getitem__(self, place: Any) -> NDArray[Any]:  # noqa: ANN401 - an index
        data = self._source.data
        if self.shape != self._source.shape:
            data = np.asarray(data).reshape(self.shape)
        return self._source.classes(np.asarray(data[place]))

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as what needs no napari there."""
        data = self._source.data
        if isinstance(data, np.ndarray):
            data = data.reshape(self.shape)
        axes = "TZYX"[-data.ndim :]
        stack = ImageStack(self._source.name, axes, None, data)
        return StackLabels, (OpenLabels(stack, as_one=self._source.as_one), self.shape)


def read_pair(
    image: "Image | None",
    labels: "Labels | None",
    reference: "Labels | None" = None,
    *,
    colours: Colours = "all",
    as_one: bool = False,
    trusted: bool = False,
) -> PairInput:
    """Take from layers what a run needs; reads no pixel.

    Axes and level of the image are those that give it the shape of its labels.

    Raises
    ------
    InputError
        A layer is missing or cannot be read.
    """
    if image is None:
        raise InputError("Open an image first, or a sample from the File menu.")
    if labels is None:
        raise InputError(
            f"There are no labels for '{image.name}': open some, or add a Labels layer "
            "and paint."
        )
    read = fitting_image(image, _shapes(labels), colours)
    return PairInput(
        read,
        labels_like(labels, read).objects_as_one(as_one),
        None
        if reference is None
        else labels_like(reference, read).objects_as_one(as_one),
        labels.colormap,
        trusted=trusted,
    )


def slots_of(value: Any) -> dict[str, Any]:  # noqa: ANN401 - a frozen dataclass
    """Return the fields of a frozen dataclass."""
    return {name: getattr(value, name) for name in value.__slots__}


def fitting_image(
    image: "Image", wanted: list[tuple[int, ...]], colours: Colours
) -> LayerInput:
    """Read an image so that it has one of the wanted shapes, or as is likeliest.

    Raises
    ------
    InputError
        It cannot be read.
    """
    first: LayerInput | None = None
    problem: InputError | None = None
    for level in range(len(image.data) if image.multiscale else 1):
        for axes in axes_choices(image):
            channels = _channels(image, axes, level, colours)
            try:
                read = read_layer(image, axes=axes, channels=channels, level=level)
            except InputError as error:
                problem = problem or error
                continue
            if read.stack.shape in wanted or read.shape in wanted:
                return read
            first = first or read
    if first is None:
        raise problem or InputError(f"'{image.name}' cannot be read as an image.")
    return first


def _channels(image: "Image", axes: str, level: int, colours: Colours) -> Channels:
    if image.rgb:
        return (0, 1, 2) if colours == "all" else "luminance"
    if "C" not in axes:
        return None
    count = data_shape(image, level)[axes.index("C")]
    return tuple(range(count)) if colours == "all" or count == 1 else "luminance"


def labels_like(layer: "Labels", image: LayerInput) -> LabelsInput:
    """Read labels at the level that has the shape of an image, else at the finest.

    Raises
    ------
    InputError
        They cannot be read.
    """
    wanted = (image.stack.shape, image.shape)
    fitting = [i for i, shape in enumerate(_shapes(layer)) if shape in wanted]
    return read_labels(layer, level=fitting[0] if fitting else 0)


def _shapes(layer: "Labels") -> list[tuple[int, ...]]:
    levels = range(len(layer.data) if layer.multiscale else 1)
    return [data_shape(layer, level) for level in levels]


def _squeezed(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Say whether two shapes are the same but for axes of one pixel."""
    return [n for n in one if n > 1] == [n for n in other if n > 1]
