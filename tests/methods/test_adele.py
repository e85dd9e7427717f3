"""ADELE against its equations, by numpy, and its course."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, rel_entr, softmax
from tests.methods.labelled import pair, run, settings
from tests.training.labelled import tiny

from napari_metastruct.errors import InputError
from napari_metastruct.methods import ADELE
from napari_metastruct.methods.adele import difference
from napari_metastruct.noise import annotator
from napari_metastruct.training.labelled import early_learning


def test_the_consistency_term_is_equation_3() -> None:
    logits = np.random.default_rng(0).normal(0, 2, (3, 2, 4, 5, 6))
    p = softmax(logits, axis=2)
    q = p.mean(axis=0)
    due = np.mean([rel_entr(one, q).sum(axis=1) for one in p], axis=0)
    logs = torch.from_numpy(log_softmax(logits, axis=2))
    found = difference(logs, torch.from_numpy(q)).numpy()
    np.testing.assert_allclose(found, due, atol=1e-6)


@pytest.mark.parametrize("above", [0.0, 0.6, 1.0])
def test_the_loss_is_cross_entropy_and_consistency_where_it_is_sure(
    above: float,
) -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (3, 2, 4, 5, 6))
    labels = rng.integers(-1, 4, (2, 5, 6))
    known, picked = labels >= 0, np.maximum(labels, 0)[None, :, None]
    entropy = -np.take_along_axis(log_softmax(logits, axis=2), picked, axis=2)[:, :, 0]
    p = softmax(logits, axis=2)
    q = p.mean(axis=0)
    differ = np.mean([rel_entr(one, q).sum(axis=1) for one in p], axis=0)
    sure = q.max(axis=1) > above
    due = entropy[:, known].mean() + 0.5 * (differ[sure].mean() if sure.any() else 0)
    method = ADELE(consistency=0.5, consistent_above=above)
    tensors = [torch.from_numpy(one) for one in logits]
    loss, mean = method._loss(tensors, torch.from_numpy(labels))
    assert float(loss) == pytest.approx(due)
    np.testing.assert_allclose(mean.numpy(), q)


def test_one_size_without_consistency_is_plain_training() -> None:
    logits, labels = torch.randn(2, 3, 4, 4), torch.randint(-1, 3, (2, 4, 4))
    loss, _ = ADELE(scales=(1.0,))._loss([logits], labels)
    due = torch.nn.functional.cross_entropy(logits, labels, ignore_index=-1)
    assert float(loss) == pytest.approx(float(due))


def test_every_size_fits_the_network() -> None:
    seen: list[tuple[int, ...]] = []

    class Session:
        settings = settings(depth=3)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            seen.append(tuple(images.shape[2:]))
            return images.repeat(1, 2, 1, 1)

    image = torch.arange(40.0).expand(1, 1, 40, 40)
    found = ADELE()._at_scales(Session(), image)  # type: ignore[arg-type]
    assert seen == [(32, 32), (40, 40), (64, 64)]
    for one in found:
        assert one.shape == (1, 2, 40, 40)
        torch.testing.assert_close(one[..., 3:-3], image[..., 3:-3].repeat(1, 2, 1, 1))


@pytest.mark.parametrize("scales", [(), (0.0,), (9.0,)])
def test_sizes_out_of_range_are_refused(scales: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="scales"):
        ADELE(scales=scales)


@pytest.fixture
def triggered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the background and class 1 trigger at the fourth epoch, class 2 never."""

    def looked(curves: Any, limit: float, _: str, *, apart: bool) -> None:  # noqa: ANN401
        assert (limit, apart) == (0.9, True)
        count = len(curves.points)
        curves.since = [4 * (count >= 4)] * 2 + [0] * (curves.class_count - 2)

    monkeypatch.setattr(early_learning.ClassCurves, "look", looked)


@pytest.mark.usefixtures("triggered")
@pytest.mark.parametrize("predictions", ["training", "whole"])
def test_classes_that_triggered_are_corrected_at_every_later_epoch(
    predictions: str,
) -> None:
    given = pair(3, reference=True)
    method = ADELE(confidence=0.3, predictions=predictions, believed=0)
    result, _ = run(method, [given], settings(epochs=6, correct_above=1))
    corrected = result.record.curve("corrected")
    assert corrected[:3] == [0, 0, 0]
    assert corrected[3] > 0
    assert corrected[4] != corrected[3]
    assert result.record.curve("corrected 2")[3:] == [0, 0, 0]
    assert result.record.curve("correcting 1") == [0, 0, 0, 1, 1, 1]
    (now,), before = result.corrected, np.asarray(given.labels)
    np.testing.assert_array_equal(now[before == 2], 2)
    np.testing.assert_array_equal(now[before == -1], -1)


@pytest.mark.usefixtures("triggered")
def test_a_class_that_is_hardly_believed_keeps_its_labels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shares = np.array([0.9, 0.4, 0.9])
    monkeypatch.setattr(early_learning.Beliefs, "shares", lambda *_: shares)
    given, wish = pair(3), settings(epochs=6, correct_above=1)
    careful, _ = run(ADELE(confidence=0.3), [given], wish)
    assert careful.record.curve("corrected")[-1] == 0  # nothing but 0 may change to 0
    assert careful.record.curve("believed 1") == [0.4] * 6
    free, _ = run(ADELE(confidence=0.3, believed=0.4), [given], wish)
    assert free.record.curve("corrected")[-1] > 0


def test_what_is_believed_is_counted_where_labels_are_known() -> None:
    beliefs = early_learning.Beliefs(0.6)
    sure = np.array([[[0.9, 0.7, 0.5, 0.1]], [[0.1, 0.3, 0.5, 0.9]]], np.float32)
    beliefs.put(0, sure)
    given = [np.array([[0, 1, 1, -1]], np.int16)]
    assert beliefs.shares(given, 3).tolist() == [2.0, 0.0, 1.0]


@pytest.mark.usefixtures("triggered")
def test_nothing_is_corrected_without_confidence() -> None:
    result, _ = run(ADELE(confidence=1), [pair()], settings(epochs=5))
    assert result.record.curve("corrected") == [0.0] * 5


def test_a_share_of_1_is_never_lost() -> None:
    method = ADELE(slope_lost=1, confidence=0, believed=0)
    result, _ = run(method, [pair()], settings(epochs=6, correct_above=1))
    assert result.record.curve("corrected") == [0.0] * 6


def test_a_run_cut_off_while_it_corrects_goes_on_alike(tmp_path: Path) -> None:
    method = ADELE(confidence=0.5, slope_lost=0.05, scales=(1.0, 1.5), believed=0)
    given = [pair(reference=True)]
    small = {"optimizer": "adamw", "learning_rate": 1e-2}
    whole, part = settings(epochs=8, **small), settings(epochs=6, **small)
    uncut, _ = run(method, given, whole)
    run(method, given, part, folder=tmp_path)
    resumed, _ = run(method, given, whole, folder=tmp_path, resume=True)
    rows = uncut.record.rows
    assert rows[5]["corrected"] > 0
    assert [{**row, "seconds": 0} for row in resumed.record.rows] == [
        {**row, "seconds": 0} for row in rows
    ]
    np.testing.assert_array_equal(resumed.corrected[0], uncut.corrected[0])


@pytest.mark.parametrize("classes", [2, 3])
def test_it_is_better_than_its_labels(classes: int) -> None:
    image, truth = tiny.discs(classes=classes)
    wrong = np.stack([annotator(t, 1.0, 0.6, rng=n) for n, t in enumerate(truth)])
    longer = tiny.quick(
        epochs=10, patches_per_epoch=24, validation=0,
        optimizer="adamw", learning_rate=1e-2,
    )  # fmt: skip
    given = tiny.pair_of(image, wrong, truth)
    rows = tiny.train([given], longer, ADELE(believed=0)).record.rows
    assert rows[-1]["dice"] > rows[0]["labels dice"] + 0.1
    assert rows[-1]["labels dice"] > rows[0]["labels dice"] + 0.03
