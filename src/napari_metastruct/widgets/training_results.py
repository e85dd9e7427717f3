"""Adding the layers of a training one by one, so that the window stays alive."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal

from napari_metastruct.widgets.after_training import AfterTraining
from napari_metastruct.widgets.corrections import Corrections
from napari_metastruct.widgets.plane_trust import is_scored, table_of, trusts_of
from napari_metastruct.widgets.training_layers import add_class_labels, add_image
from napari_metastruct.widgets.training_run import PairOutcome, TrainingOutcome

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["ResultAdder"]


class ResultAdder(QObject):
    """Adds prediction, corrected labels, difference and trust of each pair.

    Signals
    -------
    done()
        All layers are there.
    """

    done = Signal()

    def __init__(self, viewer: "Viewer", after: AfterTraining) -> None:
        super().__init__(after)
        self._viewer, self._after = viewer, after
        self._acts: list[Callable[[], None]] = []
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._next)

    @property
    def is_busy(self) -> bool:
        """Whether layers are still to come."""
        return bool(self._acts)

    def add(self, outcome: TrainingOutcome) -> None:
        """Add the layers of a result, the first one at once."""
        self._after.review.clear()
        provenance, rows = outcome.provenance(), trusts_of(outcome)
        for number, pair in enumerate(outcome.pairs):
            own = [row for row in rows if row.pair == number]
            about = {**provenance, "planes": table_of(own)}
            self._acts += self._acts_of(pair, about)
            if is_scored(own):
                self._acts.append(
                    partial(self._after.points.add, outcome.run, number, own, about)
                )
        self._acts.append(lambda: self._after.show_outcome(outcome))
        self._next()
        self._timer.start()

    def _acts_of(
        self, pair: PairOutcome, provenance: dict[str, Any]
    ) -> list[Callable[[], None]]:
        image, labels = pair.source.image, pair.source.labels

        def picture() -> None:
            if not pair.source.is_layer:
                add_image(self._viewer, pair.source)

        def prediction() -> None:
            name = f"{image.name} prediction"
            add_class_labels(self._viewer, pair, pair.prediction, name, provenance)

        def corrected() -> None:
            name = f"{labels.name} corrected"
            add_class_labels(
                self._viewer, pair, pair.corrected, name, provenance
            ).visible = False

        def difference() -> None:
            self._after.review.add(Corrections(self._viewer, pair, provenance))

        return [picture, prediction, corrected, difference]

    def _next(self) -> None:
        if self._acts:
            self._acts.pop(0)()
        if not self._acts:
            self._timer.stop()
            self.done.emit()
