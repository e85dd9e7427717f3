"""The button that goes on with the last run."""

from qtpy.QtWidgets import QPushButton

__all__ = ["NO_RUN", "ContinueButton"]

NO_RUN = "There is no run to go on from: press Train first"
"""Why nothing can be continued; the end of the sentence is the dock's."""


class ContinueButton(QPushButton):
    """Off while nothing can be continued, and says why.

    Parameters
    ----------
    help_
        What a click does.
    """

    def __init__(self, help_: str) -> None:
        super().__init__("Continue")
        self._help = help_

    def offer(self, obstacle: str, *, running: bool) -> None:
        """Be on, unless there is an obstacle or a run goes on."""
        obstacle = "" if running else obstacle
        self.setEnabled(not running and not obstacle)
        self.setToolTip(obstacle or self._help)
