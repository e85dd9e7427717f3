"""What a method may do with its session."""

import numpy as np
import pytest
import torch
from tests.training.labelled.tiny import (
    disc_pair,
    discs,
    flipped,
    pair_of,
    quick,
    session_of,
)

from napari_metastruct.training.labelled.checkpoint import split_state, whole_state
from napari_metastruct.training.labelled.trouble import is_out_of_memory


def test_correcting_touches_no_one_s_array() -> None:
    images, truth = discs(count=3)
    labels = flipped(truth, 0.2).astype(np.int16)
    labels[:, 0] = -1
    before = labels.copy()
    session = session_of([pair_of(images, labels)], quick(validation=0))
    with pytest.raises(ValueError, match="read-only"):
        session.labels[0][3, 3] = 1
    fresh = np.ones((32, 32), int)
    moved = session.correct(0, fresh)
    assert moved == int((before[0, 1:] != 1).sum())
    assert session.correct(0, fresh) == 0
    assert (session.labels[0][0] == -1).all()
    assert (session.labels[0][1:] == 1).all()
    np.testing.assert_array_equal(session.given[0], before[0])
    np.testing.assert_array_equal(labels, before)
    with pytest.raises(ValueError, match="class 2 of 2"):
        session.correct(0, fresh * 2)


def test_networks_differ_and_are_the_same_for_one_seed() -> None:
    first, second = session_of([disc_pair()], quick(), networks=2).networks
    again = session_of([disc_pair()], quick(), networks=1).networks[0]
    for name, tensor in first.named_parameters():
        assert torch.equal(tensor, dict(again.named_parameters())[name])
    some = next(name for name, _ in first.named_parameters() if "conv" in name)
    weights = (dict(n.named_parameters())[some] for n in (first, second))
    assert not torch.equal(*weights)


@pytest.mark.parametrize("scales", [(1.0,), (0.7, 1.0, 1.5)])
def test_predictions_are_probabilities_of_the_plane(scales: tuple[float, ...]) -> None:
    session = session_of([disc_pair(side=45, classes=3)], quick())
    found = session.predict(1, scales=scales)
    assert found.shape == (3, 45, 45)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-5)
    assert session.networks[0].training


def test_large_planes_are_predicted_in_tiles() -> None:
    image = np.random.default_rng(0).normal(0, 1, (1, 600, 32)).astype(np.float32)
    labels = (image > 1).astype(np.uint8)
    session = session_of([pair_of(image, labels)], quick(validation=0))
    found = session.predict(0)
    with torch.inference_mode():
        network = session.networks[0].eval()
        due = network(torch.from_numpy(session.image(0)[None].copy())).softmax(1)[0]
    np.testing.assert_allclose(found, due.numpy(), atol=0.02)


def test_weights_are_kept_and_put_back() -> None:
    session = session_of([disc_pair()], quick())
    session.optimise("sgd", rate=0.1)
    before = session.predict(0)
    session.keep("mine")
    for batch in session.batches():
        session.step(session.forward(batch.images).square().mean())
    assert not np.allclose(before, session.predict(0))
    session.go_back_to("mine")
    np.testing.assert_array_equal(before, session.predict(0))


@pytest.mark.parametrize(
    ("course", "due"), [("constant", 1.0), ("poly", 0.5**0.9), ("cosine", 0.5)]
)
def test_the_rate_follows_its_course(course: str, due: float) -> None:
    session = session_of([disc_pair()], quick(optimizer="sgd", learning_rate=0.02))
    session.optimise("adamw", rate=1, course=course)  # type: ignore[arg-type]
    for _ in range(session.total_steps // 2 + 1):
        batch = next(session.batches())
        session.step(session.forward(batch.images).square().mean())
    assert session._optimisers is not None
    (optimiser,) = session._optimisers._all
    assert isinstance(optimiser, torch.optim.SGD)
    assert optimiser.param_groups[0]["lr"] == pytest.approx(0.02 * due)


def test_a_step_needs_an_optimiser() -> None:
    session = session_of([disc_pair()], quick())
    with pytest.raises(RuntimeError, match="optimise"):
        session.step(torch.zeros(()))


def test_state_goes_into_a_checkpoint_and_comes_back() -> None:
    state = {"n": 3, "a": np.arange(4), "l": [np.ones(2), np.zeros(3)], "s": ["x"]}
    arrays, values = split_state(state)
    again = whole_state(arrays, values)
    assert again.keys() == state.keys()
    assert again["n"] == 3
    np.testing.assert_array_equal(again["a"], np.arange(4))
    assert [len(array) for array in again["l"]] == [2, 3]
    assert again["s"] == ["x"]


@pytest.mark.parametrize(
    ("error", "due"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 8 bytes"), True),
        (RuntimeError("sizes do not match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_memory_that_runs_out_is_told_from_bugs(error: Exception, due: bool) -> None:
    assert is_out_of_memory(error) is due
