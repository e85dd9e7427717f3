"""One contract for every kind of label noise."""

import inspect
import pkgutil
import re
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import TypeAdapter
from tests.noise.shapes import any_labels, balls, cells, disc, partly_ignored

import napari_metastruct.noise as package
from napari_metastruct.errors import InputError
from napari_metastruct.noise import (
    NOISES,
    AnyNoise,
    Chain,
    Noise,
    noise_named,
    noisy_image,
    noisy_steps,
    prepare_steps,
)
from napari_metastruct.progress import Event, PlaneDone, Started, StopFlag, run_to_end

SIX = tuple(tuple(0.8 if i == j else 0.04 for j in range(6)) for i in range(6))
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "transition": [{"matrix": SIX, "classes": (0, 1, 2, 3, 4, 5)}],
    "annotator": [{"slip": slip} for slip in ("dilate", "erode", "affine", "any")],
    "coarse-negative": [{}, {"ratio": 0.1, "stroke": "thick"}],
    "coarse-positive": [{}, {"ratio": 0.1, "stroke": "thick"}],
    "sample": [{}, {"unsampled": "background"}],
}
KINDS = [
    NOISES[name].make(**values)
    for name in NOISES
    for values in SETTINGS.get(name, [{}])
]
IMAGES = {"2-D": cells(64), "3-D": balls(), "two classes": disc(48, 15)}
LEAVES_OUT = {"sample", "coarse-positive", "coarse-negative"}

each_noise = pytest.mark.parametrize("noise", KINDS, ids=lambda n: n.name)
each_image = pytest.mark.parametrize("kind", IMAGES)


def stack() -> NDArray[np.int64]:
    planes = [cells(48), np.zeros((48, 48), np.int64), cells(48).T, cells(48)[::-1]]
    return np.stack(planes)


@each_noise
@each_image
def test_same_seed_same_labels(noise: Noise, kind: str) -> None:
    labels = IMAGES[kind]
    first = noise.apply(labels, 3)
    np.testing.assert_array_equal(first, noise.apply(labels, 3))
    np.testing.assert_array_equal(first, noise.apply(labels, np.random.default_rng(3)))
    assert noise.apply(labels).shape == labels.shape


@each_noise
@each_image
def test_ignored_pixels_stay_and_are_no_class(noise: Noise, kind: str) -> None:
    labels = partly_ignored(IMAGES[kind])
    noisy = noise.apply(labels, 0)
    assert (noisy[labels == -1] == -1).all()
    assert noisy.dtype.kind == "i"
    if noise.name not in LEAVES_OUT:
        assert (noisy[labels != -1] >= 0).all()


@each_noise
@each_image
def test_the_caller_s_labels_are_untouched(noise: Noise, kind: str) -> None:
    labels = IMAGES[kind].copy()
    noisy = noise.apply(labels, 0)
    assert not np.shares_memory(noisy, labels)
    np.testing.assert_array_equal(labels, IMAGES[kind])
    labels.flags.writeable = False
    np.testing.assert_array_equal(
        noise.apply(labels[::-1, ::-1], 0).shape, labels.shape
    )


@each_noise
def test_the_type_is_the_smallest_that_holds_the_classes(noise: Noise) -> None:
    noisy = noise.apply(cells(64), 0)
    leaves_out = noise.name in LEAVES_OUT and noisy.min() < 0
    assert noisy.dtype == (np.int8 if leaves_out else np.uint8)
    if noise.name != "transition":
        many = cells(64).astype(np.int64) * 100
        assert noise.apply(many, 0).dtype == (np.int16 if leaves_out else np.uint16)


@each_noise
def test_classes_keep_their_numbers(noise: Noise) -> None:
    labels = cells(64)
    noisy = noise.replace(classes=()).apply if "classes" in dump(noise) else noise.apply
    if noise.name == "transition":
        noisy = noise.replace(matrix=np.eye(4).tolist(), classes=()).apply
    far = np.array([0, 7, 70_000, 9])[labels]
    assert set(np.unique(noisy(far, 0))) <= {-1, 0, 7, 70_000, 9}


@each_noise
@given(labels=any_labels(classes=4, least=-1), seed=st.integers(0, 9))
@settings(max_examples=20)
def test_anything_is_spoiled_or_refused_in_words(
    noise: Noise, labels: NDArray[Any], seed: int
) -> None:
    try:
        noisy = noise.apply(labels, seed)
    except InputError as error:
        said = str(error)
        assert re.search(r"only one class|is ignored|no boundary", said)
        return
    assert noisy.shape == labels.shape
    assert set(np.unique(noisy)) <= set(range(-1, 6))
    assert (noisy[labels == -1] == -1).all()
    if noise.name not in {"transition", *LEAVES_OUT}:
        assert set(np.unique(noisy)) <= {0, *np.unique(labels)}


@each_noise
def test_masks_are_taken(noise: Noise) -> None:
    mask = disc(32, 9) > 0
    np.testing.assert_array_equal(
        noise.apply(mask, 0), noise.apply(mask.astype(np.uint8), 0)
    )


@each_noise
def test_a_plane_without_objects_is_no_error_within_a_set(noise: Noise) -> None:
    result = run_to_end(noisy_steps(stack(), (noise,), seed=1))
    assert len(result.images) == 4
    if noise.name not in {"sample", "flip", "transition", "random"}:
        assert not (result.images[1] > 0).any()


@each_noise
def test_a_preview_is_that_plane_of_the_result(noise: Noise) -> None:
    planes = stack()
    chain = (noise_named("dilate"), noise)
    whole = run_to_end(noisy_steps(planes, chain, seed=7))
    prepared = run_to_end(prepare_steps(planes, chain, seed=7))
    assert prepared == whole.chain
    for index, plane in enumerate(planes):
        preview = noisy_image(plane, prepared, seed=7, index=index)
        np.testing.assert_array_equal(preview, whole.images[index])


@each_noise
def test_preparing_alone_is_preparing_in_a_chain(noise: Noise) -> None:
    (prepared,) = run_to_end(prepare_steps(stack(), (noise,), seed=5))
    assert noise.prepare(list(stack()), 5) == prepared
    assert prepared.prepare(list(stack()), 5) == prepared


@each_noise
def test_can_be_closed_at_any_event(noise: Noise) -> None:
    count = len(list(noisy_steps(stack(), (noise,))))
    assert count >= 4 + 1 + 4
    for last in range(1, count + 1):
        steps = noisy_steps(stack(), (noise,))
        for _, _event in zip(range(last), steps, strict=False):
            pass
        steps.close()
        with pytest.raises(StopIteration):
            next(steps)


@each_noise
def test_stop_keeps_what_is_done(noise: Noise) -> None:
    stop = StopFlag()

    def stop_at_second(event: object) -> None:
        if event == PlaneDone(2, 4):
            stop.set()

    steps = noisy_steps(stack(), (noise,), stop=stop)
    assert len(run_to_end(steps, stop_at_second).images) == 2


@each_noise
@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.zeros((0, 8), int), "empty"),
        (np.full((8, 8), 0.5), "float64"),
        (np.ones((8, 8), np.float32), "float32"),
        (np.full((8, 8), -2), "-2"),
        (np.full((8, 8), "cell"), "whole numbers"),
    ],
)
def test_what_is_no_label_is_refused(
    noise: Noise, labels: NDArray[Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        noise.apply(labels, 0)
    with pytest.raises(InputError, match=words):
        next(noisy_steps([labels], (noise,)))


@each_noise
@pytest.mark.parametrize("value", [0, 1, -1])
def test_a_set_with_one_class_is_refused_before_any_work(
    noise: Noise, value: int
) -> None:
    labels = np.full((2, 16, 16), value)
    changes = {"classes": ()} if "classes" in dump(noise) else {}
    if noise.name == "sample" and value >= 0:
        return
    events: list[Event] = []
    with pytest.raises(InputError, match=r"only the class|nothing but -1|There is"):
        events.extend(noisy_steps(labels, (noise.replace(**changes),)))
    assert not any(isinstance(event, Started) for event in events)


@each_noise
def test_json_round_trip(noise: Noise) -> None:
    assert TypeAdapter(AnyNoise).validate_json(noise.model_dump_json()) == noise
    prepared = run_to_end(prepare_steps(stack(), (noise,)))
    adapter = TypeAdapter(Chain)
    assert adapter.validate_json(adapter.dump_json(prepared)) == prepared


@each_noise
def test_every_field_is_described(noise: Noise) -> None:
    assert noise.title
    assert noise.reference
    assert next(iter(dump(noise))) == "name"
    for field, info in type(noise).model_fields.items():
        assert info.description, f"{field} has no docstring"
        assert info.description.rstrip().endswith("."), field


@each_noise
def test_settings_out_of_range_are_refused(noise: Noise) -> None:
    with pytest.raises(InputError, match="no_such_setting"):
        noise.replace(no_such_setting=1)
    for field, value in dump(noise).items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            for wrong in (float("nan"), -1):
                with pytest.raises(InputError, match=field):
                    noise.replace(**{field: wrong})


def test_every_kind_is_listed() -> None:
    kinds = set()
    for module in pkgutil.iter_modules(package.__path__):
        members = vars(import_module(f"{package.__name__}.{module.name}")).values()
        kinds |= {m for m in members if inspect.isclass(m) and issubclass(m, Noise)}
    concrete = {kind for kind in kinds if "name" in kind.__annotations__} - {Noise}
    assert concrete == {type(noise_named(name)) for name in NOISES}
    assert [noise_named(name).name for name in NOISES] == list(NOISES)
    assert all(entry.title == entry.make().title for entry in NOISES.values())


def test_unknown_noise_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="over-under"):
        noise_named("magic")


def dump(noise: Noise) -> dict[str, Any]:
    return noise.model_dump()
