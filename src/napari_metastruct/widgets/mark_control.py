"""Which run comes next, and which brush is up."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_metastruct.errors import InputError
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.training.settings import DeviceWish
from napari_metastruct.widgets.continue_button import NO_RUN
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.last_run import LastRun, all_done
from napari_metastruct.widgets.mark_brush import BrushWatch
from napari_metastruct.widgets.mark_check import (
    largest_mark,
    marks_problem,
    marks_sentence,
)
from napari_metastruct.widgets.mark_input import MarkInput
from napari_metastruct.widgets.mark_layers import (
    KINDS,
    Kind,
    identity,
    paint_with,
    painted_class,
)
from napari_metastruct.widgets.mark_learning import USUAL, MarkLearning
from napari_metastruct.widgets.mark_next import (
    Chosen,
    continued,
    difference,
    new_run,
)
from napari_metastruct.widgets.mark_palette import MarkPalette
from napari_metastruct.widgets.mark_run import MarkRun
from napari_metastruct.widgets.mark_table import MarkTable

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["MarkControl", "Outlook"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What can be done with what is marked now.

    Attributes
    ----------
    problem
        Why no run can begin, "" if one can.
    sentence
        What is learned from, "" while there is a problem.
    obstacle
        Why the last run cannot go on, "" if it can or a run goes on now.
    """

    problem: str
    sentence: str
    obstacle: str


class MarkControl:
    """Makes runs of what is marked, and keeps palette and layers alike.

    Attributes
    ----------
    runs
        Knows which run can be continued.
    """

    def __init__(
        self,
        viewer: "Viewer",
        table: MarkTable,
        palette: MarkPalette,
        learning: MarkLearning,
    ) -> None:
        self._viewer = viewer
        self._table, self._palette, self._learning = table, palette, learning
        self.runs: LastRun[MarkRun] = LastRun()
        table.valueChanged.connect(self._follow_marks)
        self._brush = BrushWatch(viewer, palette)
        self._brush.changed.connect(self.show_brush)

    def settings(self) -> LabelledSettings:
        """Return the settings as they stand, the usual ones while some are wrong."""
        try:
            return self._learning.labelled_settings(self._palette.classes)
        except InputError:
            return USUAL.replace(classes=self._palette.classes)

    def device(self) -> DeviceWish:
        """Return where to compute."""
        return self.settings().device

    def outlook(self) -> Outlook:
        """Look at the layers, once, and say what can be done with them."""
        sources, problem = self._look()
        said = "" if problem else marks_sentence(self._table, sources)
        running = self.runs.running is not None
        obstacle = "" if running else self._obstacle(sources, problem)
        return Outlook(problem, said, obstacle)

    def new(self) -> MarkRun:
        """Return a run with what is marked now.

        Raises
        ------
        InputError
            Something is wrong with it.
        """
        sources, problem = self._look()
        if problem:
            raise InputError(problem)
        return self.runs.begin(new_run(self._chosen(sources)))

    def continued(self) -> MarkRun:
        """Return the run that goes on where the last one ended, with the marks of now.

        Raises
        ------
        InputError
            There is none, or it cannot go on.
        """
        (sources, problem), last = self._look(), self.runs.last
        obstacle = self._obstacle(sources, problem)
        if last is None or obstacle:
            raise InputError(obstacle)
        return self.runs.begin(continued(last, self._chosen(sources)))

    def pick(self, number: int, kind: Kind) -> None:
        """Take up a brush."""
        row = self._table.current
        try:
            row.make_marks()
        except InputError as error:
            report(error)
            return
        paint_with(self._viewer, row.layer_of(kind), number)
        self.show_brush()

    def show_brush(self) -> None:
        """Show in the palette which brush is up, and for which image."""
        image = self._table.current.image.value()
        several = len(self._table.rows) > 1 and image is not None
        self._palette.show_image(image.name if several else "")
        layer = self._viewer.layers.selection.active
        for row in self._table.rows:
            for kind in KINDS:
                if layer is not None and layer == row.layer_of(kind):
                    self._palette.show_picked(painted_class(layer), kind)
                    return
        self._palette.show_picked(None)

    def _look(self) -> tuple[tuple[MarkInput, ...], str]:
        """Return what the layers hold, and why no run can begin, "" if one can."""
        try:
            sources = self._table.value()
        except InputError as error:
            return (), str(error)
        names = self._palette.names
        problem = marks_problem(self._table, sources, names, self.settings())
        return sources, problem or self._learning.problem()

    def _obstacle(self, sources: tuple[MarkInput, ...], problem: str) -> str:
        last = self.runs.last
        if last is None:
            return f"{NO_RUN}."
        return (
            problem
            or difference(last, self._chosen(sources))
            or all_done(last.folder, self.settings().epochs)
        )

    def _chosen(self, sources: tuple[MarkInput, ...]) -> Chosen:
        images = (row.image.value() for row in self._table.rows)
        return Chosen(
            tuple(identity(image) for image in images if image is not None),
            sources,
            self._learning.learner(),
            self._learning.labelled_settings(self._palette.classes),
            self._palette.names,
            self._learning.backend.apart,
        )

    def _follow_marks(self) -> None:
        # Marks that were loaded, or painted with another number, have a class, too.
        self._palette.grow(largest_mark(self._table))
        self.show_brush()
