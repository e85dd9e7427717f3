"""Co-teaching against sorted losses."""

import numpy as np
import pytest
from tests.methods.labelled import last_scores
from tests.methods.one_step import OneStep, answers, entropy, smallest

from napari_metastruct.methods import CoTeaching


def test_each_network_learns_what_the_other_finds_easy() -> None:
    logits, labels = answers(2)
    step = OneStep(logits, labels, epoch=3).train(CoTeaching(noise_rate=0.4, ramp=2))
    losses = [entropy(one, labels) for one in logits]
    easy = [smallest(one, labels, 0.6) for one in losses]
    np.testing.assert_array_equal(step.learned_from(0), easy[1])
    np.testing.assert_array_equal(step.learned_from(1), easy[0])
    assert step.loss == pytest.approx(
        losses[0][easy[1]].mean() + losses[1][easy[0]].mean()
    )


def test_the_share_left_out_grows_with_the_epochs() -> None:
    logits, labels = answers(2)
    method = CoTeaching(noise_rate=0.4, ramp=4)
    kept = [
        OneStep(logits, labels, e).train(method).values["kept"] for e in range(1, 8)
    ]
    due = [1, 0.9, 0.8, 0.7, 0.6, 0.6, 0.6]
    np.testing.assert_allclose(kept, due, atol=1 / (labels >= 0).sum())


def test_it_is_better_than_its_labels() -> None:
    scores = last_scores(CoTeaching(noise_rate=0.3, ramp=2, wait_for=0))
    assert scores["dice 1"] > scores["labels dice 1"] + 0.2
    assert scores["precision"] > scores["labels accuracy"] + 0.1
