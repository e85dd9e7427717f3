"""What labels hold: found out in a thread, before a button may be pressed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import check_labels
from napari_metastruct.errors import InputError
from napari_metastruct.metastructure.classes import open_classes
from napari_metastruct.metastructure.density import auto_bandwidth
from napari_metastruct.progress import PlaneDone, Steps
from napari_metastruct.widgets.labels_input import LabelsInput

__all__ = ["MOST_CLASSES", "LabelFacts", "fact_steps"]

MOST_CLASSES = 64
"""More than that are names of objects, not classes."""
_PLANES_TO_JUDGE = 5
"""From so many planes or volumes of a stack the bandwidth is found."""


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """What one look at all labels has shown.

    Attributes
    ----------
    counts
        Pixels of each class, in order of the classes.
    ignored
        Pixels of -1.
    auto
        The bandwidth that fits to the labels, in their unit; of a stack the median over
        some of its planes or volumes.
    problem
        Why they are no labels to work with, "" if they are.
    """

    counts: Mapping[int, int]
    ignored: int
    auto: float
    problem: str = ""

    @property
    def classes(self) -> tuple[int, ...]:
        """The classes that are there."""
        return tuple(self.counts)

    @property
    def objects(self) -> tuple[int, ...]:
        """All of them but the background."""
        return tuple(number for number in self.counts if number)

    def share(self, number: int) -> float:
        """Share of the pixels that are not ignored."""
        return self.counts[number] / sum(self.counts.values())


def fact_steps(source: LabelsInput) -> Steps[LabelFacts]:
    """Look at labels, plane by plane or volume by volume.

    Labels that cannot be used are no error but a fact, with their problem.
    """
    counts: Counter[int] = Counter()
    bandwidths: list[tuple[bool, float]] = []
    judged = {len(source) * i // _PLANES_TO_JUDGE for i in range(_PLANES_TO_JUDGE)}
    for number in range(len(source)):
        try:
            values = check_labels(source.part(number), source.name)
        except InputError as error:
            return LabelFacts({}, 0, 0.0, str(error))
        if (values >= 0).any():
            here = open_classes(values, source.name).counts
            counts.update(here)
            if number in judged or not bandwidths:
                bandwidths.append((len(here) > 1, _auto(values, source)))
        yield PlaneDone(number + 1, len(source))
    found = {number: counts[number] for number in sorted(counts)}
    pixels = int(np.prod(source.shape, dtype=np.int64))
    ignored = pixels - sum(found.values())
    return LabelFacts(found, ignored, _median(bandwidths), _problem(source.name, found))


def _auto(values: NDArray[Any], source: LabelsInput) -> float:
    return auto_bandwidth(values, spacing=source.spacing)


def _median(bandwidths: list[tuple[bool, float]]) -> float:
    """Return the median over planes with something to tell apart, if there are any."""
    telling = [value for several, value in bandwidths if several]
    return float(np.median(telling or [value for _, value in bandwidths] or [0.0]))


def _problem(name: str, counts: Mapping[int, int]) -> str:
    if not counts:
        return f"All pixels of '{name}' are ignored (-1): paint some classes."
    if set(counts) == {0}:
        return f"'{name}' is empty: all of its pixels are 0, background. Paint objects."
    if len(counts) > MOST_CLASSES:
        return (
            f"'{name}' holds {len(counts):,} classes. If these are numbers of objects, "
            "tick 'Objects as one class'."
        )
    return ""
