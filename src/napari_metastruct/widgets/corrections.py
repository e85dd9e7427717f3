"""Accepting and rejecting what a training has corrected, region by region."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.widgets.training_layers import add_class_labels, add_difference
from napari_metastruct.widgets.training_run import PairOutcome

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

__all__ = ["ACCEPTED", "OPEN", "REJECTED", "Corrections"]

OPEN, ACCEPTED, REJECTED = 1, 2, 3
"""Numbers in the difference layer; 0: both labels are the same."""


class Corrections:
    """The difference layer of one pair, and the copy that accepted regions go into.

    The copy is made when the first region is accepted, and made again if the person
    has removed it. Labels of the person are never written to.
    """

    def __init__(
        self, viewer: "Viewer", outcome: PairOutcome, provenance: dict[str, Any]
    ) -> None:
        self._viewer, self._outcome = viewer, outcome
        self._provenance = provenance
        self.layer: Labels = add_difference(viewer, outcome, provenance)
        self.copy: Labels | None = None

    @property
    def is_there(self) -> bool:
        """Whether the difference layer is still in the viewer."""
        return self.layer in self._viewer.layers

    def counts(self) -> dict[int, int]:
        """Return the number of pixels that are open, accepted and rejected."""
        found = np.bincount(np.ravel(self.layer.data), minlength=REJECTED + 1)
        return {number: int(found[number]) for number in (OPEN, ACCEPTED, REJECTED)}

    def region_at(self, place: tuple[int, ...]) -> NDArray[np.bool_] | None:
        """Return the connected pixels that were corrected to the same class.

        Parameters
        ----------
        place
            A pixel of the layer.

        Returns
        -------
        ``(Y, X)`` bool on the plane of that pixel; None: it lies in no region.
        """
        from skimage.segmentation import flood

        shape = self.layer.data.shape
        if not all(0 <= i < n for i, n in zip(place, shape, strict=True)):
            return None
        plane = place[:-2]
        marks = np.asarray(self.layer.data[plane])
        if not marks[place[-2:]]:
            return None
        became = self._corrected[plane].astype(np.int32) + 1
        region: NDArray[np.bool_] = flood(
            np.where(marks > 0, became, 0), place[-2:], connectivity=2
        )
        return region

    def decide(self, place: tuple[int, ...], *, accept: bool) -> bool:
        """Accept or reject the region at a pixel; say whether there is one."""
        region = self.region_at(place)
        if region is None:
            return False
        self._write(place[:-2], region, accept=accept)
        return True

    def decide_all(self, *, accept: bool) -> None:
        """Accept or reject all regions that are still open."""
        self._write((), np.asarray(self.layer.data) == OPEN, accept=accept)

    def _write(
        self, plane: tuple[int, ...], region: NDArray[np.bool_], *, accept: bool
    ) -> None:
        copy = self._copied() if accept else self._copy_there()
        if copy is not None:
            source = self._corrected if accept else self._given
            copy.data[plane][region] = source[plane][region]
            copy.refresh()
        self.layer.data[plane][region] = ACCEPTED if accept else REJECTED
        self.layer.refresh()

    @property
    def _corrected(self) -> NDArray[Any]:
        return self._outcome.source.image.fitted(self._outcome.corrected)

    @property
    def _given(self) -> NDArray[Any]:
        return self._outcome.source.image.fitted(np.asarray(self._outcome.given[...]))

    def _copy_there(self) -> "Labels | None":
        return self.copy if self.copy in self._viewer.layers else None

    def _put_below(self, copy: "Labels") -> None:
        """Let the difference be seen on the copy."""
        layers = self._viewer.layers
        if self.layer in layers:
            layers.move(layers.index(copy), layers.index(self.layer))

    def _copied(self) -> "Labels":
        """Return the copy; a new one holds what was accepted before."""
        there = self._copy_there()
        if there is not None:
            return there
        given, corrected = self._given, self._corrected
        copy = given.astype(np.result_type(given, corrected))  # always a copy
        accepted = np.asarray(self.layer.data) == ACCEPTED
        copy[accepted] = corrected[accepted]
        active = self._viewer.layers.selection.active
        name = f"{self._outcome.source.labels.name} accepted"
        self.copy = add_class_labels(
            self._viewer, self._outcome, copy, name, self._provenance
        )
        self._put_below(self.copy)
        self._viewer.layers.selection.active = active
        return self.copy
