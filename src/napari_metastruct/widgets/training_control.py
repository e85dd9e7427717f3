"""Which run comes next: a new one, or the last one continued."""

from dataclasses import replace
from pathlib import Path

from napari_metastruct.errors import InputError
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.training.labelled.folder import holds_run
from napari_metastruct.training.labelled.record import load_record
from napari_metastruct.training.settings import DeviceWish
from napari_metastruct.widgets.learner_choice import LearnerChoice
from napari_metastruct.widgets.training_folders import TemporaryFolder
from napari_metastruct.widgets.training_run import TrainingOutcome, TrainingRun
from napari_metastruct.widgets.training_source import TrainingSource

__all__ = ["TrainingControl"]

SHOWN_OF_A_FOLDER = 1
"""So many images of a folder become layers; a folder may hold thousands."""


class TrainingControl:
    """Makes runs of what is chosen, and knows the last one that left a state."""

    def __init__(self, source: TrainingSource, learner: LearnerChoice) -> None:
        self._source, self._learner = source, learner
        self._running: TrainingRun | None = None
        self._last: TrainingRun | None = None

    def settings(self) -> LabelledSettings:
        """Return the settings as they stand, the usual ones while some are wrong."""
        try:
            return self._learner.labelled_settings()
        except InputError:
            return LabelledSettings()

    def device(self) -> DeviceWish:
        """Return where to compute."""
        return self.settings().device

    def problem(self, *, folder: bool = True) -> str:
        """Return why no run can begin, "" if one can.

        Parameters
        ----------
        folder
            Whether the folder of the run counts.
        """
        method = None if self._learner.problem() else self._learner.learner()
        problem = self._source.problem(self.settings(), method)
        problem = problem or self._learner.problem()
        if problem or not folder:
            return problem
        chosen = self._learner.folder.value()
        if chosen is not None and holds_run(chosen):
            return (
                f"{chosen} holds a run already: continue it, or choose another folder."
            )
        return ""

    def obstacle_to_continue(self) -> str:
        """Return why nothing can be continued, "" if it can."""
        chosen = self._learner.folder.value()
        if self._last is not None and chosen in (None, self._last.folder):
            return self._learner.problem() or self._all_done(self._last.folder)
        if chosen is not None and holds_run(chosen):
            return self.problem(folder=False) or self._all_done(chosen)
        return "There is no run to go on from: press Train first, or choose its folder."

    def new(self) -> TrainingRun:
        """Return a run with what is chosen now.

        Raises
        ------
        InputError
            Something is wrong with it.
        """
        problem = self.problem()
        if problem:
            raise InputError(problem)
        chosen = self._learner.folder.value() or self._source.run_folder()
        temporary = TemporaryFolder() if chosen is None else None
        folder = temporary.path if temporary is not None else chosen
        self._running = self._run(folder or Path(), temporary)
        return self._running

    def continued(self) -> TrainingRun:
        """Return the run that goes on where the last one ended.

        Its images, labels, method and settings are those that it was begun with; only
        the number of epochs and the device may be others.

        Raises
        ------
        InputError
            There is none.
        """
        obstacle = self.obstacle_to_continue()
        if obstacle:
            raise InputError(obstacle)
        chosen, last = self._learner.folder.value(), self._last
        if last is None or chosen not in (None, last.folder):
            last = self._run(chosen or Path())
        now = self._learner.labelled_settings()
        settings = last.settings.replace(epochs=now.epochs, device=now.device)
        apart = self._learner.backend.apart
        self._running = replace(last, settings=settings, resume=True, apart=apart)
        return self._running

    def rows(self) -> list[dict[str, float]]:
        """Return the numbers of the epochs before a run is continued."""
        if self._running is None:
            return []
        return _rows(self._running.folder)

    def take(self, outcome: TrainingOutcome) -> None:
        """Note that a run has ended well."""
        self._last = outcome.run

    def ended(self) -> None:
        """Note that a run has ended; what has left a state can be continued."""
        run, self._running = self._running, None
        if run is None or run is self._last:
            return
        if (run.folder / "checkpoint.safetensors").is_file():
            self._last = run

    def _run(
        self, folder: Path, temporary: TemporaryFolder | None = None
    ) -> TrainingRun:
        sources = self._source.value()
        return TrainingRun(
            sources,
            tuple(source.kept() for source in sources),
            self._learner.learner(),
            self._learner.labelled_settings(),
            folder,
            temporary,
            shown=SHOWN_OF_A_FOLDER if self._source.is_folder else len(sources),
            apart=self._learner.backend.apart,
        )

    def _all_done(self, folder: Path) -> str:
        done, wanted = len(_rows(folder)), self.settings().epochs
        if done < wanted:
            return ""
        return (
            f"All {done} epochs are done: choose more epochs than that to go on "
            "learning."
        )


def _rows(folder: Path) -> list[dict[str, float]]:
    try:
        return load_record(folder / "record.json").rows
    except InputError:
        return []
