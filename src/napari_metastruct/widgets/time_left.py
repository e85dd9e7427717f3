"""How long a stage of a run takes yet."""

import time

__all__ = ["TimeLeft"]


class TimeLeft:
    """Judges the time left from how fast units get done, from the second one on.

    What comes before the first unit is done, such as a look at the image, is not
    done again for each of them.
    """

    def __init__(self) -> None:
        self._begin, self._before = 0.0, 0

    def begin(self) -> None:
        """Forget what was; a stage begins."""
        self._before = 0

    def judge(self, done: int, total: int) -> float | None:
        """Return the seconds left when so many units are done; None: not known."""
        now = time.monotonic()
        if not 0 < self._before < done:
            self._begin, self._before = now, done
            return None
        return (now - self._begin) * (total - done) / (done - self._before)
