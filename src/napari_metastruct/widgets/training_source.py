"""The part of a dock that says what is learned from: layers, or a folder."""

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QLabel, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import TrainJob
from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
from napari_metastruct.training.labelled.classes import Census, choose_classes
from napari_metastruct.training.labelled.pairs import check_pairs
from napari_metastruct.widgets.learner_words import none_trusted
from napari_metastruct.widgets.pair_table import MANY_CLASSES, PairTable
from napari_metastruct.widgets.rows import add_row, new_rows
from napari_metastruct.widgets.sections import column
from napari_metastruct.widgets.training_folder import (
    FolderChoice,
    FolderEdit,
    pairs_of,
)
from napari_metastruct.widgets.training_pair import PairInput

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_metastruct.methods import AnyLearner

__all__ = ["TrainingSource"]

_FOLDER_HELP = (
    "A folder that holds the folders 'images' and 'labels'; files of the same name "
    "belong together. A folder 'trusted' beside them may hold labels that are right; "
    "they go before those of the same name in 'labels'."
)


class TrainingSource(QWidget):
    """Pairs of layers or of files, and below how they are read.

    Attributes
    ----------
    is_looking
        Whether the labels are still looked at; `problem` says so, too.

    Signals
    -------
    valueChanged()
        Something has been chosen, or more is known about it.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self, viewer: "Viewer") -> None:
        super().__init__()
        self.kind = QComboBox()
        self.kind.addItem("layers", False)
        self.kind.addItem("a folder", True)
        self.kind.setToolTip("Where the images and their labels are.")
        self.table = PairTable(viewer)
        self.folder = FolderEdit(_FOLDER_HELP, "holds images/ and labels/")
        self.reading = QLabel()
        self.reading.setWordWrap(True)
        self.reading.setToolTip("What is learned from.")
        self._opened: tuple[PairInput, ...] = ()
        self._found: FolderChoice | None = None
        self._refusal = ""
        self.is_looking = False
        self._lay_out()
        self.kind.currentIndexChanged.connect(self._show)
        self.table.valueChanged.connect(self.valueChanged)
        self.folder.valueChanged.connect(self._open)
        self._show()

    @property
    def is_folder(self) -> bool:
        """Whether files are learned from, rather than layers."""
        return bool(self.kind.currentData())

    @property
    def as_one(self) -> bool:
        """Whether all objects count as class 1."""
        return self.table.as_one.isChecked() and not self.is_folder

    def value(self) -> tuple[PairInput, ...]:
        """Return the pairs as they are now.

        Raises
        ------
        InputError
            There are none, or they cannot be read.
        """
        if not self.is_folder:
            return self.table.value()
        if self._refusal:
            raise InputError(self._refusal)
        return self._opened

    def run_folder(self) -> Path | None:
        """Return where a run on files writes if no folder is named; None: nowhere."""
        if not self.is_folder or self._found is None:
            return None
        return _free(self._found.folder / (TrainJob.usual_output or "trained"))

    def planes(self) -> int:
        """Return how many images there are, planes of stacks counted; 0: not known."""
        try:
            return sum(len(pair.image.stack) for pair in self.value())
        except InputError:
            return 0

    def problem(
        self, settings: LabelledSettings, method: "AnyLearner | None" = None
    ) -> str:
        """Return why these cannot be learned from, "" if they can.

        The dock says it beside Run, which is seen however far it is scrolled; here
        only what is learned from is said, or that it is still looked at.
        """
        problem = self._problem(settings, method)
        self.is_looking = problem.startswith("Looking")
        is_wrong = bool(problem) and not self.is_looking
        self.reading.setText("" if is_wrong else problem or self._sentence(settings))
        return problem

    def _problem(self, settings: LabelledSettings, method: "AnyLearner | None") -> str:
        try:
            pairs = [pair.opened() for pair in self.value()]
            check_pairs(pairs, settings)
            if method is not None:
                self._check_method(method, pairs, settings)
            if self.is_folder:
                return ""  # their classes are known when they are read
            problem = self.table.problem()
            if not problem:
                self._classes(settings)
        except InputError as error:
            return str(error)
        return problem

    def _check_method(
        self,
        method: "AnyLearner",
        pairs: list[LabelledPair],
        settings: LabelledSettings,
    ) -> None:
        """Refuse what the method does, in words of the dock where there are some."""
        if not any(pair.trusted for pair in pairs):
            count = sum(len(pair.image) for pair in pairs)
            asked = none_trusted(
                method.name, method.title, count, is_folder=self.is_folder
            )
            if asked:
                raise InputError(asked)
        method.check(pairs, settings)

    def _sentence(self, settings: LabelledSettings) -> str:
        pairs = self.value()
        images = sum(len(pair.image.stack) for pair in pairs)
        text = f"{images} {'image' if images == 1 else 'images'}"
        if self._found is not None and self.is_folder:
            return f"{text}, {self._found.sentence()}"
        classes = self._classes(settings)
        text += f", {len(classes)} classes"
        if len(classes) > MANY_CLASSES:
            text += "; if these are numbers of objects, tick 'Objects as one class'"
        return text

    def _classes(self, settings: LabelledSettings) -> tuple[int, ...]:
        census = Census(settings.ignore)
        counts = self.table.counts()
        ignored = {-1, *settings.ignore}
        census.counts.update({n: c for n, c in counts.items() if n not in ignored})
        return choose_classes(census, settings)

    def _open(self) -> None:
        self._opened, self._found, self._refusal = (), None, ""
        try:
            self._found = FolderChoice(self.folder.value())
            self._opened = pairs_of(self._found.found)
        except InputError as error:
            self._refusal = str(error)
        self.valueChanged.emit()

    def _show(self) -> None:
        self.table.setVisible(not self.is_folder)
        self._rows.setRowVisible(self.folder, self.is_folder)
        if self.is_folder:
            self._open()
        else:
            self.valueChanged.emit()

    def _lay_out(self) -> None:
        choice = QWidget()
        self._rows = new_rows(choice)
        add_row(self._rows, "Learn from", self.kind)
        add_row(self._rows, "Folder", self.folder)
        rows = new_rows(self)
        rows.addRow(column(choice, self.table, self.reading))


def _free(folder: Path) -> Path:
    """Return a folder that does not hold anything yet: trained, trained-2 ..."""
    names = (folder.with_name(f"{folder.name}-{n}") for n in count(2))
    while folder.exists():
        folder = next(names)
    return folder
