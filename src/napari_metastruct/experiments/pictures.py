"""Figure 6 and the curve of Theorem 1 as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

    from napari_metastruct.experiments.figure6 import Case
    from napari_metastruct.experiments.theorem1 import BiasPoint

__all__ = ["draw_curve", "draw_figure6"]

PANEL, GAP, HEAD, LINE = 256, 20, 40, 18
VIRIDIS = (
    (68, 1, 84), (72, 40, 120), (62, 74, 137), (49, 104, 142), (38, 130, 142),
    (31, 158, 137), (53, 183, 121), (109, 205, 89), (180, 222, 44), (253, 231, 37),
)  # fmt: skip
"""The colour map of that name at equal steps: even to the eye, and to the colour
blind."""
INK, FAINT = (30, 30, 30), (190, 190, 190)
COLOURS = {"dilate": (213, 94, 0), "erode": (0, 114, 178), "skeleton": INK}


def draw_figure6(cases: Sequence[Case]) -> Image:
    """Draw labels, noise transition matrix and density map of every case.

    Rows: the labels, their matrix with rank, the density of the object's pixels with
    the number of distinguishable classes. Each map goes from 0 to its own peak.
    """
    from PIL import Image, ImageDraw

    width = GAP + len(cases) * (PANEL + GAP)
    canvas = Image.new("RGB", (width, HEAD + 3 * PANEL + 4 * GAP + 4 * LINE), "white")
    draw = ImageDraw.Draw(canvas)
    for number, case in enumerate(cases):
        left, top = GAP + number * (PANEL + GAP), HEAD
        draw.text((left, 12), case.title, fill=INK, font_size=18)
        canvas.paste(_picture(case.labels, 1), (left, top))
        top += PANEL + GAP
        _draw_matrix(draw, case.counted.matrix, left, top)
        top += PANEL + 6
        rank = f"rank {case.counted.rank}, pixel error {case.counted.error_rate:.2f}"
        draw.text((left, top), rank, fill=INK, font_size=15)
        top += LINE + GAP
        found = case.densities.maps[1]
        canvas.paste(_picture(found, float(found.max())), (left, top))
        top += PANEL + 6
        kept = f"{case.distinguishable} distinguishable class"
        kept += "es" if case.distinguishable != 1 else ""
        alike = f"correlation with clean {case.similarity.pearson[1]:.2f}"
        draw.text((left, top), kept, fill=INK, font_size=15)
        draw.text((left, top + LINE), alike, fill=INK, font_size=15)
    return canvas


def draw_curve(points: Sequence[BiasPoint]) -> Image:
    """Draw similarity against the share of wrong pixels, one line for each bias."""
    from PIL import Image, ImageDraw

    canvas = Image.new("RGB", (640, 420), "white")
    draw = ImageDraw.Draw(canvas)
    box = (70, 30, 610, 360)
    most = 1.08 * max(point.wrong for point in points)
    least = np.floor(10 * min(point.similarity for point in points)) / 10
    _draw_axes(draw, box, most, float(least))

    def place(point: BiasPoint) -> tuple[float, float]:
        x = box[0] + (box[2] - box[0]) * point.wrong / most
        return x, box[3] - (box[3] - box[1]) * (point.similarity - least) / (1 - least)

    for number, (noise, colour) in enumerate(COLOURS.items()):
        along = [place(point) for point in points if point.noise == noise]
        draw.line(along, fill=colour, width=2)
        for x, y in along:
            draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=colour)
        left = box[2] - 260 + 90 * number
        draw.ellipse((left, 10, left + 8, 18), fill=colour)
        draw.text((left + 14, 6), noise, fill=INK, font_size=14)
    return canvas


def _draw_axes(
    draw: ImageDraw, box: tuple[int, int, int, int], most: float, least: float
) -> None:
    left, top, right, bottom = box
    for share in np.linspace(0, 1, 6).tolist():
        y, x = bottom - (bottom - top) * share, left + (right - left) * share
        draw.line((left, y, right, y), fill=FAINT)
        value = f"{least + (1 - least) * share:.2f}"
        draw.text((left - 40, y - 8), value, fill=INK, font_size=14)
        draw.text((x - 14, bottom + 8), f"{most * share:.2f}", fill=INK, font_size=14)
    draw.line((left, top, left, bottom, right, bottom), fill=INK)
    draw.text((left, 6), "similarity to the clean density", fill=INK, font_size=14)
    below = (right - 150, bottom + 30)
    draw.text(below, "share of wrong pixels", fill=INK, font_size=14)


def _draw_matrix(
    draw: ImageDraw, matrix: NDArray[np.float64], left: int, top: int
) -> None:
    """Draw the matrix as cells, the darker the more probable."""
    cell = PANEL // len(matrix)
    for (row, column), chance in np.ndenumerate(matrix):
        x, y = left + column * cell, top + row * cell
        shade = round(255 - 190 * float(chance))
        fill, ink = (shade, shade, 255), "white" if chance > 0.75 else INK
        draw.rectangle((x, y, x + cell - 2, y + cell - 2), fill=fill)
        middle = (x + cell / 2, y + cell / 2)
        draw.text(middle, f"{chance:.2f}", fill=ink, font_size=22, anchor="mm")


def _picture(values: NDArray[Any], peak: float) -> Image:
    from PIL import Image

    anchors = np.linspace(0, 1, len(VIRIDIS))
    scaled = np.clip(values / peak, 0, 1)
    channels = np.transpose(VIRIDIS)
    colours = [np.interp(scaled, anchors, channel) for channel in channels]
    return Image.fromarray(np.stack(colours, axis=-1).round().astype(np.uint8))
