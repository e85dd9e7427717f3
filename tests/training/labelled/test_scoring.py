"""The numbers of the record are those of `evaluation`."""

import math

import numpy as np
import pytest
from tests.training.labelled.tiny import (
    discs,
    flipped,
    pair_of,
    quick,
    session_of,
    train,
)

from napari_metastruct import evaluation
from napari_metastruct.progress import LabelPreview, run_to_end
from napari_metastruct.training.labelled import planes
from napari_metastruct.training.labelled.run import Shown
from napari_metastruct.training.labelled.scoring import Tables


@pytest.mark.parametrize("classes", [2, 3])
def test_record_has_the_numbers_of_evaluation(classes: int) -> None:
    images, truth = discs(count=6, classes=classes)
    noisy = flipped(truth, 0.2, classes)
    others, other_truth = discs(count=2, classes=classes, seed=5)
    settings = quick(epochs=1, validation=0.3)
    result = train(
        [pair_of(images, noisy, truth)],
        settings,
        watched=[pair_of(others, other_truth)],
    )
    row = result.record.rows[0]
    learning = session_of([pair_of(images, noisy, truth)], settings)._learning

    def predicted(planes: list[int], of: np.ndarray = images) -> np.ndarray:
        steps = [result.segmenter.segment_steps(of[plane][None]) for plane in planes]
        return np.stack([run_to_end(step)[0] for step in steps])

    training = [e.plane for e in learning.training]
    validation = [e.plane for e in learning.validation]
    for prefix, due, found in (
        ("", truth[training], predicted(training)),
        ("validation ", noisy[validation], predicted(validation)),
        ("validation truth ", truth[validation], predicted(validation)),
        ("test ", other_truth, predicted([0, 1], others)),
        ("labels ", truth[training], noisy[training]),
    ):
        scores = evaluation.scores(due, found)
        assert row[f"{prefix}dice"] == pytest.approx(scores.mean_dice)
        assert row[f"{prefix}miou"] == pytest.approx(scores.mean_iou)
        assert row[f"{prefix}accuracy"] == pytest.approx(scores.accuracy)
        for number in range(1, classes):
            assert row[f"{prefix}dice {number}"] == pytest.approx(scores.dice[number])
    found = predicted(training)
    wrong = truth[training] != noisy[training]
    early = evaluation.iou(truth[training][wrong], found[wrong], classes)
    late = evaluation.iou(noisy[training][wrong], found[wrong], classes)
    for number in range(1, classes):
        assert row[f"iou_el {number}"] == pytest.approx(early[number])
        assert row[f"iou_m {number}"] == pytest.approx(late[number])


def test_what_is_ignored_anywhere_is_not_counted() -> None:
    tables = Tables((0, 4))
    truth = np.array([[0, 1, -1, 1]])
    tables.count("a", truth, np.array([[0, 1, 1, -1]]))
    assert tables.scores("a", "") == {
        "dice 4": 1.0, "dice": 1.0, "miou": 1.0, "accuracy": 1.0,
    }  # fmt: skip
    tables.count("b", np.full((1, 4), -1), truth)
    assert tables.scores("b", "b") == {}
    tables.count_wrong(truth, truth, np.zeros((1, 4), int))
    assert tables.memory() == {}


def test_a_class_that_nobody_has_has_no_score() -> None:
    tables = Tables((0, 1, 2))
    tables.count("a", np.array([0, 1]), np.array([0, 1]))
    assert "dice 2" not in tables.scores("a", "")


def test_previews_show_the_plane_that_is_looked_at() -> None:
    images, truth = discs(count=4)
    noisy = flipped(truth, 0.2).astype(np.int16)
    noisy[1, 0, 0] = -1
    shown = Shown(pair=0, plane=1)
    previews: list[LabelPreview] = []

    def look(event: object) -> None:
        if isinstance(event, LabelPreview):
            previews.append(event)
            shown.plane = 9  # there is none

    train([pair_of(images, noisy)], quick(), on_event=look, shown=shown)
    (preview,) = previews
    assert (preview.pair, preview.plane) == (0, 1)
    np.testing.assert_array_equal(preview.labels, noisy[1])
    assert set(np.unique(preview.prediction)) <= {0, 1}
    assert not preview.changed.any()


def test_large_parts_are_scored_by_their_middle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planes, "WINDOW", 40)
    images, truth = discs(count=8, side=64)
    pair = pair_of(images, flipped(truth, 0.1), truth)
    settings = quick(patches_per_epoch=4, epochs=1, validation=0.5)
    seen: list[LabelPreview] = []
    result = train(
        [pair],
        settings,
        on_event=lambda e: seen.append(e) if isinstance(e, LabelPreview) else None,
        shown=Shown(0, 3),
    )
    assert {"validation dice", "dice", "iou_el 1"} <= set(result.record.rows[0])
    assert seen[0].prediction.shape == (40, 40)
    assert seen[0].offset == (12, 12)


def test_curves_have_a_number_for_each_epoch() -> None:
    result = train([pair_of(*discs())], quick(epochs=3))
    assert len(result.record.curve("loss")) == 3
    assert all(math.isnan(value) for value in result.record.curve("nothing"))
