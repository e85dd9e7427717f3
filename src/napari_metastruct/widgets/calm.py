"""Keeping the interpreter responsive while a thread computes."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import ClassVar

__all__ = ["calm_interpreter"]

SWITCH_INTERVAL = 0.001
FULL_COLLECTIONS = 1000
"""Young collections between two full ones; Python's own 10 makes them frequent."""


class _Users:
    """How many runs want calm; the first changes the interpreter, the last resets."""

    lock: ClassVar[Lock] = Lock()
    count: ClassVar[int] = 0
    before: ClassVar[tuple[float, tuple[int, int, int]]] = (0.005, (700, 10, 10))


@contextmanager
def calm_interpreter() -> Iterator[None]:
    """Keep Python from stopping the window for long while this lasts.

    With napari and PyTorch loaded a full garbage collection takes half a second, in
    which no thread of Python runs; here it becomes rare, the small ones stay. And
    threads take turns every millisecond instead of every five.
    """
    with _Users.lock:
        _Users.count += 1
        if _Users.count == 1:
            _Users.before = sys.getswitchinterval(), gc.get_threshold()
            young, middle, _ = gc.get_threshold()
            gc.set_threshold(young, middle, FULL_COLLECTIONS)
            sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        with _Users.lock:
            _Users.count -= 1
            if _Users.count == 0:
                interval, thresholds = _Users.before
                sys.setswitchinterval(interval)
                gc.set_threshold(*thresholds)
