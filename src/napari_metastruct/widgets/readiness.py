"""Loading what is needed next while the person is still busy with something else."""

from qtpy.QtCore import QObject

from napari_metastruct.progress import Heartbeat, Steps
from napari_metastruct.widgets.loading import is_loaded
from napari_metastruct.widgets.task import Task

__all__ = ["Readiness"]


class Readiness(QObject):
    """Loads in a thread, at once what a Labels layer needs, later also PyTorch."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._asked = False
        self._task = Task(self)
        self._task.start("Getting ready", lambda _: _nothing(), torch=False)

    def load_torch(self) -> None:
        """Load PyTorch, once, so that a run begins without waiting for it."""
        if self._asked:
            return
        self._asked = True
        if not is_loaded():
            self._task = Task(self)
            self._task.start("Loading PyTorch", lambda _: _nothing(), torch=True)


def _nothing() -> Steps[None]:
    yield Heartbeat()
