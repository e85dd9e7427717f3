"""Arguments on their way to a child: what can be opened there is not read here."""

import io
import logging
import mmap
import pickle
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import ImageStack
from napari_metastruct.child.messages import Frame

try:
    # Where dask is, this is too: it also sends what a notebook or a script defines.
    from cloudpickle import Pickler as _Pickler
except ImportError:
    from pickle import Pickler as _Pickler

__all__ = ["Ask", "Kept", "dump_job", "load_job"]

_log = logging.getLogger(__name__)

Ask = Callable[[int, Any], NDArray[Any]]
"""Reads an array that stayed on the other side: its number, and the part wanted."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A lazy array that stays with the parent, as the child may see it."""

    number: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


@dataclass(frozen=True, slots=True)
class AskedArray:
    """A lazy array of the parent: each part is asked for when it is needed."""

    kept: Kept
    ask: Ask

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return self.kept.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        return self.kept.dtype

    def __getitem__(self, key: Any) -> NDArray[Any]:  # noqa: ANN401 - any index
        """Read a part."""
        return self.ask(self.kept.number, key)


def dump_job(job: object) -> tuple[Frame, list[Any]]:
    """Make a frame of a function and its arguments.

    NumPy arrays are sent, those of files on disk by name; dask, zarr and other lazy
    arrays of an `ImageStack` are opened anew in the child where they can be.

    Returns
    -------
    The frame; and the lazy arrays that the child may ask for, by their numbers.
    """
    buffers: list[pickle.PickleBuffer] = []
    file = io.BytesIO()
    pickler = _JobPickler(file, buffers)
    pickler.dump(job)
    return [file.getbuffer(), *(buffer.raw() for buffer in buffers)], pickler.kept


def load_job(frame: Frame, ask: Ask) -> Any:  # noqa: ANN401 - whatever was sent
    """Return what `dump_job` was given; `ask` reads what could not be sent."""

    class Loader(pickle.Unpickler):
        def persistent_load(self, kept: Kept) -> AskedArray:
            return AskedArray(kept, ask)

    return Loader(io.BytesIO(frame[0]), buffers=frame[1:]).load()


class _LazyPickler(_Pickler):  # type: ignore[misc] # one of two classes
    """Sends arrays that lie in a file by the file's name."""

    def reducer_override(self, value: Any) -> Any:  # noqa: ANN401 - pickle's own
        if isinstance(value, np.memmap):
            return _reduced_memmap(value)
        parent = getattr(super(), "reducer_override", None)
        return NotImplemented if parent is None else parent(value)


class _JobPickler(_LazyPickler):
    """Keeps the lazy arrays of stacks, and sends them too where they let it."""

    def __init__(self, file: io.BytesIO, buffers: list[pickle.PickleBuffer]) -> None:
        super().__init__(file, protocol=5, buffer_callback=buffers.append)
        self.kept: list[Any] = []

    def persistent_id(self, value: Any) -> Kept | None:  # noqa: ANN401 - pickle's own
        return value if isinstance(value, Kept) else None

    def reducer_override(self, value: Any) -> Any:  # noqa: ANN401 - pickle's own
        if not isinstance(value, ImageStack) or isinstance(value.source, np.ndarray):
            return super().reducer_override(value)
        source = value.source
        shape = tuple(int(size) for size in source.shape)
        kept = Kept(len(self.kept), shape, value.dtype)
        self.kept.append(source)
        others = {f.name: getattr(value, f.name) for f in fields(value)}
        del others["source"]
        return _open_stack, (others, kept, _packed(source))


def _packed(source: object) -> list[pickle.PickleBuffer] | None:
    """Pickle a lazy array by itself, so that the child may fail to open it."""
    buffers: list[pickle.PickleBuffer] = []
    file = io.BytesIO()
    try:
        _LazyPickler(file, protocol=5, buffer_callback=buffers.append).dump(source)
    except Exception:  # noqa: BLE001 - foreign classes raise whatever they like
        return None
    return [pickle.PickleBuffer(file.getbuffer()), *buffers]


def _open_stack(
    others: dict[str, Any], kept: AskedArray, packed: list[bytearray] | None
) -> ImageStack:
    """Rebuild a stack in the child; what cannot be opened there is asked for."""
    source: Any = kept
    if packed is not None:
        try:
            source = pickle.loads(packed[0], buffers=packed[1:])
        except Exception:  # noqa: BLE001 - as above
            _log.info("'%s' is read through napari's process.", others.get("name"))
    return ImageStack(**others, source=source)


def _reduced_memmap(array: np.memmap[Any, Any]) -> Any:  # noqa: ANN401 - pickle's own
    # A view does not know where in the file it lies.
    shows_all = isinstance(array.base, mmap.mmap) and array.mode != "c"
    if not shows_all or array.filename is None or not Path(array.filename).exists():
        return np.asarray, (np.asarray(array),)
    order = "C" if array.flags.c_contiguous else "F"
    place = array.dtype, "r", array.offset, array.shape, order
    return np.memmap, (str(array.filename), *place)
