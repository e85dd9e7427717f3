"""How reliable marks are, by an annotation network that has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_metastruct.evidence import blocks
from napari_metastruct.networks.annotation import AnnotationNetwork, beginning
from napari_metastruct.networks.tiling import OVERLAP, TILE, pad_to_stride
from napari_metastruct.progress import PlaneDone, Started
from napari_metastruct.training.labelled.confusion import MeanMatrix
from napari_metastruct.training.labelled.predicting import evaluating
from napari_metastruct.training.labelled.results import MethodResults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_metastruct.progress import Steps
    from napari_metastruct.training.labelled.planes import Example
    from napari_metastruct.training.labelled.session import LabelledSession

__all__ = ["reliability_steps"]

MOST = 2**24
"""Entries of matrices that are held at once."""


def reliability_steps(
    session: LabelledSession, kinds: Sequence[str], examples: Sequence[Example]
) -> Steps[MethodResults]:
    """Return mean matrices and maps of the kinds of marks that there are.

    Parameters
    ----------
    session
        Its first network segments, its second is an `AnnotationNetwork`.
    kinds
        Their names: first that of positive marks, then that of negative ones.
    examples
        The planes.

    Returns
    -------
    By a generator of events: for each kind the mean confusion matrix over the pixels
    so marked (see `MeanMatrix`); and "reliability <kind>", ``(Y, X)`` for each plane:
    ``sum_j a_jj p_j``, how likely a mark there says what is true. Where matrices have
    not begun to learn they say nothing of the marks: all are as at the beginning, and
    there are no maps.
    """
    second = session.networks[1]
    assert isinstance(second, AnnotationNetwork)
    marked = [
        [None if e.trusted else e.labels, e.negative if not e.trusted else None]
        for e in examples
    ]
    there = [kind for kind in range(len(kinds)) if any(_any(m[kind]) for m in marked)]
    if not _has_begun(second):
        matrix = beginning(session.class_count).double().numpy()
        return MethodResults({kinds[kind]: matrix.copy() for kind in there})
    means = {kind: MeanMatrix(session.class_count) for kind in there}
    maps: dict[str, list[NDArray[np.float32]]] = {
        f"reliability {kinds[kind]}": [] for kind in there
    }
    yield Started("Judging the marks", len(examples))
    with evaluating(second), torch.inference_mode():
        for number, (example, marks) in enumerate(zip(examples, marked, strict=True)):
            chances = yield from session.whole.probability_steps(example)
            found = [np.empty(example.shape, np.float32) for _ in there]
            for rows, columns, features in _tiles(session, example.image):
                part = torch.from_numpy(chances[:, rows, columns]).movedim(0, -1)
                probability = part.to(session.device)
                for kind, held in zip(there, found, strict=True):
                    own = marks[kind]
                    held[rows, columns] = _judged(
                        second,
                        kind,
                        probability,
                        features,
                        None if own is None else own[rows, columns],
                        means[kind],
                    )
                yield PlaneDone(number, len(examples))
            for name, held in zip(maps, found, strict=True):
                maps[name].append(held)
            yield PlaneDone(number + 1, len(examples))
    matrices = {
        kinds[kind]: mean.value() for kind, mean in means.items() if not mean.is_empty
    }
    return MethodResults(matrices, maps)


def _has_begun(network: AnnotationNetwork) -> bool:
    """Say whether the matrices differ from the beginning anywhere."""
    head = network.head
    return bool(head.weight.any()) or bool(head.bias.any())


def _any(marks: NDArray[np.int16] | None) -> bool:
    return marks is not None and bool((marks >= 0).any())


def _tiles(
    session: LabelledSession, image: NDArray[np.float32]
) -> Iterator[tuple[slice, slice, torch.Tensor]]:
    """Yield where a tile lies, and the features there, ``(rows, columns, width)``."""
    stride = session.settings.network_settings().stride
    for block in blocks((image.shape[1], image.shape[2]), OVERLAP, TILE):
        seen = pad_to_stride(image[(slice(None), *block.seen)], stride)
        batch = torch.from_numpy(np.ascontiguousarray(seen))[None].to(session.device)
        inner = (0, *block.inner)
        features = session.forward(batch, network=1).movedim(1, -1)[inner]
        yield *block.core, features


def _judged(
    network: AnnotationNetwork,
    kind: int,
    probability: torch.Tensor,
    features: torch.Tensor,
    marks: NDArray[np.int16] | None,
    mean: MeanMatrix,
) -> NDArray[np.float32]:
    """Return the reliability of a tile, and count its marked pixels."""
    shape, classes = probability.shape[:2], probability.shape[2]
    p, f = probability.reshape(-1, classes), features.reshape(-1, features.shape[2])
    known = None
    if marks is not None:
        known = torch.from_numpy((marks >= 0).ravel()).to(p.device)
    found = []
    step = max(1, MOST // classes**2)
    for part in (slice(start, start + step) for start in range(0, len(p), step)):
        matrices = network.matrices(f[part], kind)
        diagonal = matrices.diagonal(dim1=1, dim2=2)
        found.append((diagonal * p[part]).sum(1))
        if known is not None and bool(known[part].any()):
            mean.add(p[part][known[part]], matrices[known[part]])
    values: NDArray[np.float32] = torch.cat(found).reshape(shape).cpu().numpy()
    return values
