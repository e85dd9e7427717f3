"""What is to be made of labels: which noise, of which seed."""

from dataclasses import dataclass
from typing import Any

from napari_metastruct.noise import Chain
from napari_metastruct.widgets.labels_input import LabelsInput

__all__ = ["Wish"]


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """What is to be looked at.

    Attributes
    ----------
    layer
        The clean labels' layer.
    source
        The same as the core reads it.
    chain, seed
        The noise.
    classes
        Those of all labels.
    """

    layer: Any
    source: LabelsInput
    chain: Chain
    seed: int
    classes: tuple[int, ...]

    def is_like(self, other: "Wish | None") -> bool:
        """Whether the same noise is made of the same labels."""
        if other is None:
            return False
        mine, its = self.source, other.source
        return (
            (self.layer == other.layer and mine.data is its.data)
            and (mine.together, mine.as_one) == (its.together, its.as_one)
            and (self.chain, self.seed) == (other.chain, other.seed)
            and self.classes == other.classes
        )
