"""What the results of a file are called, so that no two sources share a name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from napari_metastruct.batch.results import OWN_ENDINGS
from napari_metastruct.files import image_stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["is_own_file", "unique_stems"]


def is_own_file(path: Path) -> bool:
    """Tell whether a run wrote this file, as far as its name says."""
    return path.name.endswith(OWN_ENDINGS)


def unique_stems(paths: Iterable[Path]) -> dict[Path, str]:
    """Give each file a name for its results.

    The name is the file's own without its ending. Where several would share it,
    the ending is kept if they lie in one folder (``cell_png``), and the names of
    their folders are put in front if not (``day1_cell``), as many as it takes.
    Upper and lower case count as the same, as they do on Windows and macOS.

    Parameters
    ----------
    paths
        Absolute paths.
    """
    files = list(dict.fromkeys(paths))
    beside = Counter((path.parent, _key(image_stem(path))) for path in files)
    own = {
        path: _full(path)
        if beside[path.parent, _key(image_stem(path))] > 1
        else image_stem(path)
        for path in files
    }
    depth = dict.fromkeys(files, 0)
    names = dict(own)
    while shared := _shared(names):
        longer = [path for path in shared if depth[path] < len(_folders(path))]
        for path in longer:
            depth[path] += 1
            names[path] = "_".join([*_folders(path)[-depth[path] :], own[path]])
        if not longer:
            return _numbered(names)
    return names


def _shared(names: dict[Path, str]) -> list[Path]:
    counts = Counter(_key(name) for name in names.values())
    return [path for path, name in names.items() if counts[_key(name)] > 1]


def _numbered(names: dict[Path, str]) -> dict[Path, str]:
    """Tell apart by numbers what folders cannot: ``a/b_c`` and ``a_b/c``."""
    taken = {_key(name) for name in names.values()}
    seen: set[str] = set()
    result = {}
    for path, name in names.items():
        number, new = 1, name
        while _key(new) in seen or (number > 1 and _key(new) in taken):
            number += 1
            new = f"{name}_{number}"
        seen.add(_key(new))
        result[path] = new
    return result


def _key(name: str) -> str:
    return name.casefold()


def _stem(path: Path) -> str:
    stem = path.stem
    return stem[:-4] if stem.lower().endswith(".ome") and len(stem) > 4 else stem


def _full(path: Path) -> str:
    return path.name.replace(".", "_") if path.suffix else path.name


def _folders(path: Path) -> Sequence[str]:
    return [part for part in path.parent.parts if part != path.anchor]
