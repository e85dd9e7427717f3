"""Superpixel-guided learning against its equations, by numpy, and its course."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import rel_entr, softmax
from tests.methods.labelled import pair, run, settings, steps_of
from tests.methods.one_step import OneStep
from tests.training.labelled import tiny

from napari_metastruct.methods import SuperpixelGuided
from napari_metastruct.noise import annotator
from napari_metastruct.progress import EpochEnd, Event, Heartbeat, Steps
from napari_metastruct.training.labelled import gap as gap_module
from napari_metastruct.training.labelled import superpixels as superpixels_module
from napari_metastruct.training.labelled.batches import LabelledBatch
from napari_metastruct.training.labelled.early_learning import Overlap
from napari_metastruct.training.labelled.regions import Regions
from napari_metastruct.training.labelled.session import LabelledSession

SIDE, CLASSES = 12, 3
BLOCKS = np.arange(16).reshape(4, 4).repeat(3, 0).repeat(3, 1)
"""Superpixels of 3 x 3 pixels."""


def example(seed: int = 0) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Return logits of two networks for two planes, and labels with some -1."""
    rng = np.random.default_rng(seed)
    logits = [rng.normal(0, 2, (2, CLASSES, SIDE, SIDE)) for _ in range(2)]
    return logits, rng.integers(-1, CLASSES, (2, SIDE, SIDE))


def equation_2(
    p: list[NDArray[np.float64]],
    y: NDArray[np.float64],
    mixed: str = "fair",
    weight: float = 0.65,
) -> float:
    """Return the loss of probabilities and a soft label, ``(classes,)`` each.

    The letter of the paper is "large"; "fair" takes off what no prediction can avoid.
    """
    if mixed == "fair":
        entropy = sum(rel_entr(y, one).sum() for one in p)
    else:
        entropy = sum(-(y * np.log(one)).sum() for one in p)
    differ = rel_entr(p[0], p[1]).sum() + rel_entr(p[1], p[0]).sum()
    return float((1 - weight) * entropy + weight * differ)


def by_superpixel(
    probabilities: list[NDArray[np.float64]],
    labels: NDArray[np.int64],
    numbers: NDArray[np.integer[Any]] = BLOCKS,
    mixed: str = "fair",
) -> list[tuple[float, int, NDArray[np.bool_], int]]:
    """Return loss, size, pixels and predicted class of each, by loops."""
    found = []
    for image in range(len(labels)):
        for number in np.unique(numbers):
            inside = (numbers == number) & (labels[image] >= 0)
            if not inside.any():
                continue
            means = [p[image][:, inside].mean(axis=1) for p in probabilities]
            soft = np.eye(CLASSES)[labels[image][inside]].mean(axis=0)
            where = np.zeros(labels.shape, bool)
            where[image] = inside
            predicted = int(np.argmax(means[0] + means[1]))
            loss = equation_2(means, soft, mixed)
            found.append((loss, int(inside.sum()), where, predicted))
    return found


@pytest.mark.parametrize("mixed", ["fair", "large"])
def test_losses_of_pixels_and_superpixels_are_equation_2(mixed: str) -> None:
    logits, labels = example()
    probabilities = [softmax(one, axis=1) for one in logits]
    method = SuperpixelGuided(mixed_labels=mixed)
    tensors = [torch.from_numpy(one) for one in logits]
    found = method.pixel_losses(tensors, torch.from_numpy(labels)).numpy()
    for image, row, column in ((0, 1, 2), (1, 7, 0), (1, 11, 11)):
        p = [one[image, :, row, column] for one in probabilities]
        label = labels[image, row, column]
        y = np.eye(CLASSES)[label] if label >= 0 else np.zeros(CLASSES)
        assert found[image, row, column] == pytest.approx(equation_2(p, y))
    known = torch.from_numpy(labels >= 0)
    regions = Regions(torch.from_numpy(np.stack([BLOCKS, BLOCKS])), known)
    means = method.superpixel_losses(
        regions, [one.softmax(1) for one in tensors], torch.from_numpy(labels)
    )
    due = [one[0] for one in by_superpixel(probabilities, labels, mixed=mixed)]
    np.testing.assert_allclose(means.numpy(), due, atol=1e-9)


class Scripted(OneStep):
    """One batch an epoch of two planes, which the networks answer by given logits."""

    def __init__(self, epochs: int = 1, seed: int = 0) -> None:
        logits, labels = example(seed)
        super().__init__(logits, labels, 1)
        self.given = [plane.astype(np.int16) for plane in labels]
        self.labels = list(self.given)
        self.state: dict[str, Any] = {}
        self.settings = settings(epochs=epochs)
        self.calls: list[str] = []
        self.optimiser: tuple[object, ...] = ()
        self.maps: Mapping[str, Any] = {}
        self.rows: list[dict[str, Any]] = []

    def optimise(self, *how: str, **more: float) -> None:
        self.calls.append("optimise")
        self.optimiser = (*how, *more.values())

    def epochs(self) -> Iterator[int]:
        yield from range(1, self.settings.epochs + 1)

    def batches(self, maps: Mapping[str, Any]) -> Iterator[LabelledBatch]:
        self.maps = maps
        cut = {name: torch.from_numpy(np.stack(m)) for name, m in maps.items()}
        images, labels = self.batch.images, torch.from_numpy(np.stack(self.labels))
        self.batch = LabelledBatch(images, labels.long(), cut, (), ())
        yield self.batch

    def end_epoch(self, _: int, **values: Any) -> Iterator[Event]:  # noqa: ANN401
        self.rows.append(values)
        self.calls.append("best" if values["best"] else "epoch")
        yield from ()

    def predict(self, number: int, network: int) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self.logits[network][number].detach().numpy()
        return softmax(found, axis=0)  # type: ignore[no-any-return]

    def go_back_to(self, name: str) -> None:
        self.calls.append(f"back to {name}")

    def correct(self, number: int, labels: NDArray[Any]) -> int:
        self.calls.append(f"correct {number}")
        self.labels[number] = labels.astype(np.int16)
        return 0


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut every plane into the same superpixels."""

    def steps(session: Any, size: int, _: float) -> Steps[list[NDArray[np.int64]]]:  # noqa: ANN401
        yield Heartbeat()
        pixels = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
        return [pixels if size == 1 else BLOCKS for _ in session.given]

    monkeypatch.setattr(superpixels_module, "superpixel_steps", steps)


def scripted_gaps(monkeypatch: pytest.MonkeyPatch, gaps: list[float]) -> None:
    """Let the gap of each epoch be as told."""
    told = iter(gaps)
    monkeypatch.setattr(gap_module.LossGap, "value", lambda _: next(told))


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("superpixels", [True, False])
@pytest.mark.parametrize("select_from", ["batch", "image"])
def test_it_learns_from_superpixels_of_small_loss(
    superpixels: bool, select_from: str
) -> None:
    session = Scripted()
    method = SuperpixelGuided(
        noise_rate=0.4, wait_for=0, superpixels=superpixels, select_from=select_from
    )
    session.train(method)
    logits, labels = example()
    numbers = BLOCKS if superpixels else np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    probabilities = [softmax(one, axis=1) for one in logits]
    groups = [labels >= 0]
    if select_from == "image":
        groups = [(labels >= 0) & (np.arange(2) == n)[:, None, None] for n in (0, 1)]
    kept, sums = np.zeros(labels.shape, bool), []
    losses = by_superpixel(probabilities, labels, numbers)
    for group in groups:
        own = sorted((x for x in losses if (x[2] & group).any()), key=lambda x: x[0])
        covered = 0
        for loss, size, where, _ in own:
            chosen = covered < 0.6 * group.sum()
            sums.append((loss, chosen))
            kept |= where & chosen
            covered += size
    for network in range(2):
        np.testing.assert_array_equal(session.learned_from(network), kept)
    pixels = [
        equation_2(
            [p[i, :, r, c] for p in probabilities], np.eye(CLASSES)[labels[i, r, c]]
        )
        for i, r, c in np.argwhere(kept)
    ]
    assert session.loss == pytest.approx(np.mean(pixels))
    (row,) = session.rows
    rest, taken = (np.mean([x for x, c in sums if c == k]) for k in (False, True))
    assert row["gap"] == pytest.approx(rest - taken)
    assert row["kept"] == pytest.approx(kept.sum() / (labels >= 0).sum())
    assert row["R"] == pytest.approx(0.6)


@pytest.mark.usefixtures("blocks")
def test_without_selection_it_learns_from_all() -> None:
    session = Scripted()
    session.train(SuperpixelGuided(noise_rate=0.4, wait_for=0, selection=False))
    np.testing.assert_array_equal(session.learned_from(0), example()[1] >= 0)
    assert session.rows[0]["gap"] > 0


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("select_from", ["batch", "image"])
def test_labels_are_refined_by_equations_6_to_8(
    monkeypatch: pytest.MonkeyPatch, select_from: str
) -> None:
    scripted_gaps(monkeypatch, [1.0, 0.5])
    session = Scripted(epochs=2)
    method = SuperpixelGuided(
        noise_rate=0.4, wait_for=0, patience=1, select_from=select_from
    )
    session.train(method)
    logits, labels = example()
    probabilities = [softmax(one, axis=1) for one in logits]
    found = sorted(by_superpixel(probabilities, labels), key=lambda x: -x[0])
    due, used = labels.copy(), dict.fromkeys((0, 1), 0)
    over = set()
    for _, size, where, predicted in found:
        image = int(where[1].any()) if select_from == "image" else 0
        total = (labels[image] >= 0) if select_from == "image" else (labels >= 0)
        if image in over or used[image] + size > 0.4 * total.sum():
            over.add(image)
            continue
        used[image] += size
        due[where] = predicted
    assert used[0] > 0
    np.testing.assert_array_equal(np.stack(session.labels), due)


@pytest.mark.usefixtures("blocks")
def test_it_goes_back_refines_and_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted_gaps(monkeypatch, [1, 3, 2, 2, 1, 2, 1, 0, 5, 4, 3])
    session = Scripted(epochs=99)
    method = SuperpixelGuided(noise_rate=0.2, wait_for=0, patience=2, most_kept=0.9)
    session.train(method)
    refined = ["back to best", "correct 0", "correct 1", "optimise"]
    assert session.calls == [
        "optimise", "best", "best", "epoch", "epoch", *refined,
        "best", "best", "epoch", "epoch", *refined,
        "best", "epoch", "epoch", "back to best",
    ]  # fmt: skip
    ratios = [row["R"] for row in session.rows]
    assert ratios == pytest.approx([0.8] * 4 + [0.88] * 4 + [0.9] * 3)
    assert [row["iteration"] for row in session.rows] == [1] * 4 + [2] * 4 + [3] * 3


@pytest.mark.usefixtures("blocks")
def test_without_refinement_it_ends_at_the_first_maximum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scripted_gaps(monkeypatch, [1, 3, 2])
    session = Scripted(epochs=99)
    method = SuperpixelGuided(noise_rate=0.2, wait_for=0, patience=1, refinement=False)
    session.train(method)
    assert session.calls == ["optimise", "best", "best", "epoch", "back to best"]


@pytest.mark.usefixtures("blocks")
def test_nothing_is_left_out_until_every_class_is_predicted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = iter([0.1, 0.5, 0.4, 0.9])
    monkeypatch.setattr(Overlap, "least", lambda _: next(told))
    session = Scripted(epochs=4)
    session.train(SuperpixelGuided(noise_rate=0.4, wait_for=0.5))
    ratios = [row["R"] for row in session.rows]
    assert ratios == pytest.approx([1, 1, 0.6, 1])
    assert [np.isfinite(row["gap"]) for row in session.rows] == [
        False,
        False,
        True,
        False,
    ]
    assert session.calls == ["optimise", "best", "best", "best", "epoch"]


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize(("paper", "wish", "due"), [
    (False, "method", ("adamw", 2e-3)),
    (True, "method", ("sgd", 5e-3, 0.99, 0)),
    (False, "sgd", ("sgd", 5e-3, 0.99, 0)),
    (True, "adamw", ("adamw", 2e-3)),
])  # fmt: skip
def test_each_optimiser_has_its_rate(
    paper: bool, wish: str, due: tuple[object]
) -> None:
    session = Scripted()
    session.settings = settings(epochs=1, optimizer=wish)
    session.train(SuperpixelGuided(noise_rate=0.1, paper_optimizer=paper))
    assert session.optimiser == due


def test_weights_are_those_of_the_maximum(monkeypatch: pytest.MonkeyPatch) -> None:
    """The networks that refine the labels are those of the epoch of largest gap."""
    told = {1: 1.0, 2: 5.0, 3: 2.0, 4: 1.0}
    session: list[LabelledSession] = []
    monkeypatch.setattr(
        gap_module.LossGap, "value", lambda _: told[session[0].epoch + 1]
    )
    init = LabelledSession.__init__

    def caught(self: LabelledSession, *args: Any, **more: Any) -> None:  # noqa: ANN401
        init(self, *args, **more)
        session.append(self)

    monkeypatch.setattr(LabelledSession, "__init__", caught)
    method = SuperpixelGuided(noise_rate=0.2, wait_for=0, patience=1)
    best: dict[str, torch.Tensor] = {}
    checked = 0
    for event in steps_of(method, [pair()], settings(epochs=4)):
        if not session or not isinstance(event, EpochEnd | Heartbeat):
            continue
        weights = session[0].networks[1].state_dict()
        if isinstance(event, EpochEnd) and event.epoch == 2:
            best = {name: value.clone() for name, value in weights.items()}
        elif session[0].epoch == 3 and isinstance(event, Heartbeat):
            assert all(torch.equal(weights[name], best[name]) for name in best)
            checked += 1
            break
    assert checked


def test_a_run_cut_off_after_a_refinement_goes_on_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gap_module.GapCourse, "has_settled", False)
    method = SuperpixelGuided(noise_rate=0.2, wait_for=0, patience=1)
    given = [pair(reference=True)]
    whole, part = settings(epochs=9), settings(epochs=6)
    uncut, _ = run(method, given, whole)
    run(method, given, part, folder=tmp_path)
    resumed, _ = run(method, given, whole, folder=tmp_path, resume=True)
    rows = uncut.record.rows
    assert rows[5]["iteration"] > 1
    assert rows[-1]["corrected"] > 0
    assert [{**row, "seconds": 0} for row in resumed.record.rows] == [
        {**row, "seconds": 0} for row in rows
    ]
    np.testing.assert_array_equal(resumed.corrected[0], uncut.corrected[0])


@pytest.mark.parametrize("classes", [2, 3])
def test_it_is_better_than_its_labels(classes: int) -> None:
    image, truth = tiny.discs(classes=classes)
    wrong = np.stack([annotator(t, 1.0, 0.6, rng=n) for n, t in enumerate(truth)])
    longer = tiny.quick(
        epochs=11, patches_per_epoch=48, validation=0,
        optimizer="adamw", learning_rate=1e-2,
    )  # fmt: skip
    method = SuperpixelGuided(noise_rate=0.1, patience=2)
    given = tiny.pair_of(image, wrong, truth)
    rows = tiny.train([given], longer, method).record.rows
    assert rows[-1]["dice"] > rows[0]["labels dice"] + 0.1
    assert rows[-1]["precision"] > rows[0]["precision"] + 0.02
    assert rows[-1]["labels dice"] >= rows[0]["labels dice"]
