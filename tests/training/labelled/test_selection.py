"""What is kept of a batch, and the curves that tell of it, against numpy."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_metastruct.training.labelled.batches import LabelledBatch
from napari_metastruct.training.labelled.selection import (
    SelectionCourse,
    SelectionCurves,
    kept_share,
)
from napari_metastruct.training.losses import small_loss

SHAPE = (2, 8, 5)


@pytest.mark.parametrize(
    ("epoch", "due"), [(1, 1.0), (2, 0.97), (6, 0.85), (11, 0.7), (12, 0.7), (99, 0.7)]
)
def test_the_forget_rate_ramps_linearly(epoch: int, due: float) -> None:
    assert kept_share(0.3, epoch, 10) == pytest.approx(due)


def test_without_a_noise_rate_nothing_can_be_selected() -> None:
    with pytest.raises(RuntimeError, match="noise rate"):
        kept_share(None, 1, 10)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.999, 1.0])
def test_small_losses_are_the_first_when_sorted(
    share: float, rng: np.random.Generator
) -> None:
    losses, known = rng.random(SHAPE), rng.random(SHAPE) < 0.7
    chosen = small_loss(torch.from_numpy(losses), torch.from_numpy(known), share)
    count = max(1, round(share * known.sum()))
    limit = np.sort(losses[known])[count - 1]
    np.testing.assert_array_equal(chosen.numpy(), known & (losses <= limit))
    assert int(chosen.sum()) == count


def test_of_no_known_pixel_none_is_selected() -> None:
    losses = torch.ones(SHAPE)
    assert not small_loss(losses, torch.zeros(SHAPE, dtype=torch.bool), 0.5).any()


def batch_of(
    labels: NDArray[np.int64], reference: NDArray[np.int64] | None
) -> LabelledBatch:
    maps = {} if reference is None else {"reference": torch.from_numpy(reference)}
    return LabelledBatch(torch.zeros(1), torch.from_numpy(labels), maps, (), ())


def test_curves_are_shares_and_means_of_all_batches(rng: np.random.Generator) -> None:
    curves = SelectionCurves()
    seen = []
    for _ in range(3):
        labels, reference = rng.integers(-1, 3, (2, *SHAPE))
        logits = rng.normal(size=(2, 2, 3, *SHAPE[1:]))
        losses, kept = rng.random((2, *SHAPE)), rng.random((2, *SHAPE)) < 0.6
        kept &= labels >= 0
        made = [[torch.from_numpy(o) for o in two] for two in (logits, losses, kept)]
        curves.add(batch_of(labels, reference), *made)
        same = logits[0].argmax(1) == logits[1].argmax(1)
        both = (labels, reference, same)
        seen += [(*both, loss, one) for loss, one in zip(losses, kept, strict=True)]
    labels, reference, same, losses, kept = (
        np.stack(one) for one in zip(*seen, strict=True)
    )
    known, found = labels >= 0, curves.values()
    sure = kept & (reference >= 0)
    assert found == pytest.approx(
        {
            "kept": kept.sum() / known.sum(),
            "agreement": same[known].mean(),
            "kept_loss": losses[kept].mean(),
            "dropped_loss": losses[known & ~kept].mean(),
            "precision": (labels == reference)[sure].mean(),
        }
    )


def test_what_was_not_measured_is_nan(rng: np.random.Generator) -> None:
    labels = rng.integers(0, 2, SHAPE)
    everything = torch.ones(SHAPE, dtype=torch.bool)
    curves = SelectionCurves()
    logits = torch.zeros(2, 2, *SHAPE[1:])
    curves.add(batch_of(labels, None), [logits], [torch.ones(SHAPE)], [everything])
    found = curves.values()
    assert found["kept"] == found["agreement"] == found["kept_loss"] == 1
    assert np.isnan(found["dropped_loss"])
    assert np.isnan(found["precision"])


def test_nothing_is_left_out_before_every_class_is_learned() -> None:
    course = SelectionCourse(wait_for=0.5)
    shares = []
    for learned in (0.0, 0.4, 0.6, 0.1, 0.9):
        shares.append(course.share(0.3, ramp=2))
        course.look(learned)
    assert shares == pytest.approx([1, 1, 1, 0.85, 0.7])
    assert SelectionCourse.of(course.state(), 0.5) == course


def test_the_least_learned_class_is_told_of_all_networks_together() -> None:
    labels = torch.tensor([[[0, 0, 1, 1, -1]]])
    first = torch.tensor([[[[3.0, 3, 3, 0, 0]], [[0.0, 0, 0, 1, 9]]]])
    second = torch.tensor([[[[0.0, 0, 0, 0, 0]], [[1.0, 1, 1, 1, 9]]]])
    batch = LabelledBatch(torch.zeros(1, 1, 1, 5), labels, {}, (), ())
    curves = SelectionCurves()
    none = torch.zeros(1, 1, 5)
    curves.add(batch, [first, second], [none], [none > 0])
    assert curves.learned() == 0.5
