"""What was chosen last in the dock "Train on coarse marks", for the next session."""

from typing import TYPE_CHECKING

from napari_metastruct.widgets.preferences import (
    MARKS,
    MARKS_NAMES,
    recalled,
    remember,
    remembered,
)

if TYPE_CHECKING:
    from napari_metastruct.widgets.mark_learning import MarkLearning

__all__ = ["keep_choice", "recall_choice"]


def keep_choice(learning: "MarkLearning") -> None:
    """Keep what is chosen now."""
    # Classes belong to the marks and are none of what is kept.
    chosen = {**dict(learning.labelled_settings(())), **dict(learning.learner())}
    chosen["preview"] = learning.preview.isChecked()
    remember(where=MARKS, **{name: chosen[name] for name in MARKS_NAMES})
    learning.backend.remember()


def recall_choice(learning: "MarkLearning") -> None:
    """Choose what was chosen last."""
    method = recalled(learning.learner(), MARKS_NAMES, where=MARKS)
    settings = recalled(learning.labelled_settings(()), MARKS_NAMES, where=MARKS)
    learning.show_settings(method, settings)
    learning.preview.setChecked(bool(remembered("preview", True, where=MARKS)))
