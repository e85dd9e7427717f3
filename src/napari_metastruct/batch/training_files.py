"""The files that a training learns from: which belong together, and opened."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_metastruct.batch.sources import open_source
from napari_metastruct.errors import InputError
from napari_metastruct.files import pair_images
from napari_metastruct.label_tasks import labelled_pair

if TYPE_CHECKING:
    from napari_metastruct.batch.sources import Source
    from napari_metastruct.jobs import TrainJob
    from napari_metastruct.training.labelled import LabelledPair

__all__ = ["FoundPairs", "PairFile", "find_pairs", "open_pairs"]

_MOST_HELD = 2**29
"""Bytes of pixels that need not be read again; others are, when they are asked for."""


@dataclass(frozen=True, slots=True)
class FoundPairs:
    """Which files belong together; all paths are absolute.

    Attributes
    ----------
    pairs
        Image, labels, and clean labels if there are any.
    images_alone, labels_alone
        Files without a partner.
    foreign
        Files in the folders that are none.
    without_reference
        Images without clean labels where others have some.
    """

    pairs: tuple[tuple[Path, Path, Path | None], ...]
    images_alone: tuple[Path, ...]
    labels_alone: tuple[Path, ...]
    foreign: tuple[Path, ...]
    without_reference: tuple[Path, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PairFile:
    """An opened pair of files."""

    image: Path
    labels: Path
    source: Source
    pair: LabelledPair

    @property
    def pixels(self) -> int:
        """How many pixels have a label."""
        return math.prod(self.source.stack.shape)


def find_pairs(job: TrainJob) -> FoundPairs:
    """Find the files of a job that belong together.

    Raises
    ------
    InputError
        A path does not exist, nothing belongs together, or several files could.
    """
    job.check_named()
    images, labels, reference = (
        [Path(path).absolute() for path in paths]
        for paths in (job.images, job.labels, job.reference)
    )
    found = pair_images(images, labels)
    if not found.pairs:
        raise InputError(
            f"No labels in {', '.join(job.labels)} belong to an image in "
            f"{', '.join(job.images)}: files belong together whose names are the "
            "same, but for endings such as _labels, _mask, _gt or _noisy."
        )
    clean = dict(pair_images(images, reference).pairs) if reference else {}
    pairs = tuple((image, given, clean.get(image)) for image, given in found.pairs)
    if reference and not any(truth for _, _, truth in pairs):
        raise InputError(
            f"No clean labels in {', '.join(job.reference)} belong to any of the "
            "images: they need the same names."
        )
    lacking = tuple(image for image, _, truth in pairs if reference and truth is None)
    return FoundPairs(
        pairs, found.first_alone, found.second_alone, found.foreign, lacking
    )


def open_pairs(found: FoundPairs, job: TrainJob) -> list[PairFile]:
    """Open all pairs; what can be read plane by plane is read later.

    Raises
    ------
    InputError
        A file cannot be read, or is no image or no labels.
    """
    files: list[PairFile] = []
    held = 0
    for image, labels, reference in found.pairs:
        source = open_source(image, job, keep=held < _MOST_HELD)
        data = source.stack.source
        held += math.prod(data.shape) * int(data.dtype.itemsize)
        pair = labelled_pair(source.stack, labels, reference, job)
        files.append(PairFile(image, labels, source, pair))
    return files
