"""Tri-network against sorted losses."""

import numpy as np
import pytest
from tests.methods.labelled import last_scores
from tests.methods.one_step import OneStep, answers, entropy, smallest

from napari_metastruct.methods import TriNetwork


def test_a_network_learns_what_both_others_find_easy() -> None:
    logits, labels = answers(3)
    step = OneStep(logits, labels, epoch=2).train(TriNetwork(noise_rate=0.3, ramp=1))
    losses = [entropy(one, labels) for one in logits]
    easy = [smallest(one, labels, 0.7) for one in losses]
    kept = [easy[1] & easy[2], easy[0] & easy[2], easy[0] & easy[1]]
    for network in range(3):
        np.testing.assert_array_equal(step.learned_from(network), kept[network])
    means = [loss[chosen].mean() for loss, chosen in zip(losses, kept, strict=True)]
    assert step.loss == pytest.approx(sum(means))
    shares = [chosen.sum() / (labels >= 0).sum() for chosen in kept]
    assert step.values["kept"] == pytest.approx(np.mean(shares))


def test_nothing_that_two_find_easy_is_nothing_to_learn() -> None:
    logits, labels = answers(3)
    step = OneStep(logits, labels, epoch=2).train(TriNetwork(noise_rate=1, ramp=1))
    assert step.loss == 0
    assert not any(step.learned_from(network).any() for network in range(3))


def test_it_is_better_than_its_labels() -> None:
    scores = last_scores(TriNetwork(noise_rate=0.3, ramp=2, wait_for=0))
    assert scores["dice 1"] > scores["labels dice 1"] + 0.2
    assert scores["precision"] > scores["labels accuracy"] + 0.1
