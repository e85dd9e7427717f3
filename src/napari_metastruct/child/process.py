"""The parent's side of a child: start it, talk to it, end it.

The child is a plain `subprocess` and no `multiprocessing`: with that, a child runs the
main script again, and a script that opens napari without `if __name__ == "__main__"`
would open a second one; notebooks and bundles have no such script at all. Two pipes
are all that the two share, so both sides see at once when the other has gone.
"""

import json
import logging
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any, cast

from napari_metastruct.child.failure import ChildDiedError, how_it_died
from napari_metastruct.child.messages import Frame, dump, frames, load, write_frame
from napari_metastruct.errors import InputError

__all__ = ["Child"]

_log = logging.getLogger(__name__)

# Line by line and unbuffered: what follows belongs to `inside`.
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.raw.readline()); "
    "from napari_metastruct.child.inside import main; main()"
)
_AHEAD = 8
"""Messages that the child may be ahead; then it waits, as a generator would."""
_SHORT, _LONG = 0.05, 5.0
_NO_PYTHON = (
    "A second Python cannot be started here ({why}). Choose to run in napari itself "
    "(Advanced settings, 'Run in')."
)


class Child:
    """A fresh Python that carries out one job.

    Threads read and write the pipes, so that nothing here waits for the child.
    """

    def __init__(self, job: Frame) -> None:
        # A file and no pipe: nobody has to empty it.
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end
        try:
            self._process = _start(self._said)
        except BaseException:
            self._said.close()
            raise
        # Both are there, for both were asked for.
        self._requests = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        self._incoming: Queue[Frame | None] = Queue(_AHEAD)
        self._outgoing: Queue[Frame | None] = Queue()
        self._outgoing.put(job)
        self._reader = Thread(target=self._read, daemon=True)
        self._writer = Thread(target=self._write, daemon=True)
        self._reader.start()
        self._writer.start()

    def send(self, kind: str, content: object = None) -> None:
        """Send a message; returns at once."""
        self._outgoing.put(dump((kind, content)))

    def receive(self, seconds: float) -> tuple[str, Any] | None:
        """Return the next message, None if there is none within some seconds.

        Raises
        ------
        ChildDiedError
            There will be none, because the child has gone.
        """
        try:
            frame = self._incoming.get(timeout=seconds)
        except Empty:
            return None
        if frame is None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_LONG)
            raise ChildDiedError(how_it_died(self._process.returncode, self._words()))
        kind, content = load(frame)
        return kind, content

    def end(self) -> None:
        """Kill the child; usually it is gone when this returns.

        The system takes half a second and more to clear away a gigabyte on a busy
        computer: nobody waits for that.
        """
        self._process.kill()
        cleaner = Thread(target=self._clean_up, name="end of a child", daemon=True)
        cleaner.start()
        cleaner.join(_SHORT)

    def _clean_up(self) -> None:
        self._outgoing.put(None)
        give_up = time.monotonic() + _LONG
        while self._reader.is_alive() and time.monotonic() < give_up:
            with suppress(Empty):  # the reader may wait for room
                self._incoming.get(timeout=0.01)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LONG)
        _close(self._requests, self._writer)
        _close(self._answers, self._reader)
        if words := self._words():
            _log.info("The process of a run has said:\n%s", words)
        self._said.close()

    def _read(self) -> None:
        for frame in frames(self._answers):
            self._incoming.put(frame)
        self._incoming.put(None)

    def _write(self) -> None:
        paths = json.dumps([str(path) for path in sys.path])
        with suppress(OSError):  # the child has gone; the reader sees it too
            self._requests.write(f"{paths}\n".encode())
            while (frame := self._outgoing.get()) is not None:
                write_frame(self._requests, frame)

    def _words(self) -> str:
        self._said.seek(0)
        return self._said.read().decode(errors="replace").strip()


def _close(pipe: IO[bytes], user: Thread) -> None:
    user.join(_LONG)
    # To close a pipe that is in use would wait for ever.
    if not user.is_alive():
        with suppress(OSError):  # what was not written is flushed in vain
            pipe.close()


def _start(said: IO[bytes]) -> "subprocess.Popen[bytes]":
    if not sys.executable or getattr(sys, "frozen", False):
        raise InputError(_NO_PYTHON.format(why="napari is frozen into one program"))
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            # No black window beside napari on Windows.
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise InputError(_NO_PYTHON.format(why=error)) from error
