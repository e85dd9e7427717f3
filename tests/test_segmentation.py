"""From opened images to labels: stacks, channels, regions, objects, stop and cancel."""

import dask.array
import numpy as np
import pytest
import zarr
from numpy.typing import NDArray

from napari_metastruct.arrays import open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import ImageJob, SegmentJob
from napari_metastruct.methods import IGTT
from napari_metastruct.progress import (
    BatchEnd,
    Event,
    Notice,
    PlaneDone,
    Started,
    StopFlag,
    run_to_end,
)
from napari_metastruct.sample_data import synthetic_nuclei
from napari_metastruct.segmentation import apply_steps, segment, segment_steps

SMALL = IGTT(epochs=2, steps=2, width=4, depth=2, patch=32)


@pytest.fixture(scope="module")
def nuclei() -> NDArray[np.generic]:
    return synthetic_nuclei((96, 128), seed=0)[0]


def stack_of(image: NDArray[np.generic], planes: int) -> NDArray[np.generic]:
    return np.stack([np.roll(image, 7 * number, axis=1) for number in range(planes)])


def test_labels_of_a_plane(nuclei: NDArray[np.generic]) -> None:
    result = segment(nuclei, method=SMALL, foreground="bright", probability=True)
    assert result.labels.shape == nuclei.shape
    assert result.labels.dtype == np.uint8
    assert set(np.unique(result.labels)) == {0, 1}
    assert result.probability is not None
    assert result.probability.dtype == np.float32
    assert result.segmenter is not None
    assert result.segmenter.description.fit_edges
    assert len(result.record) == 2


def test_unfitted_labels_are_the_probability_cut(nuclei: NDArray[np.generic]) -> None:
    method = SMALL.replace(fit_edges=False)
    result = segment(nuclei, method=method, probability=True, device="cpu")
    assert result.segmenter is not None
    threshold = result.segmenter.description.threshold
    assert result.probability is not None
    np.testing.assert_array_equal(result.labels > 0, result.probability > threshold)


def test_same_seed_same_labels(nuclei: NDArray[np.generic]) -> None:
    first = segment(nuclei, method=SMALL, seed=5, device="cpu")
    again = segment(nuclei, method=SMALL, seed=5, device="cpu")
    np.testing.assert_array_equal(first.labels, again.labels)


@pytest.mark.parametrize("wrap", [np.asarray, dask.array.from_array, zarr.array])
def test_any_array_gives_the_same(nuclei: NDArray[np.generic], wrap: object) -> None:
    stack = stack_of(nuclei, 3)
    due = segment(stack, method=SMALL, device="cpu").labels
    found = segment(wrap(stack), method=SMALL, device="cpu").labels  # type: ignore[operator]
    np.testing.assert_array_equal(found, due)
    assert due.shape == stack.shape


@pytest.mark.parametrize(
    "dtype", ["uint8", "uint16", "int32", "int64", "float32", "float64", "float16"]
)
def test_the_dtype_makes_no_difference(nuclei: NDArray[np.generic], dtype: str) -> None:
    low, high = float(nuclei.min()), float(nuclei.max())
    scaled = ((nuclei.astype(np.float64) - low) * (250 / (high - low))).astype(np.uint8)
    due = segment(scaled, method=SMALL, device="cpu").labels
    found = segment(scaled.astype(dtype), method=SMALL, device="cpu").labels
    np.testing.assert_array_equal(found, due)


def test_a_region_is_learned_from_and_everything_segmented(
    nuclei: NDArray[np.generic],
) -> None:
    result = segment(nuclei, method=SMALL, region=(10, 60, 20, 90), device="cpu")
    assert result.labels.shape == nuclei.shape
    with pytest.raises(InputError, match="region"):
        segment(nuclei, method=SMALL, region=(90, 300, 0, 90))


def test_channels_are_chosen(nuclei: NDArray[np.generic]) -> None:
    two = np.stack([nuclei, nuclei[::-1]])
    with pytest.raises(InputError, match="2 channels"):
        segment(two, axes="CYX", method=SMALL)
    both = segment(two, axes="CYX", channels=(0, 1), method=SMALL, device="cpu")
    assert both.labels.shape == nuclei.shape
    assert both.segmenter is not None
    assert both.segmenter.description.channel_count == 2
    one = segment(two, axes="CYX", channels=(1,), method=SMALL, device="cpu")
    due = segment(nuclei[::-1], method=SMALL, device="cpu")
    np.testing.assert_array_equal(one.labels, due.labels)


def test_one_model_for_all_images(nuclei: NDArray[np.generic]) -> None:
    job = SegmentJob(method=SMALL, joint=True, device="cpu")
    stacks = [open_stack(nuclei), open_stack(nuclei[:64, :70])]
    first, second = run_to_end(segment_steps(stacks, job))
    assert first.segmenter is second.segmenter
    assert second.labels.shape == (64, 70)


def test_images_of_different_channel_counts_are_refused(
    nuclei: NDArray[np.generic],
) -> None:
    two = open_stack(np.stack([nuclei, nuclei]), axes="CYX", channels=(0, 1))
    with pytest.raises(InputError, match="different numbers of channels"):
        next(segment_steps([open_stack(nuclei), two], SegmentJob(method=SMALL)))


def test_objects_are_numbered() -> None:
    image, truth = synthetic_nuclei((160, 160), seed=3)
    result = segment(image, method="otsu", instances=True, min_size=20)
    assert abs(int(result.labels.max()) - int(truth.max())) <= 0.3 * truth.max()


def test_objects_go_on_through_z_but_not_through_time() -> None:
    ball = np.zeros((4, 64, 64), np.float32)
    ball[:, 20:40, 20:40] = 1
    ball += np.random.default_rng(0).normal(0, 0.01, ball.shape).astype(np.float32)
    job = {"method": "otsu", "instances": True, "foreground": "bright", "min_size": 9}
    deep = segment(ball, axes="ZYX", **job).labels
    assert deep.max() == 1
    assert (deep[:, 30, 30] == 1).all()
    film = segment(ball, axes="TYX", **job).labels
    assert film.shape == ball.shape
    assert (film[:, 30, 30] > 0).all()


def test_a_constant_plane_in_a_stack_stays_empty(nuclei: NDArray[np.generic]) -> None:
    stack = stack_of(nuclei, 3)
    stack[1] = 0
    labels = segment(stack, method=SMALL, foreground="bright", device="cpu").labels
    assert not labels[1].any()
    assert labels[0].any()


def test_stop_while_segmenting_keeps_the_planes_that_are_done(
    nuclei: NDArray[np.generic],
) -> None:
    stop, events = StopFlag(), list[Event]()

    def stop_at_first_plane(event: Event) -> None:
        events.append(event)
        if isinstance(event, PlaneDone):
            stop.set()

    job = SegmentJob(method="otsu")
    steps = segment_steps([open_stack(stack_of(nuclei, 4))], job, stop)
    (result,) = run_to_end(steps, stop_at_first_plane)
    assert result.labels[0].any()
    assert not result.labels[1:].any()
    assert any(isinstance(e, Notice) and "1 of 4 planes" in e.text for e in events)


def test_stop_while_learning_still_segments(nuclei: NDArray[np.generic]) -> None:
    stop, events = StopFlag(), list[Event]()

    def stop_at_first_batch(event: Event) -> None:
        events.append(event)
        if isinstance(event, BatchEnd):
            stop.set()

    job = SegmentJob(method=SMALL.replace(epochs=50), device="cpu")
    (result,) = run_to_end(
        segment_steps([open_stack(nuclei)], job, stop), stop_at_first_batch
    )
    assert len(result.record) == 1
    assert result.labels.any()


def test_a_stop_before_learning_leaves_one_epoch(nuclei: NDArray[np.generic]) -> None:
    stop = StopFlag()
    stop.set()
    job = SegmentJob(method=SMALL.replace(epochs=50), device="cpu")
    (result,) = run_to_end(segment_steps([open_stack(nuclei)], job, stop))
    assert len(result.record) == 1


def test_progress_of_planes_counts_up_to_its_total(
    nuclei: NDArray[np.generic],
) -> None:
    events: list[Event] = []
    job = SegmentJob(method=SMALL, device="cpu")
    run_to_end(segment_steps([open_stack(stack_of(nuclei, 3))], job), events.append)
    done = [event for event in events if isinstance(event, PlaneDone)]
    assert [event.done for event in done] == list(range(1, done[-1].total + 1))
    stages = [event.stage for event in events if isinstance(event, Started)]
    assert stages == ["Learning", "Segmenting"]


def test_a_model_is_applied_to_another_image(nuclei: NDArray[np.generic]) -> None:
    trained = segment(nuclei, method=SMALL, foreground="bright", device="cpu")
    assert trained.segmenter is not None
    again = run_to_end(
        apply_steps(trained.segmenter, open_stack(nuclei), ImageJob(device="cpu"))
    )
    np.testing.assert_array_equal(again.labels, trained.labels)
    two = open_stack(np.stack([nuclei, nuclei]), axes="CYX", channels=(0, 1))
    with pytest.raises(InputError, match="1 channel"):
        next(apply_steps(trained.segmenter, two, ImageJob()))


def test_provenance_says_what_was_run(nuclei: NDArray[np.generic]) -> None:
    result = segment(nuclei, method=SMALL, seed=2, device="cpu")
    told = result.provenance()
    assert SegmentJob(**told["job"]) == result.job
    assert told["versions"]["torch"]
    assert told["foreground"] in {"bright", "dark"}
    assert len(told["record"]) == 2


@pytest.mark.parametrize("side", ["bright", "dark"])
def test_auto_takes_the_minority(side: str) -> None:
    image = synthetic_nuclei((96, 96), seed=1)[0].astype(np.float32)
    shown = image if side == "bright" else -image
    result = segment(shown, method="otsu", foreground="auto")
    assert result.side == side
    assert 0 < (result.labels > 0).mean() < 0.5
