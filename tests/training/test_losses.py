"""The losses against their definitions, and the facts that the method rests on."""

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from napari_metastruct.training.losses import binary_cross_entropy, dmi, soft_iou


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
