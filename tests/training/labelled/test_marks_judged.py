"""What a run on growing marks is judged by, during a run and after a pause."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.training.labelled.tiny import discs, pair_of, quick, train

from napari_metastruct.errors import InputError
from napari_metastruct.methods import Plain
from napari_metastruct.progress import EpochEnd, Event
from napari_metastruct.training.labelled import LabelledPair
from napari_metastruct.training.labelled.checkpoint import checkpoint_values
from napari_metastruct.training.labelled.inbox import MarkInbox
from napari_metastruct.training.labelled.session import LabelledSession

GOOD = 2.0
"""Better than any score can be."""
Places = list[tuple[int, int]]


class Judged(Plain):
    """Notes what it is judged by and whether marks are new; has a score to lose."""

    places: ClassVar[list[Places]] = []
    other: ClassVar[list[bool]] = []

    def train(self, session: LabelledSession) -> Iterator[Event]:
        validation = session._learning.validation
        self.places.append([(e.pair, e.plane) for e in validation])
        self.other.append(session._other_marks)
        if session.epoch == 0:
            session._best_score = GOOD
        yield from super().train(session)


@pytest.fixture(autouse=True)
def _nothing_is_noted() -> None:
    Judged.places.clear()
    Judged.other.clear()


def marked(count: int, planes: int | None = None) -> LabelledPair:
    """Return a stack that is marked here and there, on its first planes."""
    images, truth = discs(count=count)
    labels = np.full(truth.shape, -1, np.int16)
    labels[:planes, ::4, ::4] = truth[:planes, ::4, ::4]
    return pair_of(images, labels)


def with_marks(pair: LabelledPair, labels: NDArray[Any]) -> LabelledPair:
    return replace(pair, labels=labels.copy())


def keeps_score(folder: Path) -> bool:
    values = checkpoint_values(folder / "checkpoint.safetensors")
    return bool(values["best_score"] == GOOD)


def test_planes_that_were_learned_from_are_not_judged_by_after_a_pause(
    tmp_path: Path,
) -> None:
    settings = quick(validation=0.4, checkpoint_every=1)
    more: dict[str, Any] = {"folder": tmp_path, "inbox": MarkInbox()}
    train([marked(6, planes=3)], settings, Judged(), **more)
    longer = settings.replace(epochs=3)
    train([marked(6)], longer, Judged(), resume=True, **more)
    once, again = Judged.places
    assert len(once) == 1
    assert again == once
    about = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert about["validation"] == [list(place) for place in once]


def test_marks_may_be_left_on_one_side_only_if_something_can_be_learned(
    tmp_path: Path,
) -> None:
    settings = quick(validation=0.4, checkpoint_every=1)
    more: dict[str, Any] = {"folder": tmp_path, "inbox": MarkInbox()}
    pair = marked(3)
    train([pair], settings, Judged(), **more)
    ((_, plane),) = Judged.places[0]
    more |= {"resume": True}
    longer = settings.replace(epochs=3)
    labels = np.full((3, 32, 32), -1, np.int16)
    labels[plane, 4], labels[plane, 8] = 0, 1
    with pytest.raises(InputError, match="only planes are marked that the run is"):
        train([with_marks(pair, labels)], longer, Judged(), **more)
    result = train([with_marks(pair, np.roll(labels, 1, 0))], longer, Judged(), **more)
    assert Judged.places[1] == Judged.places[0]
    assert "validation dice" not in result.record.rows[2]


@pytest.mark.parametrize("other", [False, True])
@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_score_of_other_marks_is_no_measure(
    other: bool, meanwhile: bool, tmp_path: Path
) -> None:
    pair, inbox = marked(3), MarkInbox()
    labels = np.array(pair.labels)

    def paint(event: Event) -> None:
        if isinstance(event, EpochEnd) and event.epoch == 1 and other:
            ((_, plane),) = Judged.places[0]
            labels[plane, 4, :6] = 1
            if meanwhile:
                inbox.put(0, plane, labels[plane], None)

    settings = quick(validation=0.3, checkpoint_every=1)
    more: dict[str, Any] = {"folder": tmp_path, "inbox": inbox}
    train([pair], settings, Judged(), paint, **more)
    assert keeps_score(tmp_path) == (not (other and meanwhile))
    longer = settings.replace(epochs=3)
    train([with_marks(pair, labels)], longer, Judged(), resume=True, **more)
    assert keeps_score(tmp_path) == (not other)
    assert Judged.other == [False, False]  # it does not learn from them
