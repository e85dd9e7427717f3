"""What a training on labels is for: it learns, corrects, keeps the best, repeats."""

from pathlib import Path

import numpy as np
import pytest
from tests.training.labelled.tiny import discs, flipped, pair_of, quick, train

from napari_metastruct.evaluation import mean_dice
from napari_metastruct.methods import Plain
from napari_metastruct.networks.segmenter import load_segmenter
from napari_metastruct.progress import BatchEnd, EpochEnd, Event, Started, run_to_end
from napari_metastruct.training.labelled import LabelledPair
from napari_metastruct.training.labelled.run import estimate_noise_rate_steps

LEARN = {"epochs": 8, "width": 8, "batch": 2, "learning_rate": 0.01, "scale": 0.0}


@pytest.mark.parametrize("classes", [2, 3])
def test_learns_from_noisy_labels_and_corrects_them(classes: int) -> None:
    images, truth = discs(count=12, classes=classes)
    noisy = flipped(truth, 0.2, classes)
    before = noisy.copy()
    pair = pair_of(images, noisy)
    result = train([pair], quick(**LEARN))
    np.testing.assert_array_equal(noisy, before)
    (corrected,) = result.corrected
    assert corrected.shape == truth.shape
    assert (corrected != truth).mean() < 0.35 * (noisy != truth).mean()
    test_images, test_truth = discs(count=2, classes=classes, seed=9)
    for image, due in zip(test_images, test_truth, strict=True):
        labels, _ = run_to_end(result.segmenter.segment_steps(image[None]))
        assert mean_dice(due, labels) > 0.85


@pytest.mark.parametrize("kind", ["flip", "sample"])
def test_labels_are_drawn_anew_in_every_epoch(kind: str) -> None:
    images, truth = discs(count=4)
    method = Plain(online_noise=kind, online_rate=0.5, loss="dice+cross-entropy")
    settings = quick(epochs=3)
    result = train([pair_of(images, truth)], settings, method)
    again = train([pair_of(images, truth)], settings, method)
    assert result.record.curve("loss") == again.record.curve("loss")
    plain = train([pair_of(images, truth)], settings, Plain(loss="dice+cross-entropy"))
    assert result.record.curve("loss") != plain.record.curve("loss")


def test_same_seed_same_losses() -> None:
    pair = pair_of(*discs())
    losses = [_losses([pair], seed) for seed in (3, 3, 4)]
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def _losses(pairs: list[LabelledPair], seed: int) -> list[float]:
    events: list[Event] = []
    train(pairs, quick(seed=seed), on_event=events.append)
    return [event.loss for event in events if isinstance(event, BatchEnd)]


def test_events_come_in_order() -> None:
    events: list[Event] = []
    train([pair_of(*discs())], quick(), on_event=events.append)
    stages = [event.stage for event in events if isinstance(event, Started)]
    assert stages == ["Reading", "Learning", "Correcting the labels"]
    batches = [event for event in events if isinstance(event, BatchEnd)]
    assert [b.step for b in batches] == list(range(1, batches[-1].total + 1))
    epochs = [event for event in events if isinstance(event, EpochEnd)]
    assert [e.epoch for e in epochs] == [1, 2]
    assert all(np.isfinite(list(e.values.values())).all() for e in epochs)


def test_the_weights_that_do_best_on_validation_are_kept() -> None:
    pair = pair_of(*discs(count=8))
    # Steps that are far too large: the weights get better and worse.
    result = train([pair], quick(epochs=6, learning_rate=0.5, validation=0.25))
    scores = result.record.curve("validation dice")
    assert result.best_epoch == 1 + int(np.argmax(scores))


def test_several_images_of_different_sizes_are_learned_together() -> None:
    sizes = [(40, 32), (32, 70), (33, 35), (50, 50), (41, 37)]
    rng = np.random.default_rng(0)
    pairs = []
    for number, size in enumerate(sizes):
        image = rng.normal(0, 1, size).astype(np.float32)
        pairs.append(pair_of(image, (image > 1).astype(np.uint8), name=f"i{number}"))
    result = train(pairs, quick(patch=40))
    assert [labels.shape for labels in result.corrected] == sizes


@pytest.mark.parametrize("rate", [0.05, 0.3])
def test_the_noise_rate_is_about_right(rate: float) -> None:
    images, truth = discs(count=8)
    pair = pair_of(images, flipped(truth, rate))
    settings = quick(learning_rate=0.01, validation=0, scale=0)
    found = run_to_end(estimate_noise_rate_steps([pair], settings))
    assert found == pytest.approx(rate, abs=0.05)


def test_mask_of_0_and_255_keeps_its_numbers(tmp_path: Path) -> None:
    images, truth = discs(count=4)
    result = train([pair_of(images, truth * 255)], quick(), folder=tmp_path / "run")
    assert set(np.unique(result.corrected[0])) <= {0, 255}
    assert "validation dice 255" in result.record.names()
    model = load_segmenter(tmp_path / "run" / "model")
    assert model.description.classes == (0, 255)
    labels, probability = run_to_end(model.segment_steps(images[0][None]))
    assert set(np.unique(labels)) <= {0, 255}
    assert probability.shape == images[0].shape


def test_what_is_ignored_is_neither_learned_nor_corrected() -> None:
    images, truth = discs(count=4)
    labels = truth.astype(np.int16)
    labels[:, :16] = -1
    wrong = labels.copy()
    wrong[labels == -1] = 7
    one = train([pair_of(images, labels)], quick())
    other = train([pair_of(images, wrong)], quick(ignore=(7,)))
    assert one.record.curve("loss") == other.record.curve("loss")
    (corrected,) = one.corrected
    assert (corrected[:, :16] == -1).all()
    assert (corrected[:, 16:] >= 0).all()
