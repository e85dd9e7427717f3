"""One row of the table of images with their marks."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from napari.layers import Image, Labels
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.widgets.layer_combo import LayerCombo
from napari_metastruct.widgets.mark_input import MarkInput, read_image, read_marks
from napari_metastruct.widgets.mark_layers import (
    IS,
    IS_NOT,
    KINDS,
    Kind,
    add_mark_layer,
    find_mark_layer,
)
from napari_metastruct.widgets.mark_watch import MarkWatch
from napari_metastruct.widgets.optional_layer import OptionalLayer
from napari_metastruct.widgets.training_pair import Colours

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["MarkRow"]


class MarkRow(QWidget):
    """An image, its two layers of marks, and maybe a mask that is right.

    Signals
    -------
    valueChanged()
        Other layers are chosen, or more is known about their marks.
    marked(row, planes)
        On these planes marks have been painted, undone or erased.
    removeClicked(row)
        The person wants this row to go.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit
    marked = Signal(object, object)
    removeClicked = Signal(object)  # noqa: N815

    def __init__(self, viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = viewer
        self.image = LayerCombo(viewer, Image)
        self.image.setToolTip("The image, or a stack of images.")
        self.marks: dict[Kind, OptionalLayer] = {
            kind: OptionalLayer(viewer, Labels) for kind in KINDS
        }
        self.marks[IS].setToolTip(
            "Marks of what it is: 1 is background, 2 the first class, 0 is not marked."
        )
        self.marks[IS_NOT].setToolTip("Marks of what it is not, by the same numbers.")
        self.right_mask = OptionalLayer(viewer, Labels)
        self.right_mask.setToolTip(
            "Labels of all pixels that are right: 0 background, 1 the first class. All "
            "of them are learned from as they are, and marks of this image are not."
        )
        self.remove = QPushButton("✕")
        self.remove.setToolTip("Take this image out of the list; its layers stay.")
        self.remove.setMaximumWidth(26)
        self._colours: Colours = "all"
        self._watches = {kind: MarkWatch(viewer, self) for kind in KINDS}
        self._lay_out()
        self._connect()

    def layers(self) -> list[Any]:
        """Return the layers of this row that are chosen."""
        image = self.image.value()
        return ([] if image is None else [image]) + self.painted_layers()

    def painted_layers(self) -> list[Any]:
        """Return those of them that hold marks or a mask."""
        found = (combo.value() for combo in (*self.marks.values(), self.right_mask))
        return [layer for layer in found if layer is not None]

    def layer_of(self, kind: Kind) -> Any:  # noqa: ANN401 - a layer, or None
        """Return the layer of such marks, None if there is none."""
        return self.marks[kind].value()

    def value(self) -> MarkInput:
        """Return the layers as they are now.

        Raises
        ------
        InputError
            There are none, or they do not belong together.
        """
        return read_marks(
            self.image.value(),
            self.layer_of(IS),
            self.layer_of(IS_NOT),
            self.right_mask.value() if self.right_mask.isVisibleTo(self) else None,
            colours=self._colours,
        )

    def counts(self, kind: Kind) -> Counter[int]:
        """Return the pixels of each painted number."""
        return self._watches[kind].counts

    def marked_planes(self) -> int:
        """Return how many planes have marks."""
        planes: set[int] = set()
        return len(
            planes.union(*(watch.planes or {} for watch in self._watches.values()))
        )

    def is_known(self) -> bool:
        """Say whether it is known what is painted."""
        return all(watch.is_known for watch in self._watches.values())

    def is_trusted(self) -> bool:
        """Say whether there is a mask that is right."""
        return self.right_mask.isVisibleTo(self) and self.right_mask.value() is not None

    def is_coloured(self) -> bool:
        """Say whether the image has several colours or channels."""
        try:
            return read_image(self.image.value()).stack.channels is not None
        except InputError:
            return False

    def offer(self, used: list[Any]) -> None:
        """Choose an image that no other row has, if there is any, and its marks."""
        free = [layer for layer in self.image._layers if layer not in used]
        if self.image.value() in used and free:
            self.image.setValue(free[0])
        self._find_marks()

    def read_as(self, colours: Colours) -> None:
        """Read colours in this way."""
        if colours != self._colours:
            self._colours = colours
            self._fill()

    def needs_marks(self) -> bool:
        """Say whether a layer of marks is missing."""
        return any(self.layer_of(kind) is None for kind in KINDS)

    def make_marks(self) -> None:
        """Add the layers of marks that are missing.

        Raises
        ------
        InputError
            There is no image, or it cannot be read.
        """
        layer = self.image.value()
        image = read_image(layer, self._colours)
        for kind in reversed(KINDS):
            if self.layer_of(kind) is None:
                made = add_mark_layer(self._viewer, image, layer, kind)
                self.marks[kind].setValue(made)

    def _find_marks(self) -> None:
        """Choose the marks that were made for the image, when the dock was closed."""
        image = self.image.value()
        for kind, combo in self.marks.items():
            found = (
                None if image is None else find_mark_layer(self._viewer, image, kind)
            )
            combo.choose(found)
        self._fill()

    def _fill(self) -> None:
        try:
            found = self.value()
        except InputError:
            found = None
        held = {} if found is None else {IS: found.positive, IS_NOT: found.negative}
        for kind, watch in self._watches.items():
            watch.at(self.layer_of(kind), held.get(kind))
        self.valueChanged.emit()

    def _on_look(self, planes: tuple[int, ...]) -> None:
        self.valueChanged.emit()
        if planes:
            self.marked.emit(self, planes)

    def _connect(self) -> None:
        self.image.currentIndexChanged.connect(lambda _: self._find_marks())
        # A layer that comes or goes changes all boxes, each more than once.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._fill)
        for combo in (self.image, *self.marks.values(), self.right_mask):
            combo.valueChanged.connect(self._soon.start)
        for watch in self._watches.values():
            watch.looked.connect(self._on_look)
        self.remove.clicked.connect(lambda: self.removeClicked.emit(self))

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        combos: list[LayerCombo]
        combos = [self.image, *self.marks.values(), self.right_mask]
        for combo in combos:
            policy = combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            combo.setSizeAdjustPolicy(policy)
            combo.setMinimumContentsLength(3)
            layout.addWidget(combo, stretch=1)
        layout.addWidget(self.remove)
