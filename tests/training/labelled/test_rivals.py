"""What generator and discriminator see, and what trust makes of it."""

import numpy as np
import pytest
import torch
from torch import nn

from napari_metastruct.training.labelled.rivals import (
    Means,
    as_classes,
    as_masks,
    drawn_masks,
    frozen,
    weights_of_trust,
    with_pieces_exchanged,
)

LABELS = torch.tensor([[[0, 2], [-1, 1]]])


def test_masks_are_one_hot_and_empty_where_ignored() -> None:
    masks = as_masks(LABELS, 3)
    assert masks.tolist() == [[[[1, 0], [0, 0]], [[0, 0], [0, 1]], [[0, 1], [0, 0]]]]


def test_drawn_masks_are_hard_with_a_soft_gradient() -> None:
    logits = torch.randn(1, 3, 2, 2, requires_grad=True)
    masks = drawn_masks(logits, LABELS)
    due = as_masks(as_classes(logits, LABELS), 3)
    torch.testing.assert_close(masks.detach(), due)
    assert masks[:, :, 1, 0].tolist() == [[0, 0, 0]]
    weights = torch.randn_like(masks)
    (gradient,) = torch.autograd.grad((masks * weights).sum(), logits)
    soft = logits.softmax(1) * (LABELS >= 0)[:, None]
    (expected,) = torch.autograd.grad((soft * weights).sum(), logits)
    torch.testing.assert_close(gradient, expected)


def test_a_frozen_network_passes_gradients_on() -> None:
    layer = nn.Linear(2, 1)
    values = torch.ones(1, 2, requires_grad=True)
    with frozen(layer):
        found = layer(values)
    found.sum().backward()
    assert values.grad is not None
    assert layer.weight.grad is None
    assert layer.weight.requires_grad


def test_weights_are_1_on_average_over_the_labelled_pixels() -> None:
    labels = [np.zeros((2, 3), np.int16), np.full((1, 2), 1, np.int16)]
    labels[0][0] = -1
    trusts = [np.full((2, 3), 0.2, np.float32), np.full((1, 2), 0.7, np.float32)]
    weights = weights_of_trust(trusts, labels)
    mean = (3 * 0.2 + 2 * 0.7) / 5
    assert weights[0][1, 0] == pytest.approx(0.2 / mean)
    assert weights[1][0, 0] == pytest.approx(0.7 / mean)
    known = np.concatenate(
        [w[held >= 0] for w, held in zip(weights, labels, strict=True)]
    )
    assert known.mean() == pytest.approx(1)


def test_weights_without_any_trust_are_1() -> None:
    (weights,) = weights_of_trust(
        [np.zeros((2, 2), np.float32)], [np.zeros((2, 2), np.int16)]
    )
    assert (weights == 1).all()


def test_pieces_of_the_next_patch_come_into_every_one() -> None:
    labels = torch.stack([torch.full((8, 8), n) for n in range(5)])
    labels[1, :, 0] = labels[2, 0] = -1
    found = with_pieces_exchanged(labels, np.random.default_rng(0))
    for number in range(5):
        moved = found[number] != labels[number]
        assert moved.any()
        assert (found[number][moved] == (number + 1) % 5).all()
    assert torch.equal(found < 0, labels < 0)
    alone = labels[:1]
    assert torch.equal(with_pieces_exchanged(alone, np.random.default_rng(0)), alone)


def test_means() -> None:
    means = Means()
    means.add(loss=torch.tensor(1.0), score=torch.tensor([0.0, 1.0]))
    means.add(loss=torch.tensor(2.0), score=torch.tensor([1.0, 1.0]))
    assert means.values() == {"loss": 1.5, "score": 0.75}
