"""JoCoR against its formula, by numpy."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import rel_entr, softmax
from tests.methods.labelled import last_scores
from tests.methods.one_step import OneStep, answers, entropy, smallest

from napari_metastruct.methods import JoCoR


def formula(
    logits: list[NDArray[np.float64]], labels: NDArray[np.int64], weight: float
) -> NDArray[np.float64]:
    p, q = (softmax(one, axis=1) for one in logits)
    entropies = [entropy(one, labels) * (labels >= 0) for one in logits]
    differ = rel_entr(p, q).sum(axis=1) + rel_entr(q, p).sum(axis=1)
    return np.asarray((1 - weight) * sum(entropies) + weight * differ)


@pytest.mark.parametrize("weight", [0.0, 0.65])
def test_the_joint_loss_is_equation_1(weight: float) -> None:
    logits, labels = answers(2)
    first, second = (torch.from_numpy(one) for one in logits)
    found = JoCoR(agreement=weight).joint_loss(first, second, torch.from_numpy(labels))
    np.testing.assert_allclose(found.numpy(), formula(logits, labels, weight))


def test_both_networks_learn_where_the_joint_loss_is_small() -> None:
    logits, labels = answers(2)
    step = OneStep(logits, labels, epoch=2).train(JoCoR(noise_rate=0.3, ramp=1))
    losses = formula(logits, labels, 0.65)
    kept = smallest(losses, labels, 0.7)
    np.testing.assert_array_equal(step.learned_from(0), kept)
    np.testing.assert_array_equal(step.learned_from(1), kept)
    assert step.loss == pytest.approx(losses[kept].mean())
    assert step.values["kept_loss"] == pytest.approx(losses[kept].mean())


def test_it_is_better_than_its_labels() -> None:
    scores = last_scores(JoCoR(noise_rate=0.3, ramp=2, wait_for=0))
    assert scores["dice 1"] > scores["labels dice 1"] + 0.2
    assert scores["precision"] > scores["labels accuracy"] + 0.1
