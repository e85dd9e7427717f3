"""Figure 6, the lemmas and Theorem 1 come out as the paper says."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_metastruct.experiments import (
    circle_in_rectangle,
    falls,
    figure6,
    lemma1,
    lemma2,
    random_matrix,
    report_steps,
    theorem1,
)
from napari_metastruct.progress import Event, PlaneDone, run_to_end


@pytest.mark.parametrize("seed", [0, 1])
def test_figure6_keeps_two_classes_in_rcl_and_one_in_rl(seed: int) -> None:
    clean, rcl, rl = figure6(seed)
    assert [case.counted.rank for case in (clean, rcl, rl)] == [2, 2, 1]
    assert [case.distinguishable for case in (clean, rcl, rl)] == [2, 2, 1]
    assert clean.similarity.pearson[1] == pytest.approx(1)
    assert rcl.similarity.pearson[1] > 0.9
    assert abs(rl.similarity.pearson[1]) < 0.3
    assert not np.array_equal(rcl.labels, clean.labels)


def test_drawn_densities_stray_as_far_as_lemma_1_says() -> None:
    for found in lemma1(draws=10):
        assert found.deviation == pytest.approx(found.expected_deviation, rel=0.1)
        assert found.within_two == pytest.approx(0.954, abs=0.02)


def test_as_many_classes_are_distinguishable_as_the_matrix_has_rank() -> None:
    found = lemma2(most_classes=4, matrices=1, side=128)
    sizes = [(row.classes, row.rank) for row in found]
    assert sizes == [(m, r) for m in (2, 3, 4) for r in range(1, m + 1)]
    assert all(row.counted == row.distinguished == 1 for row in found)


@pytest.mark.parametrize(("classes", "rank"), [(2, 1), (4, 3), (6, 6)])
def test_a_random_matrix_has_its_rank(
    classes: int, rank: int, rng: np.random.Generator
) -> None:
    matrix = random_matrix(classes, rank, rng)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    assert matrix.min() >= 0
    assert np.linalg.matrix_rank(matrix) == rank


def test_similarity_falls_with_the_bias_of_the_boundary() -> None:
    points = theorem1(circle_in_rectangle())
    assert falls(points, "dilate")
    assert falls(points, "erode")
    skeleton = points[-1]
    assert skeleton.noise == "skeleton"
    assert skeleton.similarity < min(p.similarity for p in points[:-1])


def test_bias_ends_where_nothing_is_left() -> None:
    labels = np.zeros((32, 32), np.uint8)
    labels[12:20, 12:20] = 1
    points = theorem1(labels, iterations=(1, 3, 5), bandwidth=2)
    assert [p.iterations for p in points if p.noise == "erode"] == [0, 1, 3]
    assert [p.iterations for p in points if p.noise == "dilate"] == [0, 1, 3, 5]


def test_a_report_is_two_pictures_four_tables_and_a_page(tmp_path: Path) -> None:
    events: list[Event] = []
    steps = report_steps(tmp_path / "out", matrices=1, draws=2)
    report = run_to_end(steps, events.append)
    assert [e.done for e in events if isinstance(e, PlaneDone)] == [1, 2, 3, 4]
    names = sorted(path.name for path in report.folder.iterdir())
    tables = ["figure6.csv", "lemma1.csv", "lemma2.csv", "theorem1.csv"]
    pages = ["figure6.png", "report.md", "theorem1.png"]
    assert names == sorted([*tables, *pages])
    for name in tables:
        lines = (report.folder / name).read_text(encoding="utf-8").splitlines()
        assert len(list(csv.DictReader(lines))) >= 2
    with Image.open(report.folder / "figure6.png") as picture:
        assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 100
    page = (report.folder / "report.md").read_text(encoding="utf-8")
    assert page == report.text
    assert "20 of 20" in page
