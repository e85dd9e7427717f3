"""Images and noisy labels for ``noisy_labels.py``; see there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sets import examples
from skimage import io

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["IMAGE_SETS", "Split", "split"]

SIDE = 128
IMAGE_SETS = ("nuclei", "chest", "oocytes")
Maps = list["NDArray[Any]"]


@dataclass(frozen=True)
class Split:
    """Images apart in two parts, and what a benchmark learns from.

    Attributes
    ----------
    train, test
        Images, float32, luminance.
    truth, test_truth
        Their labels.
    noisy
        What is learned from, for each of `train`.
    """

    train: Maps
    test: Maps
    truth: Maps
    test_truth: Maps
    noisy: Maps

    @property
    def noise_rate(self) -> float:
        """Share of the known pixels of `noisy` that are wrong."""
        noisy, truth = np.stack(self.noisy), np.stack(self.truth)
        known = noisy >= 0
        return float((noisy[known] != truth[known]).mean())


def split(
    data: Path, name: str, noise: str, seed: int, count: int, tested: int = 40
) -> Split:
    """Draw images to learn from and to test by the seed, and spoil the first part.

    Nuclei: of each image the square of 128 pixels with most objects among eight.
    Chest: halved to 128 x 128; 1 lungs, 2 heart. Oocytes: halved to 96 x 128, the
    truth is the majority of three annotators, and images of one oocyte stay together.
    """
    images, truths, groups, drawn = READERS[name](data)
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(np.unique(groups))
    order = np.concatenate([np.flatnonzero(groups == one) for one in shuffled])
    first, second = order[:count], order[count:]
    apart = [i for i in second if groups[i] != groups[first[-1]]][:tested]
    clean = [truths[i] for i in first]
    if noise.startswith("annotator-"):
        which = int(noise[-1]) - 1 if noise[-1].isdigit() else None
        noisy = [drawn[i][rng.integers(3) if which is None else which] for i in first]
    else:
        noisy = spoiled(clean, noise, seed)
    return Split(
        [images[i] for i in first],
        [images[i] for i in apart],
        clean,
        [truths[i] for i in apart],
        noisy,
    )


def spoiled(truths: Sequence[NDArray[Any]], noise: str, seed: int) -> Maps:
    """Return noisy labels; `noise` as ``0.7,0.7`` or ``flip-0.45``."""
    from napari_metastruct import noise as kinds

    name, _, value = noise.rpartition("-")
    classes = np.unique(np.stack(truths))
    if noise == "clean":
        return list(truths)
    if name == "iou":
        return kinds.over_under(truths, float(value), seed=seed)
    rngs = [kinds.image_rng(seed, 0, i) for i in range(len(truths))]
    others = len(classes) - 1
    makers: dict[str, Callable[[NDArray[Any], Any], NDArray[Any]]] = {
        "": lambda t, r: kinds.annotator(t, *map(float, value.split(",")), rng=r),
        "flip": lambda t, r: kinds.random_flip(t, float(value), classes=classes, rng=r),
        "sample": lambda t, r: kinds.random_sample(
            t, float(value), classes=classes, rng=r
        ),
        "dilate": lambda t, _: kinds.dilate(t, int(value)),
        "erode": lambda t, _: kinds.erode(t, int(value)),
        "random": lambda t, r: kinds.random_label(
            t.shape,
            [1 - float(value), *[float(value) / others] * others],
            classes=classes,
            rng=r,
        ),
    }
    return [makers[name](t, r) for t, r in zip(truths, rngs, strict=True)]


def _nuclei(data: Path) -> tuple[Maps, Maps, NDArray[Any], list[Maps]]:
    images, truths = [], []
    for number, one in enumerate(examples(data, "nuclei")):
        rng = np.random.default_rng(number)
        corners = [
            [int(rng.integers(extent - SIDE + 1)) for extent in one.truth.shape]
            for _ in range(8)
        ]
        cuts = [np.s_[y : y + SIDE, x : x + SIDE] for y, x in corners]
        best = max(cuts, key=lambda cut: one.truth[cut].sum())
        images.append(one.image[best].astype(np.float32))
        truths.append(one.truth[best].astype(np.uint8))
    return images, truths, np.arange(len(images)), []


def _chest(data: Path) -> tuple[Maps, Maps, NDArray[Any], list[Maps]]:
    images, truths = [], []
    for path in sorted((data / "chest" / "images").iterdir()):
        truth = np.zeros((SIDE, SIDE), np.uint8)
        for number, organ in enumerate(("lungs", "heart"), start=1):
            mask = io.imread(data / "chest" / organ / path.name)
            truth[_halved(mask) > 127] = number
        images.append(_halved(io.imread(path)))
        truths.append(truth)
    return images, truths, np.arange(len(images)), []


def _oocytes(data: Path) -> tuple[Maps, Maps, NDArray[Any], list[Maps]]:
    images, truths, groups, drawn = [], [], [], []
    for path in sorted((data / "oocytes" / "images").iterdir()):
        masks = [
            (_halved(io.imread(data / "oocytes" / f"annotator_{n}" / path.name)) > 127)
            for n in (1, 2, 3)
        ]
        drawn.append([mask.astype(np.uint8) for mask in masks])
        truths.append((np.sum(masks, axis=0) >= 2).astype(np.uint8))
        images.append(_halved(io.imread(path)))
        groups.append(int(path.name.split(".")[0]))
    return images, truths, np.array(groups), drawn


def _halved(image: NDArray[Any]) -> NDArray[np.float32]:
    grey = image if image.ndim == 2 else image[..., :3].mean(axis=-1)
    height, width = (side // 2 for side in grey.shape)
    cells = grey[: 2 * height, : 2 * width].astype(np.float32)
    return cells.reshape(height, 2, width, 2).mean(axis=(1, 3))


READERS = {"nuclei": _nuclei, "chest": _chest, "oocytes": _oocytes}
