"""Figure 6 and the theorems of Luo et al. 2022, as experiments that anyone can run."""

from napari_metastruct.experiments.figure6 import Case, circle_in_rectangle, figure6
from napari_metastruct.experiments.lemmas import (
    Lemma1,
    Lemma2,
    lemma1,
    lemma2,
    random_matrix,
)
from napari_metastruct.experiments.report import Report, report_steps
from napari_metastruct.experiments.theorem1 import BiasPoint, falls, theorem1

__all__ = [
    "BiasPoint",
    "Case",
    "Lemma1",
    "Lemma2",
    "Report",
    "circle_in_rectangle",
    "falls",
    "figure6",
    "lemma1",
    "lemma2",
    "random_matrix",
    "report_steps",
    "theorem1",
]
