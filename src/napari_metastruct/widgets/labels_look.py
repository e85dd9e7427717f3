"""Looking at labels in a thread, and again when they are painted."""

from qtpy.QtCore import QObject, Signal

from napari_metastruct.widgets.failures import sentence_of
from napari_metastruct.widgets.label_facts import LabelFacts, fact_steps
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.newest import Newest

__all__ = ["LabelsLook"]

AGAIN_AFTER_MS = 700
"""After painting; a look at a large stack takes longer than a preview."""


class LabelsLook(QObject):
    """Knows what the chosen labels hold.

    Signals
    -------
    looked()
        There are new facts.
    """

    looked = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.facts: LabelFacts | None = None
        self._source: LabelsInput | None = None
        self._newest = Newest("Looking at labels", self)
        self._newest.succeeded.connect(self._on_facts)
        self._newest.failed.connect(self._on_error)

    def at(self, source: LabelsInput | None) -> None:
        """Look at labels; nothing is known until then, unless they are the same."""
        before, self._source = self._source, source
        if source is None:
            self._newest.drop()
            self.facts = None
        elif before is None or not _same(before, source):
            self._newest.drop()
            self.facts = None
            self._ask(source, 0)

    def again(self, source: LabelsInput | None = None) -> None:
        """Look again a moment later; what was known holds until then.

        Parameters
        ----------
        source
            The labels as they are now, if a script may have given the layer other data.
        """
        self._source = source or self._source
        if self._source is not None:
            self._ask(self._source, AGAIN_AFTER_MS)

    def _ask(self, source: LabelsInput, delay: int) -> None:
        self._newest.ask(lambda: fact_steps(source), delay)

    def _on_facts(self, facts: LabelFacts) -> None:
        self.facts = facts
        self.looked.emit()

    def _on_error(self, error: Exception) -> None:
        name = "" if self._source is None else self._source.name
        sentence = sentence_of(error) or f"'{name}' cannot be read: {error}"
        self._on_facts(LabelFacts({}, 0, 0.0, sentence))


def _same(a: LabelsInput, b: LabelsInput) -> bool:
    return (
        a.data is b.data
        and (a.together, a.as_one) == (b.together, b.as_one)
        and (a.spacing, a.unit) == (b.spacing, b.unit)
    )
