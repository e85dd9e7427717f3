"""Reading the learning set: every plane and its labels once."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.arrays.labels import IGNORE
from napari_metastruct.errors import InputError
from napari_metastruct.features import PlaneFeatures
from napari_metastruct.progress import Heartbeat, Notice, Started
from napari_metastruct.training.labelled.classes import (
    Census,
    choose_classes,
    one_for_all,
    to_ranks,
)
from napari_metastruct.training.labelled.pairs import (
    check_count,
    check_pairs,
    read_labels,
)
from napari_metastruct.training.labelled.planes import Example, LearningSet
from napari_metastruct.training.labelled.shelf import Shelf, rounded
from napari_metastruct.training.labelled.splitting import split, split_as_before

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_metastruct.arrays import StackCheck
    from napari_metastruct.features import FeatureSettings
    from napari_metastruct.progress import Steps
    from napari_metastruct.training.labelled.pairs import LabelledPair
    from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["contradiction_text", "drop_contradicted", "read_steps"]


def read_steps(
    pairs: Sequence[LabelledPair],
    settings: LabelledSettings,
    *,
    watched: Sequence[LabelledPair] = (),
    folder: Path | None = None,
    growing: bool = False,
    judged: Collection[tuple[int, int]] | None = None,
) -> Steps[LearningSet]:
    """Read all pairs, once, and choose the validation part.

    Where a pixel has a positive and a negative mark of the same class, the positive
    one counts, and a `Notice` says of how many pixels.

    Parameters
    ----------
    pairs
        Images with labels.
    settings
        What the network sees, classes, share of validation, seed.
    watched
        Pairs that are only scored.
    folder
        Where a temporary file goes if the images are many.
    growing
        Whether marks are added later: then all planes without any are learned from
        too, as soon as they have some, and the checksum says nothing of the marks.
    judged
        Pair and plane of each in the validation part, as a run of growing marks was
        begun that is continued; None: it is chosen.

    Raises
    ------
    InputError
        They cannot be learned from; see `check_pairs`, `choose_classes` and
        `split_as_before`.
    """
    checks = check_pairs(pairs, settings, watched)
    everything = [*pairs, *watched]
    yield Started("Reading", sum(len(pair.image) for pair in everything))
    reader = _Reader(settings, _shelf(everything, settings, folder))
    examples: list[Example] = []
    for number, (pair, check) in enumerate(zip(everything, checks, strict=True)):
        reader.learn = number < len(pairs)
        for example in reader.read(number, pair, check):
            examples.append(example)
            yield Heartbeat()
    classes = choose_classes(reader.census, settings, reader.negatives)
    if reader.contradictions:
        yield Notice(contradiction_text(reader.contradictions))
    if said := one_for_all(reader.census, reader.negatives, classes):
        yield Notice(said)
    for example in examples:
        _rank(example, classes)
        yield Heartbeat()
    own = [example for example in examples if example.pair < len(pairs)]
    others = [e for e in examples if e.pair >= len(pairs)]
    known = [e for e in own if e.is_marked()]
    bare = [e for e in own if not e.is_marked()]
    if not growing:
        _check_known(pairs, known)
    if judged is None:
        check_count(len(known), settings)
        training, validation = split(known, len(pairs), settings)
        training = [*training, *bare] if growing else training
    else:
        training, validation = split_as_before(own, judged)
    return LearningSet(
        training=training,
        validation=validation,
        watched=others,
        unlabelled=[] if growing else bare,
        classes=classes,
        shares=_shares(reader.census, classes),
        checksum=0 if growing else reader.checksum,
    )


class _Reader:
    """Reads planes one by one; every plane of an image and its labels only once."""

    def __init__(self, settings: LabelledSettings, shelf: Shelf) -> None:
        self.census = Census(settings.ignore)
        self.negatives = Census(settings.ignore)
        self.learn = True
        self.checksum = 0
        self.contradictions = 0
        self._features = settings.feature_settings()
        self._others = Census(settings.ignore)
        self._shelf = shelf

    def read(
        self, number: int, pair: LabelledPair, check: StackCheck
    ) -> Iterator[Example]:
        for plane in range(len(pair.image)):
            raw = pair.image.raw_plane(plane)
            if not check.look_at(raw):
                continue  # NaN: the verdict follows when all of them are counted
            labels = self._labels(pair, plane)
            yield Example(
                number,
                plane,
                self._seen(pair.image.as_float(raw)),
                labels,
                self._reference(pair, plane),
                self._negative(pair, plane, labels),
                pair.trusted,
            )
        check.judge()

    def _seen(self, plane: NDArray[np.float32]) -> NDArray[np.float32]:
        source = PlaneFeatures(plane, self._features, "bright")
        rows, columns = source.shape
        seen = source.window(slice(0, rows), slice(0, columns))
        held = self._shelf.array(seen.shape, np.float32)
        held[...] = seen
        return held

    def _labels(self, pair: LabelledPair, plane: int) -> NDArray[np.int16]:
        census = self.census if self.learn else self._others
        read = read_labels(pair.labels, pair.image, plane)
        values = census.take(read, f"labels of {pair.name}")
        if self.learn:
            self.checksum = zlib.crc32(values.tobytes(), self.checksum)
        return self._held(values)

    def _reference(self, pair: LabelledPair, plane: int) -> NDArray[np.int16] | None:
        if pair.reference is None:
            return None
        read = read_labels(pair.reference, pair.image, plane)
        return self._held(self._others.take(read, f"clean reference of {pair.name}"))

    def _negative(
        self, pair: LabelledPair, plane: int, labels: NDArray[np.int16]
    ) -> NDArray[np.int16] | None:
        if pair.negative is None:
            return None
        read = read_labels(pair.negative, pair.image, plane)
        census = self.negatives if self.learn else self._others
        values = census.take(read, f"negative marks of {pair.name}")
        if self.learn:
            self.checksum = zlib.crc32(values.tobytes(), self.checksum)
            self.contradictions += drop_contradicted(labels, values)
        return self._held(values)

    def _held(self, values: NDArray[np.int16]) -> NDArray[np.int16]:
        held = self._shelf.array(values.shape, np.int16)
        held[...] = values
        return held


def _shelf(
    pairs: Sequence[LabelledPair], settings: LabelledSettings, folder: Path | None
) -> Shelf:
    features: FeatureSettings = settings.feature_settings()
    needed = 0
    for pair in pairs:
        rows, columns = pair.image.plane_shape
        channels = features.channel_count(pair.image.channel_count)
        maps = 1 + (pair.reference is not None) + (pair.negative is not None)
        plane = rounded(4 * channels * rows * columns)
        needed += len(pair.image) * (plane + maps * rounded(2 * rows * columns))
    return Shelf(needed, folder)


def _rank(example: Example, classes: tuple[int, ...]) -> None:
    """Replace class numbers by their ranks; unknown ones of a reference by -1."""
    table = to_ranks(classes)
    for values in (example.labels, example.reference, example.negative):
        if values is None:
            continue
        values[values > max(classes)] = IGNORE
        values[...] = table[values + 1]
        values.flags.writeable = False


def drop_contradicted(labels: NDArray[Any], negative: NDArray[Any]) -> int:
    """Take a negative mark away where a positive one says the same class.

    Parameters
    ----------
    labels, negative
        Marks of a plane, -1 unmarked; the latter are changed.

    Returns
    -------
    How many pixels.
    """
    both = (labels == negative) & (labels >= 0)
    negative[both] = IGNORE
    return int(both.sum())


def contradiction_text(count: int) -> str:
    """Say what became of pixels that have both marks, a full sentence."""
    return (
        f"{count:,} pixels are marked as a class and as not that class: there the "
        "positive mark counts, and the negative one is left out."
    )


def _check_known(pairs: Sequence[LabelledPair], known: list[Example]) -> None:
    for number, pair in enumerate(pairs):
        if not any(example.pair == number for example in known):
            raise InputError(
                f"All labels of '{pair.name}' are ignored (-1), so there is nothing to "
                "learn from it: leave it out, or label some of its pixels."
            )


def _shares(census: Census, classes: tuple[int, ...]) -> NDArray[np.float64]:
    counts = np.array([census.counts[number] for number in classes], np.float64)
    return np.asarray(counts / max(counts.sum(), 1))
