"""The files that a training learns from: which belong together, and opened."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_metastruct.batch.sources import open_source
from napari_metastruct.errors import InputError
from napari_metastruct.files import find_images, pair_images
from napari_metastruct.label_tasks import labelled_pair

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_metastruct.batch.sources import Source
    from napari_metastruct.jobs import TrainJob
    from napari_metastruct.training.labelled import LabelledPair

__all__ = ["FoundPairs", "PairFile", "PairPaths", "find_pairs", "open_pairs"]

_MOST_HELD = 2**29
"""Bytes of pixels that need not be read again; others are, when they are asked for."""


@dataclass(frozen=True, slots=True)
class PairPaths:
    """An image and the files of what is known of it.

    Attributes
    ----------
    image
        The image.
    labels, negative, trusted, reference
        Labels, negative marks, labels that are right, clean ones for curves.
    """

    image: Path
    labels: Path | None = None
    negative: Path | None = None
    trusted: Path | None = None
    reference: Path | None = None

    @property
    def told(self) -> Path:
        """What is learned from: trusted labels, else labels, else negative marks."""
        return self.trusted or self.labels or self.negative or self.image


@dataclass(frozen=True, slots=True)
class FoundPairs:
    """Which files belong together; all paths are absolute.

    Attributes
    ----------
    pairs
        Images with all that is known of each.
    images_alone, labels_alone
        Files without a partner.
    foreign
        Files in the folders that are none.
    without_reference
        Images without clean labels where others have some.
    """

    pairs: tuple[PairPaths, ...]
    images_alone: tuple[Path, ...]
    labels_alone: tuple[Path, ...]
    foreign: tuple[Path, ...]
    without_reference: tuple[Path, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PairFile:
    """An opened pair of files; `labels` is the one that is learned from."""

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
    paths = {
        name: [Path(path).absolute() for path in getattr(job, name)]
        for name in ("images", *_KINDS)
    }
    found = {
        name: pair_images(paths["images"], paths[name])
        for name in _KINDS
        if paths[name]
    }
    known = {name: dict(labels.pairs) for name, labels in found.items()}
    images = dict.fromkeys(find_images(paths["images"]).images)
    images |= dict.fromkeys(image for labels in known.values() for image in labels)
    pairs = tuple(
        PairPaths(image, **{name: known[name].get(image) for name in known})
        for image in images
        if any(image in known.get(name, ()) for name in _LEARNED)
    )
    _check_pairs(job, pairs, known)
    paired = {pair.image for pair in pairs}
    learned = [found[name] for name in _LEARNED if name in found]
    taken = {file for name in known for file in known[name].values()}
    alone = [file for labels in learned for file in labels.second_alone]
    without = [image for labels in learned for image in labels.first_alone]
    return FoundPairs(
        pairs,
        tuple(dict.fromkeys(image for image in without if image not in paired)),
        tuple(dict.fromkeys(file for file in alone if file not in taken)),
        tuple(dict.fromkeys(path for labels in learned for path in labels.foreign)),
        tuple(p.image for p in pairs if "reference" in known and not p.reference),
    )


_LEARNED = ("labels", "negative", "trusted")
_KINDS = (*_LEARNED, "reference")
_NAMES = {"negative": "negative marks", "trusted": "trusted labels"}


def _check_pairs(
    job: TrainJob, pairs: Sequence[PairPaths], known: Mapping[str, Mapping[Path, Path]]
) -> None:
    places = [path for name in _LEARNED for path in getattr(job, name)]
    if not pairs:
        raise InputError(
            f"No labels in {', '.join(places)} belong to an image in "
            f"{', '.join(job.images)}: files belong together whose names are the "
            "same, but for endings such as _labels, _mask, _gt or _noisy."
        )
    for name, labels in known.items():
        if not any(pair.image in labels for pair in pairs):
            raise InputError(
                f"No {_NAMES.get(name, 'clean labels')} in "
                f"{', '.join(getattr(job, name))} belong to any of the images: they "
                "need the same names."
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
    for paths in found.pairs:
        source = open_source(paths.image, job, keep=held < _MOST_HELD)
        data = source.stack.source
        held += math.prod(data.shape) * int(data.dtype.itemsize)
        pair = labelled_pair(
            source.stack,
            paths.labels,
            paths.reference,
            job,
            negative=paths.negative,
            trusted=paths.trusted,
        )
        files.append(PairFile(paths.image, paths.told, source, pair))
    return files
