"""One contract for every way to segment without labels."""

import pkgutil

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

import napari_metastruct.methods as package
from napari_metastruct.arrays import open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import SegmentJob
from napari_metastruct.methods import (
    DFC,
    IGTT,
    LEARNERS,
    MENU,
    AnyMethod,
    learner_named,
    method_named,
)
from napari_metastruct.networks.segmenter import Segmenter
from napari_metastruct.progress import (
    BatchEnd,
    EpochEnd,
    Event,
    Heartbeat,
    PlaneDone,
    Preview,
    Started,
    Steps,
    StopFlag,
    run_to_end,
)
from napari_metastruct.sample_data import synthetic_network
from napari_metastruct.segmentation import segment, segment_steps
from napari_metastruct.training.method import Method
from napari_metastruct.training.run import train_steps
from napari_metastruct.training.settings import TrainingSettings

LEARNING: dict[str, Method] = {
    "igtt": IGTT(epochs=3, steps=2, width=4, depth=2, patch=32),
    "igtt-paper": IGTT.paper().replace(epochs=3, width=4, depth=2, patch=32),
    "igtt-no-ems": IGTT(epochs=3, steps=2, width=4, depth=2, patch=32, ems=False),
    "dfc": DFC(width=8, steps=6, steps_per_epoch=2, patch=32),
}


@pytest.fixture(params=LEARNING)
def method(request: pytest.FixtureRequest) -> Method:
    return LEARNING[request.param]


@pytest.fixture(scope="module")
def image() -> NDArray[np.generic]:
    return synthetic_network((64, 80), seed=1)[0]


def steps_of(
    method: Method,
    image: NDArray[np.generic],
    seed: int = 0,
    stop: StopFlag | None = None,
) -> Steps[Segmenter]:
    settings = TrainingSettings(seed=seed, device="cpu")
    return train_steps(method, [open_stack(image)], settings, stop=stop)


def events_of(method: Method, image: NDArray[np.generic], seed: int = 0) -> list[Event]:
    events: list[Event] = []
    run_to_end(steps_of(method, image, seed), events.append)
    return events


def losses(events: list[Event]) -> list[float]:
    return [event.loss for event in events if isinstance(event, BatchEnd)]


def test_events_come_in_order(method: Method, image: NDArray[np.generic]) -> None:
    events = events_of(method, image)
    assert isinstance(events[0], Started)
    batches = [event for event in events if isinstance(event, BatchEnd)]
    epochs = [event for event in events if isinstance(event, EpochEnd)]
    assert [b.step for b in batches] == list(range(1, len(batches) + 1))
    assert [e.epoch for e in epochs] == list(range(1, len(epochs) + 1))
    assert all(b.step <= b.total for b in batches)
    assert {"loss", "foreground"} <= set(epochs[-1].values)
    shown = [event for event in events if not isinstance(event, Heartbeat)]
    assert isinstance(shown[-1], EpochEnd)


def test_previews_fit_the_image(method: Method, image: NDArray[np.generic]) -> None:
    previews = [e for e in events_of(method, image) if isinstance(e, Preview)]
    assert previews
    for preview in previews:
        bottom = preview.offset[0] + preview.probability.shape[0] * preview.step
        right = preview.offset[1] + preview.probability.shape[1] * preview.step
        assert bottom <= image.shape[0]
        assert right <= image.shape[1]
        assert preview.pseudo_label.shape == preview.probability.shape
        assert set(np.unique(preview.pseudo_label)) <= {-1, 0, 1}
        assert 0 <= preview.probability.min() <= preview.probability.max() <= 1


def test_returns_a_segmenter_that_predicts(
    method: Method, image: NDArray[np.generic]
) -> None:
    segmenter = run_to_end(steps_of(method, image))
    plane = open_stack(image).plane(0)
    probability = run_to_end(segmenter.probability_steps(plane))
    assert probability.shape == image.shape
    assert probability.dtype == np.float32
    assert np.isfinite(probability).all()
    assert not segmenter.network.training


def test_same_seed_same_losses(method: Method, image: NDArray[np.generic]) -> None:
    first = losses(events_of(method, image, seed=3))
    assert first == losses(events_of(method, image, seed=3))
    assert first != losses(events_of(method, image, seed=4))


def test_can_be_closed_at_any_event(method: Method, image: NDArray[np.generic]) -> None:
    count = len(events_of(method, image))
    for last in range(1, count + 1):
        steps = steps_of(method, image)
        for _, _event in zip(range(last), steps, strict=False):
            pass
        steps.close()
        with pytest.raises(StopIteration):
            next(steps)


def test_stop_keeps_what_was_learned(
    method: Method, image: NDArray[np.generic]
) -> None:
    stop = StopFlag()
    epochs: list[EpochEnd] = []

    def stop_at_first_epoch(event: Event) -> None:
        if isinstance(event, EpochEnd):
            epochs.append(event)
            stop.set()

    segmenter = run_to_end(steps_of(method, image, stop=stop), stop_at_first_epoch)
    assert isinstance(segmenter, Segmenter)
    assert len(epochs) == 1


def test_the_caller_s_image_is_untouched(
    method: Method, image: NDArray[np.generic]
) -> None:
    before = image.copy()
    events_of(method, image)
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("name", MENU)
def test_json_round_trip(name: str) -> None:
    made = method_named(name)
    text = made.model_dump_json()
    assert TypeAdapter(AnyMethod).validate_json(text) == made


@pytest.mark.parametrize("name", MENU)
def test_every_field_is_described(name: str) -> None:
    made = method_named(name)
    assert made.title
    assert made.reference
    for field, info in type(made).model_fields.items():
        assert info.description, f"{field} has no docstring"
        assert info.description.rstrip().endswith((".", ":")), field


@pytest.mark.parametrize("name", MENU)
def test_settings_out_of_range_are_refused(name: str) -> None:
    made = method_named(name)
    with pytest.raises(InputError, match="no_such_setting"):
        made.replace(no_such_setting=1)
    for field, value in made.model_dump().items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            with pytest.raises(InputError, match=field):
                made.replace(**{field: float("nan")})


def test_every_file_is_listed() -> None:
    files = {module.name for module in pkgutil.iter_modules(package.__path__)}
    made = [method_named(n) for n in MENU] + [learner_named(n) for n in LEARNERS]
    listed = {type(method).__module__.rsplit(".", 1)[1] for method in made}
    assert files == listed


def test_unknown_method_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="igtt-paper"):
        method_named("magic")


@pytest.mark.parametrize("name", MENU)
def test_bad_image_is_refused_before_any_work(name: str) -> None:
    job = SegmentJob(method=method_named(name))
    steps = segment_steps([open_stack(np.zeros((64, 64)))], job)
    with pytest.raises(InputError, match="constant"):
        next(steps)


@pytest.mark.parametrize("name", ["otsu", "adaptive-gaussian"])
def test_threshold_rules_give_masks(name: str, image: NDArray[np.generic]) -> None:
    events: list[Event] = []
    job = SegmentJob(method=method_named(name), foreground="bright")
    (result,) = run_to_end(segment_steps([open_stack(image)], job), events.append)
    assert [type(event) for event in events] == [Started, PlaneDone]
    assert result.labels.dtype == np.uint8
    assert result.labels.shape == image.shape
    assert 0 < result.labels.mean() < 0.7
    assert result.segmenter is None


def test_default_beats_otsu_on_a_network_of_known_truth() -> None:
    image, truth = synthetic_network((128, 128), seed=5)
    ours = segment(image, foreground="bright", device="cpu").labels > 0
    otsus = segment(image, foreground="bright", method="otsu").labels > 0
    assert _dice(ours, truth) > _dice(otsus, truth) + 0.02


def _dice(mask: NDArray[np.bool_], truth: NDArray[np.uint8]) -> float:
    inside = truth > 0
    return float(2 * (mask & inside).sum() / (mask.sum() + inside.sum()))
