"""Which run comes next: a new one, or the last one continued."""

from dataclasses import replace
from pathlib import Path

from napari_metastruct.errors import InputError
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.training.labelled.folder import holds_run
from napari_metastruct.training.settings import DeviceWish
from napari_metastruct.widgets.continue_button import NO_RUN
from napari_metastruct.widgets.last_run import LastRun, all_done
from napari_metastruct.widgets.learner_choice import LearnerChoice
from napari_metastruct.widgets.training_folders import TemporaryFolder
from napari_metastruct.widgets.training_run import TrainingRun
from napari_metastruct.widgets.training_source import TrainingSource

__all__ = ["TrainingControl"]

SHOWN_OF_A_FOLDER = 1
"""So many images of a folder become layers; a folder may hold thousands."""


class TrainingControl:
    """Makes runs of what is chosen, and knows in `runs` which can be continued."""

    def __init__(self, source: TrainingSource, learner: LearnerChoice) -> None:
        self._source, self._learner = source, learner
        self.runs: LastRun[TrainingRun] = LastRun()

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
        if chosen is None or not holds_run(chosen):
            return ""
        return self._leaving() or (
            f"{chosen} holds a run already: continue it, or choose another folder."
        )

    def is_leaving(self) -> bool:
        """Say whether a cancelled run has yet to empty the chosen folder."""
        chosen = self._learner.folder.value()
        return chosen is not None and self.runs.is_leaving(chosen)

    def obstacle_to_continue(self) -> str:
        """Return why nothing can be continued, "" if it can."""
        chosen, last = self._learner.folder.value(), self.runs.last
        if last is not None and chosen in (None, last.folder):
            return self._learner.problem() or self._all_done(last.folder)
        if chosen is not None and holds_run(chosen):
            problem = self._leaving() or self.problem(folder=False)
            return problem or self._all_done(chosen)
        return f"{NO_RUN}, or choose its folder."

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
        return self.runs.begin(self._run(folder or Path(), temporary))

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
        chosen, last = self._learner.folder.value(), self.runs.last
        if last is None or chosen not in (None, last.folder):
            last = self._run(chosen or Path())
        now = self._learner.labelled_settings()
        settings = last.settings.replace(epochs=now.epochs, device=now.device)
        apart = self._learner.backend.apart
        run = replace(last, settings=settings, resume=True, apart=apart)
        return self.runs.begin(run)

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

    def _leaving(self) -> str:
        if not self.is_leaving():
            return ""
        return (
            f"The run in {self._learner.folder.value()} was cancelled, and what it has "
            "written is being taken away: wait, or choose another folder."
        )

    def _all_done(self, folder: Path) -> str:
        return all_done(folder, self.settings().epochs)
