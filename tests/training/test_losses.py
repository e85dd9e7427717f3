"""The losses against their definitions, and the facts that the method rests on."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy
from sklearn.metrics import log_loss

from napari_metastruct import evaluation
from napari_metastruct.training.losses import (
    binary_cross_entropy,
    dmi,
    mean_over,
    pixel_cross_entropy,
    small_loss,
    soft_cross_entropy,
    soft_dice,
    soft_iou,
    symmetric_kl,
)


@pytest.fixture
def p() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.rand(2, 9, 11, dtype=torch.float64)


@pytest.fixture
def y() -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randint(-1, 2, (2, 9, 11))


def test_cross_entropy_is_that_of_the_labelled_pixels(
    p: torch.Tensor, y: torch.Tensor
) -> None:
    known = (y >= 0).numpy()
    due = log_loss(y.numpy()[known], p.numpy()[known])
    assert float(binary_cross_entropy(p.logit(), y)) == pytest.approx(due)


def test_cross_entropy_of_nothing_is_zero(p: torch.Tensor) -> None:
    assert float(binary_cross_entropy(p.logit(), torch.full(p.shape, -1))) == 0


def test_dmi_is_the_determinant_of_the_joint_matrix(
    p: torch.Tensor, y: torch.Tensor
) -> None:
    known = y >= 0
    pairs = torch.stack([p[known], 1 - p[known]])
    marks = torch.stack([y[known].double(), 1 - y[known].double()])
    joint = pairs @ marks.T / known.sum()
    due = -torch.log(torch.det(joint).abs() + 1e-3)
    assert float(dmi(p, y)) == pytest.approx(float(due))


def test_the_determinant_is_the_covariance(p: torch.Tensor) -> None:
    y = (p > 0.4).long()
    covariance = np.cov(p.numpy().ravel(), y.numpy().ravel(), bias=True)[0, 1]
    assert float(dmi(p, y, eps=0.0)) == pytest.approx(-np.log(abs(covariance)))


def test_dmi_is_blind_to_polarity(p: torch.Tensor, y: torch.Tensor) -> None:
    assert float(dmi(1 - p, y)) == pytest.approx(float(dmi(p, y)))


@pytest.mark.parametrize("loss", [dmi, soft_iou])
def test_a_black_label_gives_no_gradient(
    loss: "torch.nn.Module", p: torch.Tensor
) -> None:
    p.requires_grad_()
    loss(p, torch.zeros(p.shape, dtype=torch.long)).backward()
    assert p.grad is not None
    assert p.grad.abs().max() == 0


def test_soft_iou_of_masks_is_one_minus_iou() -> None:
    a = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    b = torch.tensor([[1, 0, 1, -1]])
    assert float(soft_iou(a, b)) == pytest.approx(1 - 1 / 3)


@pytest.fixture
def logits() -> torch.Tensor:
    return torch.randn(2, 3, 5, 6, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def classes() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(-1, 3, (2, 5, 6), generator=generator)


def test_cross_entropy_of_each_pixel(
    logits: torch.Tensor, classes: torch.Tensor
) -> None:
    found = pixel_cross_entropy(logits, classes)
    p = logits.softmax(1).numpy()
    for n, y, x in np.ndindex(*classes.shape):
        label = int(classes[n, y, x])
        due = 0.0 if label < 0 else -np.log(p[n, label, y, x])
        assert found[n, y, x].item() == pytest.approx(due, abs=1e-5)


def test_soft_labels_of_one_class_are_hard_ones(
    logits: torch.Tensor, classes: torch.Tensor
) -> None:
    hot = torch.nn.functional.one_hot(classes.clamp(min=0), 3).movedim(-1, 1)
    hot = hot * (classes >= 0)[:, None]
    found = soft_cross_entropy(logits, hot.float())
    torch.testing.assert_close(found, pixel_cross_entropy(logits, classes))


def test_symmetric_kl_is_scipy_s_both_ways(logits: torch.Tensor) -> None:
    other = logits.flip(1)
    p, q = (one.double().softmax(1).numpy() for one in (logits, other))
    due = entropy(p, q, axis=1) + entropy(q, p, axis=1)
    np.testing.assert_allclose(symmetric_kl(logits, other), due, rtol=1e-4, atol=1e-6)
    assert symmetric_kl(logits, logits).abs().max() == 0


def test_soft_dice_of_certain_predictions_is_one_minus_dice(
    classes: torch.Tensor,
) -> None:
    predicted = classes.clamp(min=0).roll(1, dims=2)
    hot = torch.nn.functional.one_hot(predicted, 3).movedim(-1, 1)
    found = 1 - soft_dice(1000.0 * hot, classes).item()
    known = (classes >= 0).numpy()
    truth, labels = classes.numpy()[known], predicted.numpy()[known]
    due = evaluation.dice(truth, labels)[1:].mean()
    assert found == pytest.approx(due, abs=0.05)  # 1 is added above and below
    assert soft_dice(1000.0 * hot, predicted).item() == pytest.approx(0, abs=1e-6)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=40),
    st.floats(0, 1),
    st.integers(0, 2**32 - 1),
)
def test_small_losses_are_the_smallest_of_the_known(
    values: list[int], share: float, seed: int
) -> None:
    losses = torch.tensor(values, dtype=torch.float32)
    known = torch.from_numpy(np.random.default_rng(seed).random(len(values)) < 0.7)
    chosen = small_loss(losses, known, share)
    assert not (chosen & ~known).any()
    if not known.any():
        assert not chosen.any()
        return
    assert chosen.sum() >= max(1, round(share * int(known.sum())))
    left = losses[known & ~chosen]
    if len(left):
        assert losses[chosen].max() < left.min()  # ties come along
    without = losses[chosen] < losses[chosen].max()
    assert without.sum() < max(1, round(share * int(known.sum())))


def test_mean_over_nothing_is_zero_with_a_gradient(logits: torch.Tensor) -> None:
    logits.requires_grad_()
    losses = logits.square()
    loss = mean_over(losses, torch.zeros_like(losses, dtype=torch.bool))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0
    assert logits.grad is not None
    assert logits.grad.abs().max() == 0
    where = losses > 1
    assert mean_over(losses, where).item() == pytest.approx(losses[where].mean().item())
