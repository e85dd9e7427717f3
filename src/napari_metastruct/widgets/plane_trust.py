"""What is known of the labels of each plane after a training, as rows and columns."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_metastruct.widgets.training_run import TrainingOutcome

__all__ = ["TRUST", "PlaneTrust", "features_of", "is_scored", "table_of", "trusts_of"]

TRUST = "trust"
"""What a method calls the trust in the labels of a plane, 0 to 1."""


@dataclass(frozen=True, slots=True)
class PlaneTrust:
    """What is known of the labels of a plane after a training.

    Attributes
    ----------
    pair, plane
        Its numbers.
    name
        Name of the image.
    trust
        How likely, by the method, the labels as given are clean rather than the same
        revised: 0.5 is no difference, near 0 the revised ones are much likelier. NaN:
        the method gives none.
    revised
        Share of the labels that were corrected; NaN: there are none.
    trusted
        Whether the person said that they are right.
    further
        Other scores of the method by their names, as "score" and "score revised": its
        own of the labels as given and as revised, 0 to 1.
    """

    pair: int
    plane: int
    name: str
    trust: float
    revised: float
    trusted: bool = False
    further: Mapping[str, float] = field(default_factory=dict)


def trusts_of(outcome: "TrainingOutcome") -> list[PlaneTrust]:
    """Return what is known of all planes, in their order."""
    trained, sources = outcome.trained, outcome.run.sources
    found = []
    for pair, (source, shares) in enumerate(
        zip(sources, trained.revised, strict=False)
    ):
        for plane, share in enumerate(shares):
            scores = {
                name: float(of_pairs[pair][plane])
                for name, of_pairs in trained.scores.items()
            }
            trust = scores.pop(TRUST, math.nan)
            row = PlaneTrust(
                pair, plane, source.name, trust, float(share), source.trusted, scores
            )
            found.append(row)
    return found


def is_scored(rows: Sequence[PlaneTrust]) -> bool:
    """Say whether the method gave its trust in any of these."""
    return any(not math.isnan(row.trust) for row in rows)


def table_of(rows: Sequence[PlaneTrust]) -> dict[str, list[Any]]:
    """Return columns by their names, JSON-ready, for the metadata of a layer."""
    return {
        "plane": [row.plane for row in rows],
        "trust": [_known(row.trust) for row in rows],
        "revised": [_known(row.revised) for row in rows],
    }


def features_of(rows: Sequence[PlaneTrust]) -> dict[str, list[Any]]:
    """Return columns by their names for the features of a layer; NaN: not known."""
    columns: dict[str, list[Any]] = {
        "image": [row.name for row in rows],
        "plane": [row.plane for row in rows],
        TRUST: [row.trust for row in rows],
    }
    for name in rows[0].further if rows else ():
        columns[name] = [row.further[name] for row in rows]
    columns["revised share"] = [row.revised for row in rows]
    columns["said to be right"] = [row.trusted for row in rows]
    return columns


def _known(number: float) -> float | None:
    return None if math.isnan(number) else round(number, 4)
