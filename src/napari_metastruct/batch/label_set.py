"""The labels of many files as one set of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.label_tasks import class_steps, open_labels

if TYPE_CHECKING:
    from pathlib import Path

    from napari_metastruct.jobs import NoiseJob
    from napari_metastruct.label_tasks import OpenLabels
    from napari_metastruct.progress import Steps

__all__ = ["LabelSet"]


class LabelSet(Sequence[NDArray[Any]]):
    """The images of all files one after the other; at most one file is open.

    Attributes
    ----------
    classes
        Those of the whole set.
    first
        Number of the first image of each file.
    """

    def __init__(self, job: NoiseJob) -> None:
        self.classes: set[int] = set()
        self.first: dict[Path, int] = {}
        self._job = job
        self._places: list[tuple[Path, int] | None] = []
        self._open: tuple[Path, OpenLabels] | None = None

    def add_steps(self, path: Path) -> Steps[None]:
        """Look at a file and take it in; one that cannot be used as nothing known."""
        self.first[path] = len(self._places)
        self._places.append(None)
        source = self._opened(path)
        self.classes.update((yield from class_steps(source, self._job.chain)))
        self._places[-1:] = [(path, index) for index in range(len(source))]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> NDArray[Any]:  # type: ignore[override]
        place = self._places[index]
        if place is None:
            return np.full((1, 1), -1, np.int8)
        path, number = place
        return self._opened(path)[number]

    def _opened(self, path: Path) -> OpenLabels:
        if self._open is None or self._open[0] != path:
            self._open = path, open_labels(path, self._job)
        return self._open[1]
