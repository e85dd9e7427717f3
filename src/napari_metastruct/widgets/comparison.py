"""Two Labels layers compared by the core, and the difference of their maps."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import CompareJob
from napari_metastruct.label_tasks import Comparison, OpenLabels, compare_steps
from napari_metastruct.progress import PlaneDone, Started, Steps, StopFlag
from napari_metastruct.widgets.kernel_choice import KernelSettings
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.map_steps import maps_of

__all__ = ["Compared", "Difference", "check_pair", "compared_steps", "difference_steps"]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What was found, and of what.

    Attributes
    ----------
    reference, other
        The labels.
    settings
        How the densities were made.
    found
        The numbers, as the command line gives them.
    """

    reference: LabelsInput
    other: LabelsInput
    settings: KernelSettings
    found: Comparison

    def job(self) -> CompareJob | None:
        """Return the job that compares the same files.

        Returns
        -------
        None where no job can tell it: labels that are no files, or not in their finest
        level, or of more than four axes.
        """
        pair = self.reference, self.other
        if self.reference.axes is None or not all(s.path and not s.level for s in pair):
            return None
        names = [source.path for source in pair]
        return _job(self.reference, self.settings).for_sources(names)


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """The map of a class in other labels minus that in the reference.

    Attributes
    ----------
    values
        float32 of the shape of the labels, share of the class per pixel.
    """

    reference: LabelsInput
    other: LabelsInput
    settings: KernelSettings
    number: int
    values: NDArray[np.float32]


def check_pair(reference: LabelsInput, other: LabelsInput) -> None:
    """Refuse labels that do not lie pixel on pixel.

    Raises
    ------
    InputError
        Their shapes differ.
    """
    if reference.shape != other.shape:
        raise InputError(
            f"'{reference.name}' has the shape {reference.shape}, but '{other.name}' "
            f"{other.shape}: compare labels of the same image."
        )


def compared_steps(
    reference: LabelsInput, other: LabelsInput, settings: KernelSettings
) -> Steps[Compared]:
    """Compare two labels."""
    check_pair(reference, other)
    pair = _opened(reference), _opened(other)
    found = yield from compare_steps(*pair, _job(reference, settings))
    return Compared(reference, other, settings, found)


def difference_steps(
    reference: LabelsInput,
    other: LabelsInput,
    settings: KernelSettings,
    number: int,
    stop: StopFlag,
) -> Steps[Difference]:
    """Subtract the map of a class in the reference from that in other labels.

    What the reference leaves out (-1) is left out in both.
    """
    check_pair(reference, other)
    values = np.zeros(reference.shape, np.float32)
    yield Started("Density difference", len(reference))
    for part in range(len(reference)):
        where = reference.index(part)
        first, second = reference.part(part), other.part(part)
        known = np.where(first < 0, -1, second.astype(np.int64))
        for labels, sign in ((first, -1), (known, 1)):
            for found in maps_of(labels, reference, settings, [number]).values():
                values[where] += sign * found
        yield PlaneDone(part + 1, len(reference))
        if stop.is_set():
            break
    return Difference(reference, other, settings, number, values)


def _job(reference: LabelsInput, settings: KernelSettings) -> CompareJob:
    return CompareJob(
        a="reference",
        b="other",
        axes=reference.axes,
        volume=reference.together == 3,
        as_one=reference.as_one,
        kernel=settings.kernel,
        bandwidth=reference.bandwidth(settings.bandwidth),
    )


def _opened(source: LabelsInput) -> OpenLabels:
    data, letters = source.data, source.axes
    if letters is None:
        # More axes than there are letters for: all that are in front become one.
        data = data.reshape(math.prod(source.leading_shape), *source.part_shape)
        letters = "TZYX"[-data.ndim :]
    stack = open_stack(data, axes=letters, name=source.name)
    return OpenLabels(stack, volume=source.together == 3, as_one=source.as_one)
