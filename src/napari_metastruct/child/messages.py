"""Messages over a pipe: plain pickles, the memory of arrays beside them, uncopied."""

import pickle
import struct
from collections.abc import Iterator, Sequence
from typing import IO, Any

__all__ = ["Frame", "dump", "frames", "load", "write_frame"]

Frame = Sequence[bytes | bytearray | memoryview]
"""A message: the pickle, then the memory of each of its arrays."""

_COUNT, _SIZE = struct.Struct("<I"), struct.Struct("<Q")


def dump(message: object) -> Frame:
    """Make a frame; arrays are not copied and must not change until it is written."""
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    return [body, *(buffer.raw() for buffer in buffers)]


def load(frame: Frame) -> Any:  # noqa: ANN401 - whatever was sent
    """Return the message of a frame; its arrays use the frame's memory."""
    return pickle.loads(frame[0], buffers=frame[1:])


def write_frame(pipe: IO[bytes], frame: Frame) -> None:
    """Write a frame; waits until the other side has read nearly all of it."""
    pipe.write(_COUNT.pack(len(frame)))
    pipe.write(b"".join(_SIZE.pack(len(part)) for part in frame))
    for part in frame:
        pipe.write(part)
    pipe.flush()


def frames(pipe: IO[bytes]) -> Iterator[Frame]:
    """Read frames until the pipe ends, even if it ends within a frame."""
    try:
        while True:
            (count,) = _COUNT.unpack(_read(pipe, _COUNT.size))
            sizes = [_SIZE.unpack(_read(pipe, _SIZE.size))[0] for _ in range(count)]
            yield [_read(pipe, size) for size in sizes]
    except (EOFError, OSError, ValueError):  # ValueError: closed meanwhile
        return


def _read(pipe: IO[bytes], size: int) -> bytearray:
    part = bytearray(size)
    view, done = memoryview(part), 0
    while done < size:
        count = pipe.readinto(view[done:])  # type: ignore[attr-defined] # buffered
        if not count:
            raise EOFError
        done += count
    return part
