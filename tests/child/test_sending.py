"""What is sent to a child: arrays once, files by name, the rest when it is asked."""

import os
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.child import jobs
from tests.child.sources import Over, Source, Unopenable, Unsendable, process_number

from napari_metastruct.arrays import ImageStack, open_stack
from napari_metastruct.child import steps_in_child
from napari_metastruct.child.sending import AskedArray, dump_job, load_job
from napari_metastruct.progress import run_to_end

Order = Literal["C", "F"]


def travelled(value: object) -> tuple[Any, int]:
    """Return what arrives, and how many bytes were sent."""
    frame, kept = dump_job(value)

    def ask(number: int, key: object) -> NDArray[Any]:
        return np.asarray(kept[number][key])

    return load_job([bytearray(part) for part in frame], ask), sum(map(len, frame))


def test_an_array_is_not_copied_here() -> None:
    array = np.arange(6000.0).reshape(60, 100)
    frame, _ = dump_job(open_stack(array))
    assert np.shares_memory(np.frombuffer(frame[1]), array)
    assert len(frame[0]) < 1000


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_stack_arrives_as_it_was(order: Order) -> None:
    array = np.asarray(np.random.default_rng(0).random((2, 40, 50)), order=order)
    stack = open_stack(array[:, :, ::2], axes="CYX", channels=(1,), name="cells")
    there, _ = travelled(stack)
    assert isinstance(there, ImageStack)
    assert (there.name, there.axes, there.channels) == ("cells", "CYX", (1,))
    np.testing.assert_array_equal(there.plane(0), stack.plane(0))


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_in_a_file_goes_by_its_name(tmp_path: Path, order: Order) -> None:
    path = tmp_path / "image.raw"
    values = np.memmap(path, np.uint16, "w+", 64, (40, 50), order)
    values[:] = np.arange(2000).reshape(40, 50)
    there, sent = travelled(values)
    assert sent < 1000
    assert isinstance(there, np.memmap)
    np.testing.assert_array_equal(there, values)
    part, _ = travelled(values[3:, ::2])
    np.testing.assert_array_equal(part, values[3:, ::2])
    mine = np.memmap(path, np.uint16, "c", 64, (40, 50), order)
    mine[0] = 7  # not in the file
    np.testing.assert_array_equal(travelled(mine)[0], mine)


def test_zarr_is_opened_there(tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    array = zarr.create_array(
        tmp_path / "image.zarr", shape=(3, 40, 50), chunks=(1, 40, 50), dtype="u2"
    )
    array[:] = Source()[:]
    there, sent = travelled(open_stack(array))
    assert sent < 5000
    assert isinstance(there.source, zarr.Array)
    np.testing.assert_array_equal(there.plane(2), np.full((1, 40, 50), 3))


def test_dask_is_computed_there() -> None:
    dask = pytest.importorskip("dask.array")
    lazy = dask.map_blocks(
        lambda block_info=None: process_number(),
        chunks=((1, 1), (40,), (50,)),
        dtype=np.float32,
    )
    steps = steps_in_child(jobs.first_plane, open_stack(lazy, name="lazy"))
    plane, number = run_to_end(steps)
    assert number != os.getpid()
    assert set(np.unique(plane)) == {np.float32(number)}


def test_a_lazy_array_over_a_file_sends_no_values(tmp_path: Path) -> None:
    values = np.memmap(tmp_path / "image.raw", np.uint16, "w+", shape=(4, 400, 500))
    there, sent = travelled(open_stack(Over(values)))
    assert sent < 5000
    assert isinstance(there.source, Over)
    np.testing.assert_array_equal(there.plane(3), values[3:])


@pytest.mark.parametrize("kind", [Unsendable, Unopenable])
def test_what_cannot_be_opened_there_is_asked_for(kind: type[Source]) -> None:
    there, _ = travelled((open_stack(np.ones((40, 50))), open_stack(kind())))
    assert isinstance(there[1].source, AskedArray)
    assert (there[1].shape, there[1].dtype) == ((3, 40, 50), np.uint16)
    np.testing.assert_array_equal(there[1].plane(1), np.full((1, 40, 50), 2))


def test_a_child_asks_for_what_it_needs() -> None:
    plane, _ = run_to_end(steps_in_child(jobs.first_plane, open_stack(Unsendable())))
    np.testing.assert_array_equal(plane, np.full((1, 40, 50), 2))


def test_an_error_while_it_is_read_here_is_raised_here() -> None:
    class Broken(Unsendable):
        def __getitem__(self, key: object) -> NDArray[Any]:
            raise OSError("the disk is gone")

    steps = steps_in_child(jobs.first_plane, open_stack(Broken()))
    with pytest.raises(OSError, match="the disk is gone"):
        run_to_end(steps)
