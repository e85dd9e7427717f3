"""Images of every kind become rows of planes, and only what is asked for is read."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_metastruct.arrays import check_stack, open_stack
from napari_metastruct.errors import InputError


class Counting:
    """An array that counts what is read from it."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.values = values
        self.shape, self.dtype = values.shape, values.dtype
        self.read: list[int] = []

    def __getitem__(self, key: Any) -> NDArray[Any]:  # noqa: ANN401
        part = np.asarray(self.values[key])
        self.read.append(part.size)
        return part

    def __array__(self, *_: object, **__: object) -> NDArray[Any]:
        raise AssertionError("the whole array was asked for")


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((40, 50), "YX"),
        ((7, 40, 50), "ZYX"),
        ((2, 7, 40, 50), "TZYX"),
        ((40, 50, 3), "YXS"),
        ((40, 50, 4), "YXS"),
        ((7, 40, 50, 3), "ZYXS"),
        ((3, 40, 50), "ZYX"),
        ((40, 50, 5), "ZYX"),
        ((1, 1, 40, 50), "TZYX"),
    ],
)
def test_axes_are_guessed(shape: tuple[int, ...], axes: str) -> None:
    assert open_stack(np.zeros(shape, np.uint8)).axes == axes


@pytest.mark.parametrize(
    ("axes", "shape"),
    [("CZYX", (2, 5, 40, 50)), ("YXC", (40, 50, 2)), ("TYXZ", (3, 40, 50, 5))],
)
def test_any_order_of_axes_gives_the_same_planes(
    axes: str, shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    values = rng.integers(0, 99, shape)
    channels = (0, 1) if "C" in axes else None
    stack = open_stack(values, axes=axes, channels=channels)
    order = [axes.index(a) for a in "TZCYX" if a in axes]
    expected = values.transpose(order).reshape(-1, stack.channel_count, 40, 50)
    assert stack.shape == (*stack.leading_shape, 40, 50)
    assert len(stack) == len(expected)
    for index, plane in enumerate(expected):
        assert np.array_equal(stack.plane(index), plane)


def test_a_plane_is_a_contiguous_float32_copy() -> None:
    values = np.arange(2 * 40 * 50, dtype=np.float32).reshape(2, 40, 50)
    plane = open_stack(values).plane(1)
    plane[:] = -1
    assert plane.dtype == np.float32
    assert plane.shape == (1, 40, 50)
    assert plane.flags.c_contiguous
    assert values.min() == 0


def test_luminance_of_colour_follows_rec_601_and_ignores_alpha() -> None:
    colours = np.zeros((40, 50, 4), np.uint8)
    colours[..., :3] = 10, 100, 200
    colours[..., 3] = 77
    plane = open_stack(colours).plane(0)
    assert np.allclose(plane, 0.299 * 10 + 0.587 * 100 + 0.114 * 200)


def test_luminance_of_channels_is_their_mean(rng: np.random.Generator) -> None:
    values = rng.integers(0, 60000, (3, 40, 50)).astype(np.uint16)
    stack = open_stack(values, axes="CYX", channels="luminance")
    assert np.allclose(stack.plane(0)[0], values.mean(axis=0))


def test_chosen_channels_come_in_the_order_of_the_choice() -> None:
    colours = np.arange(40 * 50 * 3).reshape(40, 50, 3).astype(np.uint16)
    plane = open_stack(colours, channels=(2, 0)).plane(0)
    assert np.array_equal(plane, colours.transpose(2, 0, 1)[[2, 0]])


def test_one_channel_needs_no_choice() -> None:
    assert open_stack(np.zeros((1, 40, 50)), axes="CYX").channels == (0,)


@pytest.mark.parametrize(
    ("shape", "arguments", "words"),
    [
        ((3, 40, 50), {"axes": "CYX"}, "3 channels and none is chosen"),
        ((3, 40, 50), {"axes": "CYX", "channels": (3,)}, "no channel 3"),
        ((3, 40, 50), {"axes": "CYX", "channels": (-1,)}, "no channel -1"),
        ((3, 40, 50), {"axes": "CYX", "channels": ()}, "not a choice"),
        ((3, 40, 50), {"axes": "CYX", "channels": (1, 1)}, "only once"),
        ((40, 50), {"channels": (1,)}, "1 channel, numbered from 0"),
        ((2, 3, 4, 40, 50), {}, "5 axes.*name the axes"),
        ((2, 3, 4, 40, 50), {"axes": "TCZYX"}, "3 channels and none is chosen"),
        ((40,), {}, r"shape \(40,\).*at least 2 axes"),
        ((40, 50), {"axes": "XY2"}, "2 is not one of"),
        ((40, 50), {"axes": "ZYX"}, "they are 3, the image has 2"),
        ((3, 40, 50), {"axes": "YYX"}, "stands twice"),
        ((40, 50), {"axes": "ZX"}, "both needed"),
        ((2, 40, 50, 3), {"axes": "CYXS"}, "take one C"),
        ((40, 50, 6), {"axes": "YXS"}, "6 channels"),
        ((40, 50, 6), {"axes": "YXS", "channels": "luminance"}, "6 samples"),
        ((40, 50), {"level": 1}, "1 level of detail.*no level 1"),
    ],
)
def test_a_bad_choice_is_refused_with_its_values(
    shape: tuple[int, ...], arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        open_stack(np.zeros(shape, np.uint16), name="cells.tif", **arguments)


def test_what_is_no_array_is_refused() -> None:
    with pytest.raises(InputError, match="not an array"):
        open_stack("cells.tif")
    with pytest.raises(InputError, match="cannot be read as an array"):
        open_stack([[1, 2], [3]])


@pytest.mark.parametrize("kind", ["numpy", "dask", "zarr"])
def test_lazy_arrays_give_the_same_planes(kind: str, rng: np.random.Generator) -> None:
    values = rng.integers(0, 999, (2, 3, 4, 40, 50)).astype(np.uint16)
    chunks = (1, 1, 1, 40, 50)
    lazy: Any = values
    if kind == "dask":
        lazy = pytest.importorskip("dask.array").from_array(values, chunks=chunks)
    if kind == "zarr":
        lazy = pytest.importorskip("zarr").array(values, chunks=chunks)
    stack = open_stack(lazy, axes="TCZYX", channels=(2, 0))
    check_stack(stack)
    assert stack.shape == (2, 4, 40, 50)
    assert np.array_equal(stack.plane(6), values[1, [2, 0], 2])


def test_only_the_plane_and_channel_asked_for_are_read(
    rng: np.random.Generator,
) -> None:
    source = Counting(rng.integers(0, 999, (4, 3, 5, 40, 50)).astype(np.uint16))
    stack = open_stack(source, axes="TCZYX", channels=(1,))
    assert (stack.shape, len(stack)) == ((4, 5, 40, 50), 20)
    assert source.read == []
    stack.plane(7)
    assert source.read == [40 * 50]


def test_the_check_reads_every_plane_once(rng: np.random.Generator) -> None:
    source = Counting(rng.integers(0, 999, (6, 40, 50)).astype(np.uint16))
    seen: list[int] = []
    check_stack(open_stack(source), on_plane=seen.append)
    assert source.read == [40 * 50] * 6
    assert seen == list(range(6))


def test_of_a_pyramid_only_the_chosen_level_is_read(
    rng: np.random.Generator,
) -> None:
    levels = [
        Counting(rng.integers(0, 99, (2, size, size)).astype(np.uint8))
        for size in (160, 80, 40)
    ]
    stack = open_stack(levels, level=1)
    check_stack(stack)
    assert stack.shape == (2, 80, 80)
    assert [sum(level.read) for level in levels] == [0, 2 * 80 * 80, 0]
    with pytest.raises(InputError, match="3 levels"):
        open_stack(levels, level=3)


def test_a_plane_that_is_not_there_is_a_bug() -> None:
    stack = open_stack(np.zeros((3, 40, 50)))
    with pytest.raises(IndexError):
        stack.plane(3)
    with pytest.raises(IndexError):
        stack.plane(-1)


@pytest.mark.parametrize(
    ("dtype", "offset"),
    [
        (np.int64, -(2**63)),
        (np.int64, 2**62),
        (np.uint64, 2**64 - 200),
        (np.uint64, 2**63 - 50),
        (np.int32, 2**31 - 101),
        (np.uint32, 2**32 - 101),
        (np.float64, 1e9),
        (np.float64, -1e12),
    ],
)
def test_wide_types_keep_the_contrast_above_a_large_offset(
    dtype: type, offset: float, rng: np.random.Generator
) -> None:
    contrast = rng.integers(0, 100, (2, 40, 50))
    contrast[0].flat[0] = 0
    values: NDArray[Any] = np.asarray(offset, dtype) + contrast.astype(dtype)
    stack = open_stack(values)
    check_stack(stack)
    assert np.array_equal(stack.plane(0)[0], contrast[0])
    assert np.array_equal(stack.plane(1)[0], contrast[1])


def test_planes_below_the_offset_of_the_first_are_right() -> None:
    values = np.full((2, 40, 50), 2**63 + 100, np.uint64)
    values[0, 0, 0] += 50
    values[1] -= 100
    stack = open_stack(values)
    assert stack.plane(1).max() == -100
    far = np.zeros((2, 40, 50), np.uint64)
    far[0] = values[0]
    assert open_stack(far).plane(1).max() == pytest.approx(-(2.0**63))


@given(
    dtype=st.sampled_from(
        ["i1", "u1", "i2", ">u2", "i4", "u4", "i8", "u8", "f2", "f4", ">f4", "f8"]
    ),
    low=st.integers(-100, 0),
)
def test_any_real_type_keeps_its_values(dtype: str, low: int) -> None:
    values = np.arange(32 * 40).reshape(32, 40) % 120
    values = values + low * (np.dtype(dtype).kind != "u")
    stack = open_stack(values.astype(dtype))
    check_stack(stack)
    assert np.array_equal(stack.plane(0)[0], values)
