"""Learning from positive and negative coarse marks (paper 004)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from napari_metastruct.parameters import Count, Rate
from napari_metastruct.training.method import LabelledMethod

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import torch
    from torch import nn

    from napari_metastruct.progress import Event, Steps
    from napari_metastruct.training.labelled.confusion import Agreement
    from napari_metastruct.training.labelled.planes import Example
    from napari_metastruct.training.labelled.results import MethodResults
    from napari_metastruct.training.labelled.session import (
        LabelledBatch,
        LabelledSession,
    )
    from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["CoarseMarks"]

KINDS = ("positive", "negative")
EXACT = 0.95
"""Share of the marks at the rims of strokes that p must agree with to learn from them:
more disagree where strokes were drawn coarsely up to the edge of what they show."""


class CoarseMarks(LabelledMethod):
    """Learn from a few strokes of what it is, and a few of what it is not.

    Two networks learn together (Fig. 1): one gives the probability p of each class,
    the other for every pixel how marks there come about: a confusion matrix for the
    positive marks, A_o, and one for the negative, A_c. The loss is

    - of positive marks ``NLL(log(A_o p), mark) + lambda tr(A_o)`` (Eq. 3 and 4),
    - of negative marks ``NLL(log(M A_c p), mark) + lambda tr(A_c)`` (Eq. 5), where M
      turns what a pixel is into what it is said not to be,

    both together (Eq. 6), each the mean over the pixels so marked; either kind may be
    missing. What is not marked is not learned from. Images with trusted labels are
    learned from as dense masks, by cross-entropy (Table 3, "semi").

    The trace alone tells errors of the marks from the truth: the least reliable
    matrices that explain the marks are looked for. From the first step on, this would
    find matrices that explain all marks whatever the image; so p learns first, while
    the matrices stay as they begin, near the identity.

    Where all marks of a kind say the same class i, the true matrix has ones in row i:
    it explains every mark whatever p is (``(A p)_i = sum(p) = 1``), and once it is
    found p learns nothing more from them. So p goes on by the first matrix there, and
    the learned one only tells how reliable the marks are.

    Marks are wrong above all at the rims of strokes, and there mostly in the same way,
    so that p would learn the errors and A could not tell them from the truth. So p
    learns from the inner part of strokes alone (`rim`), which is not in the paper. If
    it then agrees with nearly all marks at the rims, too, as it does with strokes
    within objects, it goes on with whole strokes.
    """

    title: ClassVar[str] = "Coarse marks"
    reference: ClassVar[str] = (
        "Learning from positive and negative coarse labels, Eq. 1-6"
    )
    negative_marks: ClassVar[bool] = True

    name: Literal["coarse-marks"] = "coarse-marks"
    """Name of the method."""
    trace: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Weight of the matrices' trace, lambda of Eq. 4 and 5: how readily marks are
    taken for wrong."""
    warm_up: Count = 100
    """Steps in which the matrices stay near the identity, so that marks are believed;
    also after new marks were painted."""
    wait_for: Rate = 0.8
    """They also stay there until p agrees with at least this share of the marks of
    every class, in an epoch. 0, as in the paper: where objects are hard to learn, their
    marks are taken for wrong before they are learned."""
    joint: bool = False
    """Let p learn by the learned matrices also where all marks of a kind say the same
    class, as in the paper: such matrices explain the marks whatever p is, which is then
    free to drift."""
    rim: Rate = 0.5
    """Leave the rims of strokes out, where they are least exact: this share of the half
    width of the thinnest. They still tell how reliable the marks are, but what is
    predicted is not learned from them until it agrees with nearly all; of every stroke
    the innermost pixels always count. 0, as in the paper: every marked pixel counts."""
    balance: bool = False
    """Let every marked class count the same, however many pixels are marked; in the
    paper every pixel does."""

    def further_networks(
        self, settings: LabelledSettings, channels: int, classes: int
    ) -> tuple[Callable[[], nn.Module], ...]:
        """Return what builds the annotation network, half as wide as the other."""
        from napari_metastruct.networks.annotation import AnnotationNetwork

        width, depth = max(4, settings.width // 2), min(settings.depth, 3)
        kinds = len(KINDS)
        return (partial(AnnotationNetwork, channels, classes, kinds, width, depth),)

    def train(self, session: LabelledSession) -> Iterator[Event]:
        """Go down the loss of Eq. 6."""
        from napari_metastruct.training.labelled.confusion import Agreement
        from napari_metastruct.training.labelled.stroke_rims import CoreMarks

        inner = CoreMarks(self.rim)
        session.optimise("adamw", rate=2e-3, course="poly")
        steps = session.state.setdefault("steps", 0)
        learned = session.state.setdefault("learned", not self.wait_for)
        whole = session.state.setdefault("whole", False)
        telling = self._telling(session)
        for epoch in session.epochs():
            if session.has_new_marks:
                steps, learned, whole = 0, not self.wait_for, False
                telling = self._telling(session)
            agreement, at_rims = (
                Agreement(len(KINDS) * session.class_count) for _ in range(2)
            )
            maps = {"negative": session.negative}
            maps |= inner.of(session.labels, session.negative)
            for batch in session.batches(maps):
                warm = steps < self.warm_up or not learned
                loss = self._loss(
                    session,
                    batch,
                    () if warm else telling,
                    agreement,
                    at_rims,
                    whole=whole,
                )
                steps += 1
                yield session.step(loss, only=[0] if warm else None)
            least = agreement.least()
            learned = learned or least >= self.wait_for
            exact = not at_rims.is_empty and at_rims.least() >= EXACT
            whole = whole or exact
            session.state |= {"steps": steps, "learned": learned, "whole": whole}
            yield from session.end_epoch(epoch, agreement=least)

    def _telling(self, session: LabelledSession) -> tuple[bool, ...]:
        """Return, for each kind of marks, whether p learns by the learned matrices."""
        others = np.flatnonzero(~session.trusted)
        said = (
            {int(c) for n in others for c in np.unique(marks[n]) if c >= 0}
            for marks in (session.labels, session.negative)
        )
        return tuple(self.joint or len(classes) > 1 for classes in said)

    def _loss(
        self,
        session: LabelledSession,
        batch: LabelledBatch,
        telling: tuple[bool, ...],
        agreement: Agreement,
        at_rims: Agreement,
        *,
        whole: bool = False,
    ) -> torch.Tensor:
        """Return the loss of a batch: Eq. 6, and cross-entropy where it is trusted.

        Parameters
        ----------
        telling
            As `_telling` returns it; empty while matrices stay as they begin.
        agreement, at_rims
            Count with which marks p agrees: inner ones, and those at rims.
        whole
            Whether p learns from rims, too.
        """
        import torch

        from napari_metastruct.networks.annotation import AnnotationNetwork, beginning
        from napari_metastruct.training.labelled.confusion import mark_losses, traces
        from napari_metastruct.training.losses import pixel_cross_entropy

        logits = session.forward(batch.images)
        planes = torch.from_numpy(session.trusted[list(batch.planes)])
        trusted = planes.to(logits.device)[:, None, None]
        dense = trusted & (batch.labels >= 0)
        losses = [pixel_cross_entropy(logits, batch.labels)[dense]]
        classes = [batch.labels[dense]]
        probability = logits.softmax(1).movedim(1, -1)
        network = session.networks[1]
        assert isinstance(network, AnnotationNetwork)
        first = beginning(session.class_count).to(logits)[None]
        features = None
        if telling:
            features = session.forward(batch.images, network=1).movedim(1, -1)
        for kind, marks in enumerate((batch.labels, batch.maps["negative"])):
            where = (marks >= 0) & ~trusted
            own, p = marks[where], probability[where]
            inner = (batch.maps[f"inner {KINDS[kind]}"] >= 0)[where]
            counts = inner | whole
            said = partial(mark_losses, marks=own, negative=kind == 1)
            if features is None:
                losses.append(said(p, first) * counts)
            else:
                a = network.matrices(features[where], kind)
                learning = counts & telling[kind]
                found = said(torch.where(learning[:, None], p, p.detach()), a)
                found = found + self.trace * traces(a)
                if not telling[kind]:
                    found = found + said(p, first) * counts
                losses.append(found)
            classes.append(own + kind * session.class_count)
            agrees = (p.argmax(1) == own) != (kind == 1)
            agreement.add(agrees[inner], classes[-1][inner])
            at_rims.add(agrees[~inner], classes[-1][~inner])
        return self._mean(torch.cat(losses), torch.cat(classes))

    def _mean(self, losses: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        """Return the mean over pixels, or over what they are marked as; 0 of none."""
        if not self.balance or not len(losses):
            return losses.sum() / max(len(losses), 1)
        counts = classes.bincount()
        weights = (1 / counts)[classes] / (counts > 0).sum()
        return (losses * weights).sum()

    def results(
        self, session: LabelledSession, examples: Sequence[Example]
    ) -> Steps[MethodResults]:
        """Return how reliable the marks are: mean matrices, and a map of each kind.

        The matrices are named "positive" and "negative": entry (i, j) is how often a
        pixel of class j was marked as class i; of negative marks, as anything but what
        it was said not to be (the matrix A_c before M). The maps are named
        "reliability positive" and "reliability negative": ``sum_j a_jj p_j``, how
        likely a mark at the pixel says what is true.
        """
        from napari_metastruct.training.labelled.reliability import reliability_steps

        return (yield from reliability_steps(session, KINDS, examples))
