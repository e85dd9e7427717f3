"""Jobs that a child finds by their names."""

import os
import socket
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import ImageStack
from napari_metastruct.errors import InputError
from napari_metastruct.progress import BatchEnd, Heartbeat, Notice, Steps, StopFlag

if TYPE_CHECKING:
    from queue import SimpleQueue


def counting(total: int, stop: StopFlag) -> Steps[NDArray[np.float32]]:
    sys.stdout.write("What is printed does not disturb the messages.\n")
    os.write(1, b"Nor what a library writes.\n")
    for step in range(1, total + 1):
        yield Heartbeat()
        yield BatchEnd(step, total, 1 / step)
    return np.full((total, 3), 0.5, np.float32)


def until_stopped(stop: StopFlag) -> Steps[str]:
    yield Notice("begun")
    while not stop.wait(0.01):
        yield Heartbeat()
    return "what is there"


def holding_a_line(port: int, stop: StopFlag) -> Steps[None]:
    """Hang for ever, deaf, with an open line: it breaks when the process is gone."""
    line = socket.create_connection(("127.0.0.1", port))
    line.sendall(b"!")
    yield Notice("begun")
    while True:
        line.fileno()


def flooding(stop: StopFlag) -> Steps[None]:
    while True:
        yield Notice("." * 10_000)


def refusing(stop: StopFlag) -> Steps[None]:
    yield Notice("begun")
    raise InputError("3 values are NaN.")


class OfALibraryError(RuntimeError):
    """Like PyTorch's own errors: a class that is not to be loaded by the parent."""

    def __init__(self, text: str, number: int) -> None:
        super().__init__(text)


def breaking(stop: StopFlag) -> Steps[None]:
    yield Notice("begun")
    raise OfALibraryError("CUDA out of memory", 7)


def ending(code: int, stop: StopFlag) -> Steps[None]:
    yield Notice("begun")
    os._exit(code)


def killed(signal: int, stop: StopFlag) -> Steps[None]:
    yield Notice("begun")
    os.kill(os.getpid(), signal)
    yield from flooding(stop)


def first_plane(stack: ImageStack, stop: StopFlag) -> Steps[tuple[Any, int]]:
    yield Notice(stack.name)
    return stack.plane(1), os.getpid()


def adding_up(stop: StopFlag, told: "SimpleQueue[int]") -> Steps[int]:
    yield Notice("begun")
    total = 0
    while number := told.get():
        total += number
        yield Notice(str(total))
    return total
