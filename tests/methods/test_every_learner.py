"""One contract for every way to learn from labels that may be wrong."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter
from tests.methods.labelled import (
    discs,
    pair,
    part_right,
    run,
    settings,
    steps_of,
)

from napari_metastruct.arrays import open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.methods import LEARNERS, AnyLearner, learner_named
from napari_metastruct.networks.segmenter import Segmenter
from napari_metastruct.progress import (
    BatchEnd,
    EpochEnd,
    Event,
    Heartbeat,
    Notice,
    PlaneDone,
    Started,
    Steps,
    StopFlag,
    run_to_end,
)
from napari_metastruct.training.labelled.pairs import LabelledPair
from napari_metastruct.training.labelled.run import TrainedOnLabels
from napari_metastruct.training.method import LabelledMethod

QUICKER: dict[str, dict[str, object]] = {"coarse-marks": {"warm_up": 3, "wait_for": 0}}
"""Settings that make a method quick here, where its defaults do not."""
LEAST_EPOCHS = {"adversarial-correction": 5}
"""Of methods that need more than one."""

ESTIMATING = [n for n in LEARNERS if "noise_rate" in LEARNERS[n].make().model_dump()]


@pytest.fixture(params=LEARNERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def method(name: str) -> LabelledMethod:
    return quick(name)


def quick(name: str) -> LabelledMethod:
    told = {"noise_rate": 0.2} if name in ESTIMATING else {}
    return learner_named(name).replace(**{**told, **QUICKER.get(name, {})})


def least(name: str, epochs: int) -> int:
    """Return as many epochs as a method needs, or these."""
    return max(epochs, LEAST_EPOCHS.get(name, 1))


@cache
def whole_run(name: str, classes: int = 2) -> tuple[TrainedOnLabels, list[Event]]:
    """Do a run that several tests look at."""
    short = settings(epochs=least(name, 2))
    return run(quick(name), part_right(classes, reference=True), short)


def losses(events: list[Event]) -> list[float]:
    return [event.loss for event in events if isinstance(event, BatchEnd)]


def epochs(events: list[Event]) -> list[EpochEnd]:
    return [event for event in events if isinstance(event, EpochEnd)]


@pytest.mark.parametrize("classes", [2, 3])
def test_events_come_in_order(name: str, classes: int) -> None:
    result, events = whole_run(name, classes)
    stages = [event.stage for event in events if isinstance(event, Started)]
    assert stages[:2] == ["Reading", "Learning"]
    batches = [event for event in events if isinstance(event, BatchEnd)]
    assert [b.step for b in batches] == list(range(1, len(batches) + 1))
    assert all(b.step <= b.total for b in batches)
    due_epochs = range(1, least(name, 2) + 1)
    assert [e.epoch for e in epochs(events)] == list(due_epochs)
    assert isinstance(
        [e for e in events if not isinstance(e, Heartbeat)][-1], PlaneDone
    )
    row = result.record.rows[-1]
    due = {"loss", "corrected", "validation dice", "dice", "miou", "labels dice"}
    due |= {f"{kind} {c}" for kind in ("iou_el", "iou_m") for c in range(1, classes)}
    assert due <= set(row)
    assert due <= set(epochs(events)[-1].values)


@pytest.mark.parametrize("classes", [2, 3])
def test_returns_a_segmenter_and_corrected_labels(name: str, classes: int) -> None:
    (result, _), pairs = whole_run(name, classes), part_right(classes)
    assert isinstance(result.segmenter, Segmenter)
    assert not result.segmenter.network.training
    plane = pairs[0].image.plane(0)
    predicted = run_to_end(result.segmenter.probability_steps(plane))
    assert np.isfinite(predicted).all()
    assert result.segmenter.description.classes == tuple(range(classes))
    for corrected, given in zip(result.corrected, pairs, strict=True):
        assert corrected.shape == given.image.shape
        ignored = np.asarray(given.labels) < 0
        np.testing.assert_array_equal(corrected < 0, ignored)
        assert set(np.unique(corrected)) <= {-1, *range(classes)}
        if given.trusted:
            np.testing.assert_array_equal(corrected, given.labels)


def test_same_seed_same_losses_and_a_reference_is_never_learned_from(
    name: str, method: LabelledMethod
) -> None:
    first = losses(whole_run(name)[1])
    short = settings(epochs=least(name, 2))
    assert first == losses(run(method, part_right(), short)[1])
    other = settings(seed=4, epochs=least(name, 1))
    assert first != losses(run(method, part_right(), other)[1])


def test_can_be_closed_where_it_yields(name: str, method: LabelledMethod) -> None:
    given, short = part_right(reference=True), settings(epochs=least(name, 2))
    kinds = [type(event) for event in whole_run(name)[1]]
    firsts = {kinds.index(kind) for kind in kinds}
    last_batch = len(kinds) - 1 - kinds[::-1].index(BatchEnd)
    for place in sorted(firsts | {last_batch}):
        steps = steps_of(method, given, short)
        for _, _event in zip(range(place + 1), steps, strict=False):
            pass
        steps.close()
        with pytest.raises(StopIteration):
            next(steps)


def test_stop_keeps_what_was_learned(method: LabelledMethod) -> None:
    stop = StopFlag()
    ended: list[EpochEnd] = []

    def stop_at_first_epoch(event: Event) -> None:
        if isinstance(event, EpochEnd):
            ended.append(event)
            stop.set()

    steps = steps_of(method, part_right(), settings(epochs=5), stop=stop)
    result = run_to_end(steps, stop_at_first_epoch)
    assert len(ended) == 1
    assert result.best_epoch == 1
    assert len(result.corrected) == 2


def test_the_callers_arrays_are_untouched(method: LabelledMethod) -> None:
    image, truth = discs()
    labels = truth.copy()
    labels[:, :4] = -1
    before = image.copy(), labels.copy()
    pairs = [
        LabelledPair(open_stack(image[part]), labels[part], trusted=right)
        for part, right in ((slice(2), True), (slice(2, 4), False))
    ]
    run(method, pairs, settings(epochs=5))
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(labels, before[1])


def test_a_run_that_was_cut_off_goes_on_as_if_it_was_not(
    name: str, method: LabelledMethod, tmp_path: Path
) -> None:
    given, whole = part_right(reference=True), settings(epochs=least(name, 3))
    uncut, _ = run(method, given, whole)
    steps = steps_of(method, given, whole, folder=tmp_path)
    cut_off_in_epoch_3(steps)
    resumed, events = run(method, given, whole, folder=tmp_path, resume=True)
    assert epochs(events)[0].epoch > 1
    for row, due in zip(resumed.record.rows, uncut.record.rows, strict=True):
        assert {**row, "seconds": 0} == {**due, "seconds": 0}
    for one, other in zip(resumed.corrected, uncut.corrected, strict=True):
        np.testing.assert_array_equal(one, other)


def cut_off_in_epoch_3(steps: Steps[TrainedOnLabels]) -> None:
    done = 0
    for event in steps:
        done += isinstance(event, EpochEnd)
        if done == 2 and isinstance(event, BatchEnd):
            break
    steps.close()


def test_a_noise_rate_that_is_not_told_is_estimated() -> None:
    estimating = ESTIMATING[0]
    asked = learner_named(estimating).replace(**QUICKER.get(estimating, {}))
    assert all(learner_named(n).model_dump()["noise_rate"] is None for n in ESTIMATING)
    result, events = run(asked, [pair()], settings(epochs=1))
    rate = result.method.model_dump()["noise_rate"]
    assert 0 <= rate < 0.5
    assert any("labels seem to be wrong" in e.text for e in events if type(e) is Notice)


def test_bad_labels_are_refused_before_any_work(method: LabelledMethod) -> None:
    image, truth = discs()
    steps = steps_of(method, [LabelledPair(open_stack(image), truth[:2])])
    with pytest.raises(InputError, match="shape"):
        next(steps)


def test_json_round_trip(name: str, method: LabelledMethod) -> None:
    for made in (learner_named(name), method):
        text = made.model_dump_json()
        assert TypeAdapter(AnyLearner).validate_json(text) == made


def test_every_field_is_described(method: LabelledMethod) -> None:
    assert method.title
    assert method.reference
    for field, info in type(method).model_fields.items():
        assert info.description, f"{field} has no docstring"
        assert info.description.rstrip().endswith("."), field


def test_settings_out_of_range_are_refused(method: LabelledMethod) -> None:
    with pytest.raises(InputError, match="no_such_setting"):
        method.replace(no_such_setting=1)
    for field, value in method.model_dump().items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            with pytest.raises(InputError, match=field):
                method.replace(**{field: float("nan")})


@pytest.mark.parametrize("rate", [-0.1, 1.5])
@pytest.mark.parametrize("estimating", ESTIMATING)
def test_a_noise_rate_is_a_share(estimating: str, rate: float) -> None:
    with pytest.raises(InputError, match="noise_rate"):
        learner_named(estimating).replace(noise_rate=rate)


def test_unknown_learner_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="co-teaching"):
        learner_named("magic")
