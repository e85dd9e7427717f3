"""All experiments in one folder: two pictures, four tables, one page."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_metastruct.experiments.figure6 import Case, circle_in_rectangle, figure6
from napari_metastruct.experiments.lemmas import Lemma1, Lemma2, lemma1, lemma2
from napari_metastruct.experiments.pictures import draw_curve, draw_figure6
from napari_metastruct.experiments.theorem1 import BiasPoint, falls, theorem1
from napari_metastruct.files import check_output_folder, writing
from napari_metastruct.progress import PlaneDone, Started

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from napari_metastruct.progress import Steps

__all__ = ["Report", "report_steps"]

_PARTS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What came out, and where it is written.

    Attributes
    ----------
    folder
        Holds ``figure6.png``, ``theorem1.png``, a CSV table for each experiment, and
        ``report.md``.
    cases, lemma1, lemma2, theorem1
        The numbers.
    text
        They as a page of Markdown.
    """

    folder: Path
    cases: tuple[Case, ...]
    lemma1: tuple[Lemma1, ...]
    lemma2: tuple[Lemma2, ...]
    theorem1: tuple[BiasPoint, ...]
    text: str


def report_steps(
    folder: Path | str, *, seed: int = 0, matrices: int = 10, draws: int = 20
) -> Steps[Report]:
    """Run Figure 6, both lemmas and Theorem 1 and write what they give.

    Parameters
    ----------
    folder
        Made if it is not there.
    seed
        Of everything drawn.
    matrices
        Random matrices for every size and rank (Lemma 2).
    draws
        Labels drawn for each noise (Lemma 1).

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    folder = Path(folder)
    check_output_folder(folder)
    yield Started("Experiments", _PARTS)
    cases = figure6(seed)
    yield PlaneDone(1, _PARTS)
    first = lemma1(draws, seed)
    yield PlaneDone(2, _PARTS)
    points = theorem1(circle_in_rectangle())
    yield PlaneDone(3, _PARTS)
    second = lemma2(matrices=matrices, seed=seed)
    yield PlaneDone(_PARTS, _PARTS)
    text = _page(cases, first, second, points)
    report = Report(folder, cases, first, second, points, text)
    _write(report)
    return report


def _write(report: Report) -> None:
    _save(report.folder / "figure6.png", draw_figure6(report.cases))
    _save(report.folder / "theorem1.png", draw_curve(report.theorem1))
    _save_table(report.folder / "figure6.csv", _case_rows(report.cases))
    for name in ("lemma1", "lemma2", "theorem1"):
        rows = [asdict(row) for row in getattr(report, name)]
        _save_table(report.folder / f"{name}.csv", rows)
    with writing(report.folder / "report.md") as new:
        new.write_text(report.text, encoding="utf-8")


def _save(path: Path, picture: Image) -> None:
    with writing(path) as new:
        picture.save(new)


def _save_table(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with writing(path) as new, new.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def _case_rows(cases: Sequence[Case]) -> list[dict[str, Any]]:
    return [
        {
            "labels": case.title,
            "transition": " ".join(f"{q:.3f}" for q in case.counted.matrix.ravel()),
            "pixel error": case.counted.error_rate,
            "rank": case.counted.rank,
            "distinguishable classes": case.distinguishable,
            "correlation": case.similarity.pearson[1],
            "overlap": case.similarity.overlap[1],
            "Jensen-Shannon distance": case.similarity.jensen_shannon[1],
        }
        for case in cases
    ]


def _page(
    cases: Sequence[Case],
    first: Sequence[Lemma1],
    second: Sequence[Lemma2],
    points: Sequence[BiasPoint],
) -> str:
    agreed = sum(row.distinguished * row.matrices for row in second)
    drawn = sum(row.matrices for row in second)
    monotone = all(falls(points, noise) for noise in ("dilate", "erode"))
    parts = [
        "# Figure 6 and the theorems\n",
        "![Figure 6](figure6.png)\n",
        _markdown(_case_rows(cases)),
        "## Lemma 1: the predicted density against drawn ones\n",
        "Deviations are root mean squares as shares of the peak.\n",
        _markdown([asdict(row) for row in first]),
        "## Lemma 2: rank against distinguishable classes\n",
        f"The densities of {agreed:.0f} of {drawn} random matrices tell as many "
        "classes apart as the matrix has rank.\n",
        _markdown([asdict(row) for row in second]),
        "## Theorem 1: boundary bias against similarity\n",
        "![Theorem 1](theorem1.png)\n",
        f"The similarity {'falls' if monotone else 'does not fall'} strictly with "
        "every step of dilation and of erosion.\n",
        _markdown([asdict(row) for row in points]),
    ]
    return "\n".join(parts)


def _markdown(rows: Sequence[dict[str, Any]]) -> str:
    names = [name.replace("_", " ") for name in rows[0]]
    lines = [names, ["---"] * len(names)]
    lines += [[_cell(value) for value in row.values()] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
