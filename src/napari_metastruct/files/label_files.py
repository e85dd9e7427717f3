"""Which files of a folder hold labels, and which of two folders belong together."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from napari_metastruct.errors import InputError
from napari_metastruct.files.finding import (
    LABEL_ENDINGS,
    FoundImages,
    files_in,
    image_stem,
)
from napari_metastruct.files.reading import is_image_path, is_label_path

__all__ = [
    "LabelPairs",
    "find_labels",
    "is_folder",
    "pair_labels",
    "pairs_by_name",
    "thing_of",
]

_NO_LABELS = ("_probability.tif", "_errors.tif", "_density.tif")
_VERSIONS = re.compile(
    rf"({LABEL_ENDINGS.pattern})|[_-](noisy|clean|truth|pred|prediction)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LabelPairs:
    """Labels of the same things in two places, and the files that found no partner."""

    pairs: tuple[tuple[Path, Path], ...]
    first_alone: tuple[Path, ...]
    second_alone: tuple[Path, ...]
    foreign: tuple[Path, ...]


def find_labels(paths: Iterable[str | Path]) -> FoundImages:
    """Find the labels among files and directly in folders, each once.

    Of a folder, in natural order, what can hold labels is taken: no JPEG, and none of
    our own probabilities, maps of errors and densities; where an image lies beside its
    labels (``cell.tif`` beside ``cell_labels.tif``, or _label, _mask, _masks, _seg,
    _gt), only the labels. A file that is named itself is always taken.

    Returns
    -------
    The labels, and as foreign what is none.

    Raises
    ------
    InputError
        A path does not exist.
    """
    labels: dict[Path, None] = {}
    foreign: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(f"There is no file or folder {path}.")
        found = _labels_in(path) if is_folder(path) else _alone(path)
        labels |= dict.fromkeys(found.images)
        foreign |= dict.fromkeys(found.foreign)
    return FoundImages(tuple(labels), tuple(p for p in foreign if p not in labels))


def pair_labels(first: str | Path, second: str | Path) -> LabelPairs:
    """Pair two files, or the labels of two folders by their names.

    Files of the same name belong together, else those whose names are the same without
    what tells versions apart: ``cell_gt.png``, ``cell_labels.tif`` and
    ``cell_labels_noisy.tif`` are all of ``cell``.

    Raises
    ------
    InputError
        A path does not exist, one is a folder and the other is not, or several files
        could be meant.
    """
    one, other = find_labels([first]), find_labels([second])
    folders = {is_folder(Path(path)) for path in (first, second)}
    if len(folders) > 1:
        raise InputError(
            f"{first} and {second} are a file and a folder: compare two files, or two "
            "folders whose files have the same names."
        )
    if folders == {False}:
        return LabelPairs(((Path(first), Path(second)),), (), (), ())
    return pairs_by_name(one, other)


def pairs_by_name(one: FoundImages, other: FoundImages) -> LabelPairs:
    """Pair files of the same name, then those of the same thing, see `thing_of`.

    Raises
    ------
    InputError
        Several files could be meant.
    """
    pairs = _same(one.images, other.images, image_stem)
    left = [path for path in one.images if path not in pairs]
    taken = set(pairs.values())
    spare = [path for path in other.images if path not in taken]
    pairs |= _same(left, spare, thing_of)
    taken = set(pairs.values())
    return LabelPairs(
        tuple((path, pairs[path]) for path in one.images if path in pairs),
        tuple(path for path in one.images if path not in pairs),
        tuple(path for path in other.images if path not in taken),
        tuple(dict.fromkeys([*one.foreign, *other.foreign])),
    )


def is_folder(path: Path) -> bool:
    """Tell a folder of files from a file, also one that is a folder, as a zarr is."""
    return path.is_dir() and not is_label_path(path)


def _alone(path: Path) -> FoundImages:
    # A JPEG is refused when it is read, by a sentence of its own.
    return FoundImages((path,), ()) if is_image_path(path) else FoundImages((), (path,))


def _labels_in(folder: Path) -> FoundImages:
    files = files_in(folder)
    ours = {path for path in files if path.name.lower().endswith(_NO_LABELS)}
    known = [path for path in files if is_label_path(path) and path not in ours]
    stems = [image_stem(path).lower() for path in known]
    images = {LABEL_ENDINGS.sub("", s) for s in stems if LABEL_ENDINGS.search(s)}
    labels = [p for p, s in zip(known, stems, strict=True) if s not in images]
    foreign = [path for path in files if path not in {*labels, *ours}]
    return FoundImages(tuple(labels), tuple(foreign))


def _same(
    ones: Iterable[Path], others: Iterable[Path], name: Callable[[Path], str]
) -> dict[Path, Path]:
    """Pair the files whose names are the same in the eyes of `name`."""
    first, second = _by_name(ones, name), _by_name(others, name)
    shared = [key for key in first if key in second]
    for paths in (group[key] for key in shared for group in (first, second)):
        if len(paths) > 1:
            raise InputError(
                f"{paths[0]} and {paths[1]} could both be meant, as their names say "
                "the same: move one of them elsewhere."
            )
    return {first[key][0]: second[key][0] for key in shared}


def _by_name(
    paths: Iterable[Path], name: Callable[[Path], str]
) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in paths:
        found.setdefault(name(path), []).append(path)
    return found


def thing_of(path: Path) -> str:
    """Return what a file is of: its name without endings for versions."""
    stem, shorter = "", image_stem(path)
    while stem != shorter:
        stem, shorter = shorter, _VERSIONS.sub("", shorter) or shorter
    return stem
