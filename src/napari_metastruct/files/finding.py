"""Which files of a folder are images, and which labels belong to which image."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from napari_metastruct.errors import InputError
from napari_metastruct.files.reading import is_image_path

__all__ = [
    "LABEL_ENDINGS",
    "FilePairs",
    "FoundImages",
    "files_in",
    "find_images",
    "image_stem",
    "pair_files",
]

_OURS = ("_labels.tif", "_probability.tif")
LABEL_ENDINGS = re.compile(r"[_-](labels?|masks?|seg|gt)$", re.IGNORECASE)
"""What tells the name of labels from that of their image."""


@dataclass(frozen=True, slots=True)
class FoundImages:
    """Image files in natural order, and the files that are none."""

    images: tuple[Path, ...]
    foreign: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class FilePairs:
    """Images with their labels, and the files that found no partner."""

    pairs: tuple[tuple[Path, Path], ...]
    images_alone: tuple[Path, ...]
    labels_alone: tuple[Path, ...]


def find_images(paths: Iterable[str | Path]) -> FoundImages:
    """Find the images among files and directly in folders, each once.

    The files of a folder come in natural order ("t2" before "t10"). Hidden files,
    folders within folders, and our own ``*_labels.tif`` and ``*_probability.tif`` are
    passed over, unless such a file is named itself.

    Raises
    ------
    InputError
        A path does not exist.
    """
    images: dict[Path, None] = {}
    foreign: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(f"There is no file or folder {path}.")
        for file in _files_of(path):
            (images if is_image_path(file) else foreign)[file] = None
    return FoundImages(tuple(images), tuple(foreign))


def pair_files(images: str | Path, labels: str | Path) -> FilePairs:
    """Pair the images of one folder with the labels of another by their names.

    ``cell_1.tif`` belongs to ``cell_1.png`` and to ``cell_1_labels.tif`` (or _label,
    _mask, _masks, _seg, _gt). Both folders may be the same.

    Raises
    ------
    InputError
        A folder does not exist, or two files of one folder have the same name.
    """
    images_by_stem, labels_by_stem = _by_stem(Path(images)), _by_stem(Path(labels))
    if Path(images) == Path(labels):
        marked = {s for s in labels_by_stem if LABEL_ENDINGS.search(s)}
        images_by_stem = {s: f for s, f in images_by_stem.items() if s not in marked}
        labels_by_stem = {s: f for s, f in labels_by_stem.items() if s in marked}
    partners = {LABEL_ENDINGS.sub("", stem): f for stem, f in labels_by_stem.items()}
    partners |= labels_by_stem
    pairs = {f: partners[s] for s, f in images_by_stem.items() if s in partners}
    return FilePairs(
        tuple(pairs.items()),
        tuple(f for f in images_by_stem.values() if f not in pairs),
        tuple(f for f in labels_by_stem.values() if f not in pairs.values()),
    )


def image_stem(path: str | Path) -> str:
    """Return a file's name without its ending, also without ".ome"."""
    stem = Path(path).stem
    return stem[:-4] if stem.lower().endswith(".ome") else stem


def _files_of(path: Path) -> list[Path]:
    if path.is_file() or is_image_path(path):  # a zarr is a folder
        return [path]
    return [file for file in files_in(path) if not file.name.lower().endswith(_OURS)]


def files_in(folder: Path) -> list[Path]:
    """Return the files and zarrs directly in a folder, in natural order."""
    found = [
        file
        for file in folder.iterdir()
        if not file.name.startswith(".") and (file.is_file() or is_image_path(file))
    ]
    return sorted(found, key=_natural)


def _natural(path: Path) -> tuple[list[tuple[int, int | str]], str]:
    parts = re.split(r"(\d+)", path.name.lower())
    numbers = [(0, int(p)) if p.isdecimal() else (1, p) for p in parts]
    return numbers, path.name


def _by_stem(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    files: dict[str, Path] = {}
    for file in filter(is_image_path, files_in(folder)):
        stem = image_stem(file)
        if stem in files:
            raise InputError(
                f"{files[stem]} and {file} have the same name, so it is not clear "
                "which one is meant: move one of them elsewhere."
            )
        files[stem] = file
    return files
