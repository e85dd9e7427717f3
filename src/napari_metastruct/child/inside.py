"""The child's side: what runs in the fresh Python that `process` starts."""

import faulthandler
import gc
import os
import signal
import sys
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any

from numpy.typing import NDArray

from napari_metastruct.child.failure import Failure
from napari_metastruct.child.messages import Frame, dump, frames, load, write_frame
from napari_metastruct.child.sending import load_job
from napari_metastruct.progress import Heartbeat, StopFlag

__all__ = ["main"]


def main() -> None:
    """Receive a job, carry it out, and send what it says."""
    # Ctrl-C in the terminal of napari is napari's; the pipe says if napari has gone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    # The many objects of a large import stay; to go through them takes a sixth of it.
    gc.set_threshold(50_000, 20, 100)
    requests, answers = _take_pipes()
    parent = _Parent(requests, answers)
    try:
        parent.send("result", _carry_out(parent))
    except BaseException as error:  # noqa: BLE001 - raised again by the parent
        parent.send("failure", Failure.of(error))


class _Parent:
    """The other side of the pipes."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        self.stop = StopFlag()
        self.told: SimpleQueue[Any] = SimpleQueue()
        self._frames = frames(requests)
        self._answers = answers
        self._parts: SimpleQueue[NDArray[Any]] = SimpleQueue()

    def job(self) -> Frame:
        """Return the job, and listen from now on."""
        job = next(self._frames, None)
        if job is None:
            os._exit(1)
        Thread(target=self._listen, args=(self._frames,), daemon=True).start()
        return job

    def send(self, kind: str, content: object) -> None:
        """Send a message; waits while the parent is busy."""
        write_frame(self._answers, dump((kind, content)))

    def ask(self, number: int, key: Any) -> NDArray[Any]:  # noqa: ANN401 - any index
        """Have a part of a lazy array read."""
        self.send("ask", (number, key))
        return self._parts.get()

    def _listen(self, frames: Iterator[Frame]) -> None:
        for frame in frames:
            kind, content = load(frame)
            if kind == "stop":
                self.stop.set()
            elif kind == "end stage":
                self.stop.end_stage()
            elif kind == "tell":
                self.told.put(content)
            else:
                self._parts.put(content)
        # Nobody is left to work for; at once, whatever goes on in other threads.
        os._exit(1)


def _carry_out(parent: _Parent) -> object:
    function, args, listens = load_job(parent.job(), parent.ask)
    more = {"told": parent.told} if listens else {}
    steps = function(*args, stop=parent.stop, **more)
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            return end.value
        if not isinstance(event, Heartbeat):
            parent.send("event", event)


def _take_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take both pipes for the messages; what is printed goes to standard error."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr  # which keeps nothing back: a child is killed in the end
    return requests, answers
