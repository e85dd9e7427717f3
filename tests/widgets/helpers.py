"""Fake jobs, and an eye on the event loop."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractSpinBox, QLineEdit, QWidget

from napari_metastruct.arrays import ImageStack
from napari_metastruct.jobs import SegmentJob
from napari_metastruct.progress import (
    BatchEnd,
    EpochEnd,
    Preview,
    Started,
    Steps,
    StopFlag,
)
from napari_metastruct.segmentation import Segmentation


class Ticks(QObject):
    """Measures how long the event loop is away, in seconds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    @property
    def worst(self) -> float:
        return max(self.gaps, default=0.0)

    def stop(self) -> None:
        self._timer.stop()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append(now - self._last)
        self._last = now


def preview() -> Preview:
    return Preview(
        0, np.full((8, 8), 0.5, np.float32), np.zeros((8, 8), np.int8), (4, 4), 2
    )


def busy(seconds: float) -> float:
    """Compute for a while, letting go of Python's lock as PyTorch does."""
    values = np.ones((256, 256), np.float32)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        values = values @ values * 1e-3
    return float(values[0, 0])


class FakeJob:
    """A job that says it learns, until `epochs` are over, and returns `result`."""

    def __init__(
        self,
        epochs: int = 5,
        *,
        result: object = "result",
        fail_at: int = -1,
        error: Callable[[], Exception] = lambda: RuntimeError("in the middle"),
        seconds: float = 0.002,
    ) -> None:
        self.epochs, self.result = epochs, result
        self.fail_at, self.error, self.seconds = fail_at, error, seconds
        self.closed = False
        self.seen = 0

    def __call__(self, stop: StopFlag) -> Steps[object]:
        try:
            yield Started("Learning", self.epochs)
            for epoch in range(1, self.epochs + 1):
                self.seen = epoch
                if epoch == self.fail_at:
                    raise self.error()
                busy(self.seconds)
                yield BatchEnd(epoch, self.epochs, 1 / epoch)
                yield EpochEnd(epoch, self.epochs, {"loss": 1 / epoch})
                yield preview()
                if stop.is_set():
                    break
            return self.result
        finally:
            self.closed = True


def click(button: QWidget) -> None:
    """Press a button as a hand does; one that is off stays off."""
    test: Any = QTest
    test.mouseClick(button, Qt.MouseButton.LeftButton)


def type_into(box: QAbstractSpinBox | QLineEdit, text: str) -> None:
    """Type over what stands in a box and press Return."""
    box.selectAll()
    test: Any = QTest  # Qt's own annotations take `self` for an argument
    test.keyClicks(box, text)
    test.keyClick(box, Qt.Key.Key_Return)


class FakeSegmentation(FakeJob):
    """Stands for `segment_steps`: learns nothing and returns labels of the shape."""

    def segment(
        self,
        stacks: Sequence[ImageStack],
        job: SegmentJob,
        stop: StopFlag | None = None,
    ) -> Steps[object]:
        (stack,) = stacks
        labels = np.zeros(stack.shape, np.uint8)
        labels[..., :8, :8] = 1
        chance = labels.astype(np.float32) if job.probability else None
        self.result = (Segmentation(labels, chance, None, job, (), "bright", 1.0),)
        return self(stop or StopFlag())
