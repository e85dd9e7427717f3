"""Which labels belong to which images."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from napari_metastruct.files.finding import FoundImages, find_images, image_stem
from napari_metastruct.files.label_files import (
    LabelPairs,
    find_labels,
    is_folder,
    pairs_by_name,
    thing_of,
)

__all__ = ["pair_images"]


def pair_images(
    images: Sequence[str | Path], labels: Sequence[str | Path]
) -> LabelPairs:
    """Pair images with their labels.

    As many files as files belong together in their order; else the names decide, as in
    `pair_labels`: ``cell_1.tif`` belongs to ``cell_1.png``, ``cell_1_mask.tif`` and
    ``cell_1_noisy.tif``. Both may lie in one folder.

    Raises
    ------
    InputError
        A path does not exist, or several files could be meant.
    """
    one, other = find_images(images), find_labels(labels)
    if len(images) == len(labels) and not _any_folder([*images, *labels]):
        pairs = zip(map(Path, images), map(Path, labels), strict=True)
        return LabelPairs(tuple(pairs), (), (), ())
    both = {*one.images} & {*other.images}
    marked = {path for path in both if thing_of(path) != image_stem(path)}
    return pairs_by_name(
        _without(one, marked),
        _without(other, both - marked),
    )


def _any_folder(paths: Iterable[str | Path]) -> bool:
    return any(is_folder(Path(path)) for path in paths)


def _without(found: FoundImages, others: set[Path]) -> FoundImages:
    return FoundImages(
        tuple(path for path in found.images if path not in others), found.foreign
    )
