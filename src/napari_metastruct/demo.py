"""A first look without an image of one's own: what is found, and how well."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.arrays import open_stack
from napari_metastruct.evaluation import dice
from napari_metastruct.files import check_output_folder, write_image, writing
from napari_metastruct.jobs import SegmentJob
from napari_metastruct.methods import MENU
from napari_metastruct.progress import Started, run_to_end
from napari_metastruct.sample_data import bundled_image, synthetic_network
from napari_metastruct.segmentation import segment_steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.progress import Steps
    from napari_metastruct.thresholding import Side

__all__ = ["DemoResult", "demo_steps"]

# Vessels on uneven light, away from the dark fovea and the black rim.
_RETINA = np.s_[800:1300, 420:1000, 1]
_FOUND, _WRONG, _MISSED = (0, 200, 170), (255, 120, 0), (225, 60, 225)
_GAP, _HEAD = 12, 26


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What one image of the demo gave.

    Attributes
    ----------
    title
        What the image shows.
    dice
        Name of a method to its Dice of the foreground; empty where the truth is
        not known.
    picture
        Overlay of both methods.
    labels
        Label image of the default method.
    seconds
        Time that the default method took.
    """

    title: str
    dice: dict[str, float]
    picture: Path
    labels: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class _Sample:
    name: str
    title: str
    image: NDArray[Any]
    side: Side
    truth: NDArray[np.uint8] | None = None


def demo_steps(
    folder: Path | str, method: str = "igtt"
) -> Steps[tuple[DemoResult, ...]]:
    """Segment a real and a synthetic image beside Otsu's threshold.

    Parameters
    ----------
    folder
        Gets the images, their labels and the pictures.
    method
        Name in the menu of what is shown beside Otsu's threshold.

    Returns
    -------
    One result for each image, by a generator of events.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    folder = check_output_folder(Path(folder).absolute(), needed_bytes=2**23)
    results = []
    for sample in _samples():
        yield Started("Reading", 1, sample.name)
        results.append((yield from _show(sample, folder, method)))
    return tuple(results)


def _samples() -> tuple[_Sample, ...]:
    network, truth = synthetic_network((512, 512), seed=0)
    retina = bundled_image("retina")[_RETINA]
    return (
        _Sample("retina", "Vessels of a human retina, dark on bright", retina, "dark"),
        _Sample(
            "network",
            "Synthetic network of tubules, bright on dark, whose truth is known",
            network,
            "bright",
            truth,
        ),
    )


def _show(sample: _Sample, folder: Path, method: str) -> Steps[DemoResult]:
    start = time.perf_counter()
    stack = open_stack(sample.image, axes="YX", name=sample.name)
    job = SegmentJob(method=method, foreground=sample.side)
    found = (yield from segment_steps([stack], job))[0].labels
    seconds = time.perf_counter() - start
    otsu = run_to_end(segment_steps([stack], job.replace(method="otsu")))[0].labels
    masks = {"Otsu's threshold": otsu, MENU[method].title.split(" (")[0]: found}
    scores = _scores(masks, sample.truth)
    picture = folder / f"{sample.name}_overlay.png"
    labels = folder / f"{sample.name}_labels.tif"
    write_image(folder / f"{sample.name}.tif", sample.image, axes="YX")
    if sample.truth is not None:
        write_image(folder / f"{sample.name}_truth.tif", sample.truth, axes="YX")
    write_image(labels, found, axes="YX")
    _write_picture(picture, sample, masks, scores)
    return DemoResult(sample.title, scores, picture, labels, seconds)


def _scores(
    masks: dict[str, NDArray[Any]], truth: NDArray[np.uint8] | None
) -> dict[str, float]:
    if truth is None:
        return {}
    return {name: float(dice(truth, mask)[1]) for name, mask in masks.items()}


def _write_picture(
    path: Path,
    sample: _Sample,
    masks: dict[str, NDArray[Any]],
    scores: dict[str, float],
) -> None:
    """Draw the image and each mask upon it side by side."""
    grey = _grey(sample.image)
    panels = {"Image": np.repeat(grey[..., None], 3, axis=-1)}
    for name, mask in masks.items():
        score = f", Dice {scores[name]:.2f}" if name in scores else ""
        panels[name + score] = _overlay(grey, mask > 0, sample.truth)
    from PIL import Image, ImageDraw

    height, width = grey.shape
    size = (len(panels) * (width + _GAP) + _GAP, height + _HEAD + _GAP)
    canvas = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(canvas)
    for number, (title, panel) in enumerate(panels.items()):
        left = _GAP + number * (width + _GAP)
        draw.text((left, 5), title, fill="black", font_size=16)
        canvas.paste(Image.fromarray(panel), (left, _HEAD))
    if sample.truth is not None:
        _legend(draw, size[0])
    with writing(path) as new:
        canvas.save(new)


def _legend(draw: Any, right: int) -> None:  # noqa: ANN401 - Pillow's class is loaded late
    colours = {"found": _FOUND, "wrong": _WRONG, "missed": _MISSED}
    for number, (word, colour) in enumerate(colours.items()):
        left = right - 230 + 76 * number
        draw.rectangle((left, 8, left + 11, 19), fill=colour)
        draw.text((left + 16, 5), word, fill="black", font_size=14)


def _overlay(
    grey: NDArray[np.uint8], mask: NDArray[np.bool_], truth: NDArray[np.uint8] | None
) -> NDArray[np.uint8]:
    """Colour what was found, and against a truth what is wrong and what missed."""
    colours = np.repeat(grey[..., None], 3, axis=-1).astype(np.float32)
    if truth is None:
        areas = [(mask, _FOUND)]
    else:
        real = truth > 0
        areas = [(mask & real, _FOUND), (mask & ~real, _WRONG), (real & ~mask, _MISSED)]
    for area, colour in areas:
        colours[area] = 0.35 * colours[area] + 0.65 * np.array(colour)
    return colours.astype(np.uint8)


def _grey(image: NDArray[Any]) -> NDArray[np.uint8]:
    low, high = np.percentile(image, [0.3, 99.7])
    scaled = (image.astype(np.float32) - low) / max(high - low, 1)
    grey: NDArray[np.uint8] = (255 * scaled.clip(0, 1)).astype(np.uint8)
    return grey
