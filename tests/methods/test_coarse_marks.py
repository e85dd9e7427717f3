"""Coarse marks against their formulas, by numpy; what is learned and told."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.methods.labelled import discs, run, settings, steps_of
from tests.training.labelled.tiny import discs as easy_discs

from napari_metastruct.arrays import open_stack
from napari_metastruct.evaluation import mean_dice
from napari_metastruct.methods import CoarseMarks, coarse_marks
from napari_metastruct.networks.annotation import AnnotationNetwork
from napari_metastruct.progress import EpochEnd, Event, run_to_end
from napari_metastruct.training.labelled.augment import Crop
from napari_metastruct.training.labelled.confusion import (
    Agreement,
    MeanMatrix,
    complement,
    mark_losses,
    traces,
)
from napari_metastruct.training.labelled.inbox import MarkInbox
from napari_metastruct.training.labelled.pairs import LabelledPair
from napari_metastruct.training.labelled.reading import read_steps
from napari_metastruct.training.labelled.session import LabelledSession
from napari_metastruct.training.labelled.stroke_rims import CoreMarks

QUICK = CoarseMarks(warm_up=2, wait_for=0)


def drawn(classes: int, count: int = 9) -> tuple[NDArray[Any], NDArray[Any], Any]:
    rng = np.random.default_rng(classes)
    p = rng.dirichlet(np.ones(classes), count)
    a = rng.dirichlet(np.ones(classes), (count, classes)).swapaxes(1, 2)
    return p, a, rng.integers(0, classes, count)


def marked_pair(
    image: NDArray[Any], truth: NDArray[np.int16], every: int = 5
) -> LabelledPair:
    """Mark some pixels: what is an object, and of the background what it is not."""
    classes = int(truth.max()) + 1
    some = np.zeros(truth.shape, bool)
    some[:, ::every, ::every] = True
    labels = np.where(some & (truth > 0), truth, np.int16(-1))
    columns = 1 + np.arange(truth.shape[2]) // every % (classes - 1)
    negative = np.where(some & (truth == 0), columns.astype(np.int16), np.int16(-1))
    return LabelledPair(open_stack(image), labels, None, negative)


def marked(planes: int = 4) -> tuple[LabelledPair, NDArray[np.int16]]:
    """Return discs with such marks, and the truth."""
    image, truth = discs(2, planes)
    return marked_pair(image, truth), truth


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_complementary_labels_never_say_the_class_itself(classes: int) -> None:
    m = complement(classes).numpy()
    assert (np.diag(m) == 0).all()
    np.testing.assert_allclose(m.sum(axis=0), 1)
    if classes == 2:
        np.testing.assert_array_equal(m, [[0, 1], [1, 0]])


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("negative", [False, True])
def test_the_likelihood_is_that_of_equations_3_and_5(
    classes: int, negative: bool
) -> None:
    p, a, marks = drawn(classes)
    m = complement(classes).numpy() if negative else np.eye(classes)
    due = [-np.log((m @ a[n] @ p[n])[k]) for n, k in enumerate(marks)]
    tensors = [torch.from_numpy(values) for values in (p, a, marks)]
    found = mark_losses(*tensors, negative=negative)
    np.testing.assert_allclose(found.numpy(), due, rtol=1e-6)
    np.testing.assert_allclose(traces(tensors[1]), [np.trace(one) for one in a])


def test_the_mean_matrix_is_weighted_by_the_classes() -> None:
    p, a, _ = drawn(3)
    mean = MeanMatrix(3)
    assert mean.is_empty
    for part in (slice(4), slice(4, None)):
        mean.add(torch.from_numpy(p[part]), torch.from_numpy(a[part]))
    due = np.einsum("nij,nj->ij", a, p) / p.sum(axis=0)
    np.testing.assert_allclose(mean.value(), due)
    np.testing.assert_allclose(mean.value().sum(axis=0), 1)


def test_the_least_agreement_is_that_of_one_kind_of_mark() -> None:
    agreement = Agreement(4)
    assert agreement.least() == 1
    assert agreement.is_empty
    for agrees, said in (([1, 1, 0, 1], [0, 0, 2, 2]), ([0, 1, 1, 1], [0, 2, 2, 2])):
        agreement.add(torch.tensor(agrees).bool(), torch.tensor(said))
    assert agreement.least() == pytest.approx(2 / 3)


@pytest.mark.parametrize(("wait_for", "begun"), [(0.0, True), (1.0, False)])
def test_marks_are_believed_until_they_are_learned(
    wait_for: float, begun: bool
) -> None:
    pair, _ = marked()
    session = session_of(pair)
    before = annotation(session).head.bias.detach().clone()
    for _ in CoarseMarks(warm_up=0, wait_for=wait_for).train(session):
        pass
    changed = not torch.equal(annotation(session).head.bias, before)
    assert (changed, session.state["learned"]) == (begun, begun)
    assert 0 <= session.record.rows[-1]["agreement"] < 1


def session_of(pair: LabelledPair, **more: float) -> LabelledSession:
    small = settings(validation=0, **more)
    learning = run_to_end(read_steps([pair], small))
    further = QUICK.further_networks(small, 1, len(learning.classes))
    return LabelledSession(learning, small, further=further)


def annotation(session: LabelledSession) -> AnnotationNetwork:
    network = session.networks[1]
    assert isinstance(network, AnnotationNetwork)
    return network


@pytest.mark.parametrize("balance", [False, True])
def test_the_loss_of_a_batch_is_equation_6(balance: bool) -> None:
    pair, truth = marked()
    session = session_of(pair)
    session.trusted = np.array([False, False, True, False])
    session.labels[2] = truth[2]
    torch.nn.init.normal_(annotation(session).head.weight, std=0.03)
    maps = maps_of(session, rim=0)
    batch = next(session.batches(maps))
    while 2 not in batch.planes:
        batch = next(session.batches(maps))
    for network in session.networks:
        network.eval()
    method = CoarseMarks(trace=0.3, balance=balance)
    with torch.no_grad():
        agreement = Agreement(4)
        found = float(
            method._loss(session, batch, (True, True), agreement, Agreement(4))
        )
        p = session.forward(batch.images).softmax(1).numpy()
        features = session.forward(batch.images, network=1).movedim(1, -1)
        a = [
            annotation(session).matrices(features.reshape(-1, 4), k).numpy()
            for k in (0, 1)
        ]
    losses: dict[tuple[int, int], list[float]] = {}
    a = [one.reshape(*batch.labels.shape, 2, 2) for one in a]
    for n, row, column in np.ndindex(*batch.labels.shape):
        own, place = p[n, :, row, column], (n, row, column)
        dense = batch.planes[n] == 2
        for kind, marks in enumerate((batch.labels, batch.maps["negative"])):
            mark = int(marks[place])
            if mark < 0 or (dense and kind):
                continue
            likely, more = own, 0.0
            if not dense:
                likely, more = a[kind][place] @ own, 0.3 * np.trace(a[kind][place])
            nll = -np.log(likely[1 - mark if kind else mark])
            losses.setdefault((kind, mark), []).append(nll + more)
    if balance:
        due = np.mean([np.mean(group) for group in losses.values()])
    else:
        due = np.mean(np.concatenate([*losses.values()]))
    assert found == pytest.approx(due, rel=1e-4)


def maps_of(session: LabelledSession, rim: float) -> dict[str, Any]:
    """Return the maps that are cut along with the labels."""
    inner = CoreMarks(rim).of(session.labels, session.negative)
    return {"negative": session.negative, **inner}


def gradients(
    session: LabelledSession, method: CoarseMarks, telling: tuple[bool, ...]
) -> list[torch.Tensor]:
    """Return the gradient of each of the two networks, of the same batch."""
    batch = session._cutter.batch(
        [Crop(n, 0, 0, 32, 32) for n in range(4)],
        session.labels,
        maps_of(session, method.rim),
    )
    found = []
    for network in session.networks:
        network.eval()
        network.zero_grad()
    loss = method._loss(session, batch, telling, Agreement(4), Agreement(4))
    loss.backward()  # type: ignore[no-untyped-call]
    for network in session.networks:
        flat = [p.grad.flatten() for p in network.parameters() if p.grad is not None]
        found.append(torch.cat(flat) if flat else torch.zeros(1))
    return found


def test_p_learns_nothing_from_the_rims_of_strokes() -> None:
    session, telling = one_class_each(), (False, False)
    found, _ = gradients(session, CoarseMarks(rim=0.5), telling)
    every, _ = gradients(session, CoarseMarks(rim=0), telling)
    inner = CoreMarks(0.5).of(session.labels, session.negative)
    session.labels[:] = inner["inner positive"]
    session.negative[:] = inner["inner negative"]
    due, _ = gradients(session, CoarseMarks(rim=0), telling)
    torch.testing.assert_close(found / found.norm(), due / due.norm())
    assert not torch.allclose(every / every.norm(), due / due.norm(), atol=1e-3)


@pytest.mark.parametrize(("exact", "due"), [(0.2, True), (0.999, False)])
def test_whole_strokes_are_learned_from_once_their_rims_prove_exact(
    monkeypatch: pytest.MonkeyPatch, exact: float, due: bool
) -> None:
    monkeypatch.setattr(coarse_marks, "EXACT", exact)
    session, told = one_class_each(), []
    loss = CoarseMarks._loss

    def watched(*what: Any, whole: bool, **how: Any) -> torch.Tensor:  # noqa: ANN401
        told.append(whole)
        return loss(*what, whole=whole, **how)

    monkeypatch.setattr(CoarseMarks, "_loss", watched)
    for _ in CoarseMarks(warm_up=0).train(session):
        pass
    assert not told[0]
    assert told[-1] == session.state["whole"] == due


def test_where_no_rim_was_seen_nothing_is_known_of_rims() -> None:
    pair, _ = marked()  # single pixels
    session = session_of(pair)
    for _ in QUICK.train(session):
        pass
    assert not session.state["whole"]


def one_class_each() -> LabelledSession:
    """Return a session whose marks are "is 1" and "is not 1" alone."""
    image, truth = easy_discs(count=4)
    positive = np.where(truth > 0, 1, -1).astype(np.int16)
    negative = np.where(truth == 0, 1, -1).astype(np.int16)
    pair = LabelledPair(open_stack(image), positive, negative=negative)
    return session_of(pair, intensity=0)


def test_of_marks_that_say_one_class_p_learns_by_the_first_matrix() -> None:
    session, method = one_class_each(), CoarseMarks()
    assert method._telling(session) == (False, False)
    torch.nn.init.normal_(annotation(session).head.weight, std=0.3)
    as_first, _ = gradients(session, method, ())
    held, matrices = gradients(session, method, (False, False))
    torch.testing.assert_close(held, as_first)
    assert matrices.abs().max() > 0
    jointly, _ = gradients(session, method, (True, True))
    assert not torch.allclose(jointly, as_first)


def test_of_marks_that_say_several_classes_p_learns_by_the_matrices() -> None:
    session, joint = one_class_each(), CoarseMarks(joint=True)
    assert joint._telling(session) == (True, True)
    session.labels[0] = np.where(session.negative[0] >= 0, 0, session.labels[0])
    assert CoarseMarks()._telling(session) == (True, False)
    session.trusted = np.array([True, False, False, False])
    assert CoarseMarks()._telling(session) == (False, False)


def test_matrices_wait_for_the_warm_up() -> None:
    pair, _ = marked()
    session = session_of(pair)
    head = annotation(session).head
    before = head.bias.detach().clone()
    seen = []
    for _ in QUICK.train(session):
        seen.append(bool((head.bias == before).all()))
    assert seen[: QUICK.warm_up] == [True] * QUICK.warm_up
    assert not seen[-1]
    assert session.state["steps"] == session.total_steps


def test_new_marks_are_believed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    pair, truth = marked()
    inbox, warm = MarkInbox(), []
    loss = CoarseMarks._loss

    def watched(*what: Any, **how: Any) -> torch.Tensor:  # noqa: ANN401
        warm.append(not what[3])
        return loss(*what, **how)

    def paint(event: Event) -> None:
        if isinstance(event, EpochEnd) and event.epoch == 2:
            inbox.put(0, 0, np.where(truth[0] > 0, 1, -1), None)

    monkeypatch.setattr(CoarseMarks, "_loss", watched)
    small = settings(epochs=4, validation=0)
    run_to_end(steps_of(QUICK.replace(warm_up=3), [pair], small, inbox=inbox), paint)
    # Two steps in an epoch; the new marks come at the beginning of the third.
    assert warm == [True, True, True, False, True, True, True, False]


@pytest.mark.parametrize("classes", [2, 3])
def test_it_learns_objects_from_a_few_marks(classes: int) -> None:
    image, truth = easy_discs(count=4, classes=classes)
    pair = marked_pair(image, truth.astype(np.int16), 3)
    longer = settings(
        epochs=3, batch=4, patches_per_epoch=80, learning_rate=0.01, validation=0
    )
    result, _ = run(CoarseMarks(warm_up=30), [pair], longer)
    found = [
        run_to_end(result.segmenter.segment_steps(pair.image.plane(plane)))[0]
        for plane in range(4)
    ]
    assert mean_dice(truth, np.stack(found)) > 0.8


def test_what_is_told_of_the_marks() -> None:
    pair, truth = marked()
    labels, negative = np.array(pair.labels), np.array(pair.negative)
    labels[3] = negative[3] = -1
    pair = replace(pair, labels=labels, negative=negative)
    masks = LabelledPair(pair.image, truth, trusted=True)
    at_once = QUICK.replace(warm_up=0)  # the first epoch may be the best one
    # Of the two images this seed learns from the one with marks.
    result, _ = run(at_once, [pair, masks], settings(validation=0.3, seed=1))
    assert set(result.matrices) == {"positive", "negative"}
    for matrix in result.matrices.values():
        np.testing.assert_allclose(matrix.sum(axis=0), 1, atol=1e-5)
    assert set(result.maps) == {"reliability positive", "reliability negative"}
    for maps in result.maps.values():
        assert [m.shape for m in maps] == [pair.image.shape] * 2
        assert all(((m > 0) & (m < 1)).all() for m in maps)
    np.testing.assert_array_equal(result.corrected[1], truth)
    alone, _ = run(QUICK, [masks], settings(validation=0))
    assert (alone.matrices, alone.maps) == ({}, {})


def test_nothing_is_told_of_the_marks_before_the_matrices_learn() -> None:
    from napari_metastruct.networks.annotation import beginning

    patient = CoarseMarks(warm_up=1000)
    result, _ = run(patient, [marked()[0]], settings(validation=0))
    assert result.maps == {}
    assert set(result.matrices) == {"positive", "negative"}
    for matrix in result.matrices.values():
        np.testing.assert_allclose(matrix, beginning(len(matrix)).numpy())


def test_large_planes_are_judged_in_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    from napari_metastruct.training.labelled import reliability

    image, truth = discs(2, 1, side=96)
    pair = LabelledPair(open_stack(image), truth)
    whole, _ = run(QUICK, [pair], settings(validation=0, epochs=3))
    monkeypatch.setattr(reliability, "TILE", 64)
    tiled, _ = run(QUICK, [pair], settings(validation=0, epochs=3))
    for name, maps in whole.maps.items():
        np.testing.assert_allclose(maps[0], tiled.maps[name][0], atol=0.02)
    np.testing.assert_allclose(
        whole.matrices["positive"], tiled.matrices["positive"], atol=0.01
    )
