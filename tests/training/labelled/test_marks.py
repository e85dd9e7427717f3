"""Positive and negative marks, trusted labels, marks that come while it learns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.training.labelled.tiny import discs, pair_of, quick, train, without_time

from napari_metastruct.errors import InputError
from napari_metastruct.methods import CoarseMarks, Plain
from napari_metastruct.progress import (
    BatchEnd,
    EpochEnd,
    Event,
    LabelPreview,
    Notice,
    Steps,
    run_to_end,
)
from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
from napari_metastruct.training.labelled.inbox import MarkInbox
from napari_metastruct.training.labelled.judging import Shown
from napari_metastruct.training.labelled.planes import Example
from napari_metastruct.training.labelled.predicted import unsureness
from napari_metastruct.training.labelled.predicting import Predictor
from napari_metastruct.training.labelled.reading import read_steps
from napari_metastruct.training.labelled.results import MethodResults
from napari_metastruct.training.labelled.run import train_on_labels_steps
from napari_metastruct.training.labelled.session import LabelledSession
from napari_metastruct.training.method import LabelledMethod


class Marked(LabelledMethod):
    """Learns from both kinds of marks, by two networks in turns and a further one."""

    title: ClassVar[str] = "Marked"
    reference: ClassVar[str] = "none"
    negative_marks: ClassVar[bool] = True

    name: Literal["marked"] = "marked"
    """Name."""

    def further_networks(
        self, settings: LabelledSettings, channels: int, classes: int
    ) -> tuple[Callable[[], torch.nn.Module], ...]:
        return (lambda: torch.nn.Conv2d(channels, classes, 1),)

    def train(self, session: LabelledSession) -> Iterator[Event]:
        session.optimise(rate=1e-2)
        for epoch in session.epochs():
            for batch in session.batches({"negative": session.negative}):
                known = (batch.labels >= 0) | (batch.maps["negative"] >= 0)
                assert known.flatten(1).any(1).all()
                logits = [session.forward(batch.images, n) for n in (0, 1)]
                loss = sum(one.square().mean() for one in logits)
                assert isinstance(loss, torch.Tensor)
                yield session.step(loss, only=[epoch % 2])
            yield from session.end_epoch(epoch)

    def results(
        self, session: LabelledSession, examples: Sequence[Example]
    ) -> Steps[MethodResults]:
        yield from ()
        maps = [e.image[0] for e in examples]
        scores = [10.0 * e.pair + e.plane for e in examples]
        matrix = np.eye(session.class_count)
        return MethodResults({"m": matrix}, {"seen": maps}, {"place": scores})


def marks_of(
    truth: NDArray[Any], every: int = 7
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Return some pixels of the objects, and some that are not objects."""
    some = np.zeros(truth.shape, bool)
    some[..., ::every, ::every] = True
    labels = np.where(some & (truth > 0), truth.astype(np.int16), -1)
    negative = np.where(some & (truth == 0), 1, -1)
    return labels.astype(np.int16), negative.astype(np.int16)


def marked_pair(**how: int) -> LabelledPair:
    images, truth = discs(**how)
    labels, negative = marks_of(truth)
    return replace(pair_of(images, labels), negative=negative)


def session_with(
    pairs: list[LabelledPair], settings: LabelledSettings
) -> LabelledSession:
    learning = run_to_end(read_steps(pairs, settings))
    return LabelledSession(learning, settings)


def notices(events: list[Event]) -> str:
    return " ".join(event.text for event in events if isinstance(event, Notice))


def test_the_session_holds_both_kinds_of_marks() -> None:
    images, truth = discs(count=2)
    labels, negative = marks_of(truth)
    bare = replace(pair_of(images[:1], truth[:1]), trusted=True)
    marked = replace(pair_of(images, labels), negative=negative)
    session = session_with([marked, bare], quick(validation=0))
    assert session.classes == (0, 1)
    assert session.trusted.tolist() == [False, False, True]
    np.testing.assert_array_equal(session.negative[1], negative[1])
    assert (session.negative[2] == -1).all()
    assert session.negative[2].shape == (32, 32)


def test_negative_marks_alone_are_enough() -> None:
    images, _ = discs(count=2)
    nothing = np.full(images.shape, -1, np.int16)
    negative = nothing.copy()
    negative[:, 5, 5] = 1
    pair = replace(pair_of(images, nothing), negative=negative)
    events: list[Event] = []
    result = train([pair], quick(validation=0), Marked(), events.append)
    assert "Class 0 everywhere would explain every mark" in notices(events)
    assert result.segmenter.description.classes == (0, 1)
    assert (result.corrected[0] == -1).all()


def test_classes_are_those_of_both_and_the_background() -> None:
    images, _ = discs(count=1)
    labels = np.full(images.shape, -1, np.int16)
    negative = labels.copy()
    labels[0, 4], negative[0, 9], negative[0, 12] = 2, 1, 3
    pair = replace(pair_of(images, labels), negative=negative)
    assert session_with([pair], quick(validation=0)).classes == (0, 1, 2, 3)
    named = quick(validation=0, classes=(3, 2, 1))
    assert session_with([pair], named).classes == (3, 2, 1)


@pytest.mark.parametrize(
    ("labels", "negative", "message"),
    [
        (-1, -1, "nothing but ignored"),
        (1, None, "only the class 1.*negative marks"),
        (1, -1, "only the class 1.*negative marks"),
        (1, "short", r"negative marks .* shape \(1, 32, 31\)"),
        (1, 70000, "negative marks of discs' holds the number 70000"),
    ],
)
def test_marks_that_say_too_little_are_refused(
    labels: int, negative: int | str | None, message: str
) -> None:
    images, _ = discs(count=1)
    drawn = np.full(images.shape, -1)
    drawn[0, 3:6] = labels
    other = None
    if negative == "short":
        other = drawn[..., :-1]
    elif negative is not None:
        other = np.full(images.shape, -1)
        other[0, 20] = negative
    pair = replace(pair_of(images, drawn), negative=other)
    with pytest.raises(InputError, match=message):
        train([pair], quick(validation=0), Marked())


def test_where_both_say_the_same_class_the_positive_mark_counts() -> None:
    images, truth = discs(count=1)
    labels, negative = marks_of(truth)
    negative[0, labels[0] == 1] = 1
    pair = replace(pair_of(images, labels), negative=negative)
    events: list[Event] = []
    settings = quick(validation=0)
    learning = run_to_end(read_steps([pair], settings), events.append)
    (example,) = learning.training
    assert example.negative is not None
    assert not ((example.negative >= 0) & (labels[0] == 1)).any()
    assert f"{(labels == 1).sum()} pixels are marked as a class" in notices(events)


def test_a_method_without_use_for_negative_marks_says_so() -> None:
    images, truth = discs(count=2)
    pair = replace(pair_of(images, truth), negative=marks_of(truth)[1])
    events: list[Event] = []
    settings = quick(validation=0, epochs=1)
    found = train([pair], settings, Plain(), events.append)
    assert "everywhere" not in notices(events)
    assert "leaves negative marks out" in notices(events)
    due = train([pair_of(images, truth)], settings, Plain())
    assert found.record.curve("loss") == due.record.curve("loss")


def test_trusted_labels_are_not_corrected() -> None:
    images, truth = discs(count=4)
    wrong = truth.copy()
    wrong[:, :8] = 1 - wrong[:, :8]
    settings = quick(validation=0, epochs=3, learning_rate=0.02, correct_above=0.5)
    pair = pair_of(images, wrong)
    assert (train([pair], settings).corrected[0] != wrong).any()
    kept = train([replace(pair, trusted=True)], settings).corrected[0]
    np.testing.assert_array_equal(kept, wrong)


def test_only_the_named_networks_learn() -> None:
    learning = run_to_end(read_steps([marked_pair()], quick(validation=0)))
    session = LabelledSession(learning, quick(), networks=2)
    session.optimise("sgd", rate=0.1)
    before = [[p.detach().clone() for p in n.parameters()] for n in session.networks]
    batch = next(session.batches())
    losses = [session.forward(batch.images, n).square().mean() for n in (0, 1)]
    session.step(*losses, only=[1])
    same = [
        all(torch.equal(p, q) for p, q in zip(n.parameters(), old, strict=True))
        for n, old in zip(session.networks, before, strict=True)
    ]
    assert same == [True, False]


def test_further_networks_are_seeded_and_results_come_by_pair() -> None:
    images, truth = discs(count=5)
    pairs = [
        pair_of(images[:2], truth[:2]), pair_of(images[2:], truth[2:].astype(np.int16)),
    ]  # fmt: skip
    pairs[1].labels[1] = -1  # type: ignore[index]
    result = train(pairs, quick(validation=0.4), Marked())
    np.testing.assert_array_equal(result.matrices["m"], np.eye(2))
    assert [m.shape for m in result.maps["seen"]] == [(2, 32, 32), (3, 32, 32)]
    assert [s.tolist() for s in result.scores["place"]] == [[0, 1], [10, 11, 12]]
    assert result.maps["seen"][1].dtype == np.float32
    plain = train(pairs, quick(validation=0.4))
    assert (plain.matrices, plain.maps, plain.scores) == ({}, {}, {})


@pytest.mark.parametrize("cut", [1, 4])
def test_further_networks_and_marks_are_continued(cut: int, tmp_path: Path) -> None:
    settings = quick(epochs=4, batch=2, checkpoint_every=2, validation=0.3)
    uncut = train([marked_pair()], settings, Marked())
    steps = train_on_labels_steps(Marked(), [marked_pair()], settings, folder=tmp_path)
    for event in steps:
        if isinstance(event, BatchEnd) and event.step == cut:
            break
    steps.close()
    more: dict[str, Any] = {"folder": tmp_path, "resume": True}
    resumed = train([marked_pair()], settings, Marked(), **more)
    assert without_time(uncut.record.rows) == without_time(resumed.record.rows)
    other = replace(marked_pair(), negative=marks_of(discs()[1], 9)[1])
    with pytest.raises(InputError, match="other images or labels"):
        train([other], settings, Marked(), **more)


def test_the_preview_says_how_sure_it_is() -> None:
    events: list[Event] = []
    pair = marked_pair(count=2)
    settings = quick(validation=0, epochs=1)
    train([pair], settings, Marked(), events.append, shown=Shown(0, 1))
    (preview,) = [event for event in events if isinstance(event, LabelPreview)]
    assert preview.probabilities is not None
    assert preview.probabilities.shape == (2, 32, 32)
    np.testing.assert_array_equal(
        preview.probabilities.argmax(axis=0), preview.prediction
    )


class Watching(Marked):
    """Notes what it learns from."""

    title: ClassVar[str] = "Watching"
    seen: ClassVar[list[tuple[tuple[int, ...], int]]] = []

    def train(self, session: LabelledSession) -> Iterator[Event]:
        session.optimise()
        for epoch in session.epochs():
            planes = set()
            for batch in session.batches():
                planes |= set(batch.planes)
                yield session.step(session.forward(batch.images).square().mean())
            marks = sum(int((given >= 0).sum()) for given in session.given)
            self.seen.append((tuple(sorted(planes)), marks))
            yield from session.end_epoch(epoch)


def grow(
    inbox: MarkInbox,
    put: dict[int, Callable[[], None]],
    **more: Any,  # noqa: ANN401 - what the door takes
) -> tuple[list[tuple[tuple[int, ...], int]], str]:
    """Learn from two planes of which the first has marks; paint after epochs."""
    Watching.seen.clear()
    images, truth = discs(count=2)
    labels, negative = marks_of(truth)
    labels[1] = negative[1] = -1
    pair = replace(pair_of(images, labels), negative=negative)
    events: list[Event] = []

    def paint(event: Event) -> None:
        events.append(event)
        if isinstance(event, EpochEnd) and event.epoch in put:
            put[event.epoch]()

    settings = quick(validation=0, epochs=3, batch=2)
    train([pair], settings, Watching(), paint, inbox=inbox, **more)
    return Watching.seen, notices(events)


def test_new_marks_join_at_the_next_epoch(tmp_path: Path) -> None:
    inbox = MarkInbox()
    new = np.full((32, 32), -1)
    new[4, :6] = 1
    first = int((marks_of(discs(count=2)[1])[0][0] >= 0).sum())
    put = {1: lambda: inbox.put(0, 1, new, None)}
    seen, said = grow(inbox, put, folder=tmp_path)
    assert seen == [((0,), first), ((0, 1), first + 6), ((0, 1), first + 6)]
    assert not said
    # It is continued with other marks than it was begun with.
    seen, _ = grow(MarkInbox(), {}, folder=tmp_path, resume=True)
    assert seen == []


def test_new_marks_that_cannot_be_taken_are_told() -> None:
    inbox = MarkInbox()
    wrong, twice = np.full((32, 32), 2), np.full((32, 32), 1)
    put = {
        1: lambda: inbox.put(0, 0, wrong, None),
        2: lambda: inbox.put(0, 0, twice, twice),
    }
    seen, said = grow(inbox, put)
    assert len(seen) == 3
    assert seen[0] == seen[1]
    assert seen[2] == ((0,), 32 * 32)
    assert "the class 2, which was not there" in said
    assert "1,024 pixels are marked as a class" in said


def test_the_last_marks_are_kept_if_none_is_left() -> None:
    inbox = MarkInbox()
    small = np.full((8, 8), 1)
    put = {
        1: lambda: inbox.put(0, 0, None, None),
        2: lambda: inbox.put(0, 1, small, None),
    }
    seen, said = grow(inbox, put)
    assert seen[0] == seen[1] == seen[2]
    assert "No mark is left" in said
    assert "have the shape (8, 8)" in said


class Noting(Marked):
    """Notes in which epochs marks are new."""

    title: ClassVar[str] = "Noting"
    fresh: ClassVar[list[tuple[int, bool]]] = []

    def train(self, session: LabelledSession) -> Iterator[Event]:
        session.optimise()
        for epoch in session.epochs():
            self.fresh.append((epoch, session.has_new_marks))
            for batch in session.batches():
                yield session.step(session.forward(batch.images).square().mean())
            yield from session.end_epoch(epoch)


@pytest.mark.parametrize("other", [False, True])
def test_marks_that_were_painted_between_two_runs_are_new(
    other: bool, tmp_path: Path
) -> None:
    Noting.fresh.clear()
    pair = marked_pair(count=3)
    settings = quick(validation=0, checkpoint_every=1)
    more: dict[str, Any] = {"folder": tmp_path}
    train([pair], settings, Noting(), inbox=MarkInbox(), **more)
    if other:
        labels = np.array(pair.labels)
        labels[2, 4, :6] = 1
        pair = replace(pair, labels=labels)
    longer = settings.replace(epochs=4)
    train([pair], longer, Noting(), inbox=MarkInbox(), resume=True, **more)
    assert Noting.fresh == [(1, False), (2, False), (3, other), (4, False)]


@pytest.mark.parametrize("both", [True, False])
def test_marks_that_were_learned_from_before_the_pause_are_not_new(
    both: bool, tmp_path: Path
) -> None:
    Noting.fresh.clear()
    pair, inbox = marked_pair(count=3), MarkInbox()
    labels, negative = np.array(pair.labels), np.array(pair.negative)
    if not both:  # of an image with one layer for marks
        labels, negative = np.where(negative >= 0, 0, labels), np.array(None)
        pair = replace(pair, labels=labels.copy(), negative=None)
    labels[:2, 4, :6] = 1
    if both:
        negative[:2, 4, :6] = -1

    def paint(event: Event) -> None:
        if isinstance(event, EpochEnd) and event.epoch == 1:
            for plane in (0, 1):
                inbox.put(0, plane, labels[plane], negative[plane] if both else None)

    settings = quick(validation=0, checkpoint_every=1)
    more: dict[str, Any] = {"folder": tmp_path, "inbox": inbox}
    train([pair], settings, Noting(), paint, **more)
    pair = replace(pair, labels=labels, negative=negative if both else None)
    train([pair], settings.replace(epochs=3), Noting(), resume=True, **more)
    assert Noting.fresh == [(1, False), (2, True), (3, False)]


def test_a_run_that_grows_knows_the_classes_that_it_was_begun_with(
    tmp_path: Path,
) -> None:
    settings = quick(validation=0, classes=(0, 1))
    more: dict[str, Any] = {"folder": tmp_path, "inbox": MarkInbox()}
    train([marked_pair()], settings, Marked(), **more)
    longer = settings.replace(epochs=4, classes=(0, 1, 2))
    with pytest.raises(InputError, match=r"classes \[0, 1\], not \[0, 1, 2\]"):
        train([marked_pair()], longer, Marked(), resume=True, **more)


def test_every_plane_is_predicted_once_as_the_model_does_and_the_seen_one_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []
    real = Predictor.whole

    def noted(self: Predictor, network: Any, image: NDArray[np.float32]) -> Any:  # noqa: ANN401
        looked.append(planes.index(float(image.sum())))
        return (yield from real(self, network, image))

    pair = marked_pair(count=3, side=520)
    learning = run_to_end(read_steps([pair], quick(validation=0)))
    planes = [float(example.image.sum()) for example in learning.training]
    monkeypatch.setattr(Predictor, "whole", noted)
    events: list[Event] = []
    more: dict[str, Any] = {"shown": Shown(0, 2), "predict": True}
    settings = quick(validation=0, epochs=1, patches_per_epoch=4)
    # Its results need the predictions, too.
    method = CoarseMarks(warm_up=0, wait_for=0)
    result = train([pair], settings, method, events.append, **more)
    assert set(result.maps) == {"reliability positive", "reliability negative"}
    assert looked == [2, 0, 1]
    last = [event for event in events if isinstance(event, LabelPreview)][-1]
    (found,) = result.predictions
    np.testing.assert_array_equal(found.labels[2], last.prediction)
    for number in range(3):
        steps = result.segmenter.segment_steps(pair.image.plane(number))
        labels, probability = run_to_end(steps)
        np.testing.assert_array_equal(found.labels[number], labels)
        np.testing.assert_array_equal(found.unsure[number], unsureness(probability))
    assert train([pair], settings, method).predictions == ()
