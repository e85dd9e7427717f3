"""Images with their labels, checked before any work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.arrays import StackCheck
from napari_metastruct.errors import InputError
from napari_metastruct.networks.zoo import check_zoo
from napari_metastruct.training.labelled.augment import patch_side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_metastruct.arrays import ImageStack
    from napari_metastruct.arrays.stack import Sliceable
    from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["LabelledPair", "check_pairs", "read_labels"]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPair:
    """One image or stack with its labels.

    Attributes
    ----------
    image
        The image, as `~napari_metastruct.arrays.open_stack` opens it.
    labels
        Class numbers of the pixels, anything that can be sliced, of the shape
        ``image.shape``: leading axes, rows, columns. -1 is ignored.
    reference
        Clean labels of the same shape, for curves only; nothing learns from them.
    negative
        Negative marks of the same shape: the class that each pixel is *not*, -1
        unmarked. None: there are none. Where they are, `labels` are the positive
        marks, and may be -1 everywhere.
    trusted
        These labels are right; a method that asks for some relies on them, and none
        of them is corrected.
    """

    image: ImageStack
    labels: Sliceable
    reference: Sliceable | None = None
    negative: Sliceable | None = None
    trusted: bool = False

    @property
    def name(self) -> str:
        """Name of the image, for messages."""
        return self.image.name


def check_pairs(
    pairs: Sequence[LabelledPair],
    settings: LabelledSettings,
    watched: Sequence[LabelledPair] = (),
) -> list[StackCheck]:
    """Refuse what cannot be learned from, as far as shapes and types tell.

    Returns
    -------
    For each pair and then each watched one the check of its image, begun.

    Raises
    ------
    InputError
        No pair; a network that is not installed; an image too small or not numbers;
        shapes or channels that differ; labels that are no whole numbers; patches or a
        batch too small for the network; fewer images than validation needs.
    """
    if not pairs:
        raise InputError("There is nothing to learn from: give images with labels.")
    _check_network(settings)
    everything = [*pairs, *watched]
    checks = [StackCheck(pair.image) for pair in everything]
    counts = {pair.image.channel_count for pair in everything}
    if len(counts) > 1:
        raise InputError(
            f"The images have different numbers of channels ({sorted(counts)}), so "
            "one model cannot learn from all; choose the same number in each."
        )
    for pair in everything:
        _check_labels_of(pair, pair.labels, "labels")
        if pair.reference is not None:
            _check_labels_of(pair, pair.reference, "clean reference")
        if pair.negative is not None:
            _check_labels_of(pair, pair.negative, "negative marks")
    _check_batch([pair.image.plane_shape for pair in pairs], settings)
    check_count(sum(len(pair.image) for pair in pairs), settings)
    return checks


def check_count(images: int, settings: LabelledSettings) -> None:
    """Refuse fewer images than it takes to keep a validation part apart."""
    if settings.validation and images < 2:
        raise InputError(
            f"There is {images} image with labels, but a validation part of "
            f"{settings.validation:g} needs an image of its own: give at least 2 "
            "images, or set validation to 0."
        )


def read_labels(labels: Sliceable, image: ImageStack, plane: int) -> NDArray[Any]:
    """Read the labels of one plane, ``(Y, X)`` in their own type."""
    if not image.leading_shape:
        return np.asarray(labels[:])
    return np.asarray(labels[np.unravel_index(plane, image.leading_shape)])


def _check_network(settings: LabelledSettings) -> None:
    if settings.network == "unet":
        return
    check_zoo(settings.network)
    if settings.batch == 1:
        raise InputError(
            f"The network '{settings.network}' normalises over the patches of a batch "
            "and cannot learn from 1 at a time: choose a batch of at least 2."
        )


def _check_batch(shapes: Sequence[tuple[int, int]], settings: LabelledSettings) -> None:
    """Refuse a U-Net that has but one pixel to normalise over."""
    side = patch_side(shapes, settings)
    if settings.batch == 1 and side == settings.network_settings().stride:
        raise InputError(
            f"A U-Net of depth {settings.depth} makes one pixel of a patch of {side} "
            "pixels, and cannot normalise over one patch at a time: choose a batch of "
            "at least 2, larger patches, or less depth."
        )


def _check_labels_of(pair: LabelledPair, labels: Sliceable, what: str) -> None:
    shape = tuple(int(size) for size in labels.shape)
    if shape != pair.image.shape:
        raise InputError(
            f"The {what} of '{pair.name}' have the shape {shape}, but its pixels have "
            f"{pair.image.shape} (axes {pair.image.axes}): choose the labels that "
            "belong to this image."
        )
    if np.dtype(labels.dtype).kind not in "biuf":
        raise InputError(
            f"The {what} of '{pair.name}' are of type {labels.dtype}, but labels are "
            "whole numbers."
        )
