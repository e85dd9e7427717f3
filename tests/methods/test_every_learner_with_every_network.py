"""Every way to learn from labels works with every network, at the smallest size."""

from functools import cache
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.methods.labelled import discs, run, settings
from tests.methods.test_every_learner import least, quick
from tests.zoo import need_zoo

from napari_metastruct.arrays import open_stack
from napari_metastruct.methods import LEARNERS
from napari_metastruct.networks.segmenter import Segmenter, load_segmenter
from napari_metastruct.networks.zoo import ZOO
from napari_metastruct.progress import BatchEnd, run_to_end
from napari_metastruct.training.labelled.pairs import LabelledPair
from napari_metastruct.training.labelled.settings import LabelledSettings

NETWORKS = get_args(LabelledSettings.model_fields["network"].annotation)
ROWS, COLUMNS = 37, 43
"""Of the planes: no multiple of any stride."""
PLANES = 3


def pairs_to_try() -> list[tuple[str, str, int]]:
    """Return learner, network and classes: two classes and three take turns.

    Of the U-Net `test_every_learner` tries both.
    """
    return [
        (learner, network, 2 + (number + place) % 2)
        for number, learner in enumerate(LEARNERS)
        for place, network in enumerate(NETWORKS)
    ]


@cache
def given(classes: int) -> list[LabelledPair]:
    """Return labels some of which are wrong, and one plane whose labels are right."""
    image, truth = discs(classes, planes=PLANES, side=COLUMNS)
    image, truth = image[:, :ROWS], truth[:, :ROWS]
    labels = truth.copy()
    labels[:, 10:16, 10:16] = classes - 1
    labels[:, :2] = -1
    return [
        LabelledPair(open_stack(image[:2], axes="ZYX"), labels[:2]),
        LabelledPair(open_stack(image[2]), truth[2], trusted=True),
    ]


def smallest(learner: str, network: str) -> LabelledSettings:
    """Return settings of as few steps as can be, of two patches each."""
    return settings(
        network=network,
        epochs=least(learner, 1),
        patches_per_epoch=2,
        validation=0,
        scale=0,
    )


@pytest.mark.parametrize(("learner", "network", "classes"), pairs_to_try())
def test_learns_predicts_and_is_kept(
    learner: str, network: str, classes: int, tmp_path: Path
) -> None:
    if network in ZOO:
        need_zoo()
    result, events = run(quick(learner), given(classes), smallest(learner, network))
    losses = [event.loss for event in events if isinstance(event, BatchEnd)]
    assert losses
    assert np.isfinite(losses).all()
    corrected = [labels.shape for labels in result.corrected]
    assert corrected == [(2, ROWS, COLUMNS), (ROWS, COLUMNS)]
    assert result.segmenter.description.network.name == network

    first = segmented(result.segmenter, classes)
    if network == "hrnet" and learner != "plain":
        return  # it takes long to build, and is kept the same way whoever trained it
    again = load_segmenter(result.segmenter.save(tmp_path / "model"))
    for one, other in zip(first, segmented(again, classes), strict=True):
        np.testing.assert_array_equal(one, other)


def segmented(segmenter: Segmenter, classes: int) -> tuple[NDArray[np.generic], ...]:
    """Return labels and probability of a plane of an odd size."""
    plane = given(classes)[1].image.plane(0)
    labels, probability = run_to_end(segmenter.segment_steps(plane))
    assert labels.shape == (ROWS, COLUMNS)
    assert set(np.unique(labels)) <= set(range(classes))
    maps = (classes,) if classes > 2 else ()
    assert probability.shape == (*maps, ROWS, COLUMNS)
    assert np.isfinite(probability).all()
    assert probability.min() >= 0
    assert probability.max() <= 1
    return labels, probability
