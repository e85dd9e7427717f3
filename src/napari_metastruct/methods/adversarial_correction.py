"""Adversarial correction of labels with reweighting (paper 001)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from napari_metastruct.errors import InputError
from napari_metastruct.parameters import Count, Positive, Rate
from napari_metastruct.progress import Heartbeat, Notice
from napari_metastruct.training.method import LabelledMethod

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import torch
    from numpy.typing import NDArray
    from torch import nn

    from napari_metastruct.progress import Event, Steps
    from napari_metastruct.training.labelled.pairs import LabelledPair
    from napari_metastruct.training.labelled.planes import Example
    from napari_metastruct.training.labelled.results import MethodResults
    from napari_metastruct.training.labelled.rivals import Means, Revisions, Rivals
    from napari_metastruct.training.labelled.session import (
        LabelledBatch,
        LabelledSession,
    )
    from napari_metastruct.training.labelled.settings import LabelledSettings
    from napari_metastruct.training.labelled.stages import Stages

__all__ = ["AdversarialCorrection"]

TITLES = (
    "the image branch learns to segment from the clean label maps",
    "the label branch learns to mend what the image branch predicts",
    "the discriminator learns to tell revised label maps from clean ones",
    "both branches learn to mend so that the discriminator cannot tell",
    "the image branch learns from the revised label maps, weighted by trust",
)
ENOUGH = 10
"""So many clean label maps did no harm in the benchmarks; with 4 of 40 it was worse."""
PIXELS = 513 * 513
"""Of an image in the paper."""


class AdversarialCorrection(LabelledMethod):
    """Labels are revised by a network that learned from clean ones how to mend them.

    Some label maps must be known to be right ("trusted"). In five stages:

    1. The image branch learns to segment from these, by cross-entropy.
    2. The label branch learns to make the clean label map of the one that the image
       branch predicts; what the image branch sees at each scale helps it (Eq. 1).
    3. The discriminator learns to tell revised label maps from clean ones.
    4. Both branches go on learning: revised label maps shall look clean to the
       discriminator, which goes on learning too, and be right where that is known
       (Eq. 2 to 4).
    5. Labels that are not trusted are revised, and the image branch goes on learning
       from all; each counts as much as the discriminator takes it for clean, 1 on
       average (Eq. 5). Labels that need no mending stay as they are: the
       discriminator must prefer the revised ones by more than it does for nearly all
       clean label maps.

    To segment another image the image branch alone is needed.
    """

    title: ClassVar[str] = "Adversarial correction"
    reference: ClassVar[str] = (
        "label refinement and sample reweighting by a GAN (paper 001), Eq. 1-5"
    )
    stages: ClassVar[tuple[str, ...]] = TITLES

    name: Literal["adversarial-correction"] = "adversarial-correction"
    """Name of the method."""
    shares: Annotated[tuple[Positive, ...], Field(min_length=5, max_length=5)] = (
        0.2,
        0.15,
        0.1,
        0.1,
        0.45,
    )
    """How the epochs of the run are shared among the five stages."""
    passes: Count = 140
    """How often stages 1 to 4 together go through the clean label maps at most; epochs
    beyond go to the last. Once these few are learned by heart, they no longer tell how
    others are mended."""
    likeness: Annotated[float, Field(ge=0, le=1)] = 1e-4
    """Weight of being right against looking clean in stage 4, lambda of Eq. 4; it
    multiplies the sum of the cross-entropy over the pixels of an image of the paper,
    513 x 513, whatever the size of a patch: 1e-4 is 26 times the mean of a pixel."""
    rivals: bool = True
    """The discriminator goes on learning in stage 4 (Eq. 4); otherwise it stays as
    stage 3 has left it."""
    reweight: bool = True
    """In stage 5 revised label maps count by their trust; otherwise all alike."""
    exchanged: bool = True
    """The label branch also mends label maps with pieces of other images' in them, and
    the discriminator also sees clean label maps beside the wrong images. In the paper
    they do not: the one then learns to copy labels, the other the few clean images by
    heart."""
    spare: Rate = 0.9
    """Revise only label maps whose odds to be clean rise by more than those of this
    share of the clean ones would; 0: all, as in the paper, whose network was only given
    labels that are wrong."""
    discriminator_blocks: Annotated[int, Field(ge=0, le=7)] = 0
    """How often the discriminator halves a patch: 7 in the paper, for 513 pixels; 0:
    as often as leaves 4 pixels, at most 7."""
    paper_optimizer: bool = False
    """Follow the gradient by SGD at a rate of 0.007 with momentum 0.9, which needs
    thousands of steps; otherwise by AdamW at 0.002."""

    def check(self, pairs: Sequence[LabelledPair], settings: LabelledSettings) -> None:
        """Refuse a run without clean or without other label maps, or too small."""
        trusted = sum(len(pair.image) for pair in pairs if pair.trusted)
        total = sum(len(pair.image) for pair in pairs)
        if not trusted:
            raise InputError(
                f"'{self.title}' learns from clean label maps how to mend the others, "
                f"but none of the {total} is said to be right. Say it of about one in "
                f"four, at least of {ENOUGH}: by --trusted FOLDER on the command line, "
                "by trusted=True in Python."
            )
        if trusted == total:
            raise InputError(
                f"All {total} label maps are said to be right, so there is nothing to "
                "mend: choose the method 'plain', or say it of the clean ones only."
            )
        if settings.epochs < len(TITLES):
            raise InputError(
                f"'{self.title}' learns in {len(TITLES)} stages and needs at least "
                f"{len(TITLES)} epochs, not {settings.epochs}."
            )
        needed = 2**self.discriminator_blocks
        if settings.patch < needed:
            raise InputError(
                f"A discriminator of {self.discriminator_blocks} blocks needs patches "
                f"of at least {needed} pixels, not {settings.patch}: choose larger "
                "patches, or discriminator_blocks 0 for as many as they take."
            )

    def further_networks(
        self, settings: LabelledSettings, channels: int, classes: int
    ) -> tuple[Callable[[], nn.Module], ...]:
        """Return what builds the label branch and the discriminator."""
        from napari_metastruct.networks.discriminator import Discriminator, blocks_for
        from napari_metastruct.networks.dual_inference import CorrectionBranch

        network = settings.network_settings()
        blocks = self.discriminator_blocks or blocks_for(settings.patch)
        return (
            partial(CorrectionBranch, network, classes),
            partial(Discriminator, channels, classes, settings.width, blocks),
        )

    def train(self, session: LabelledSession) -> Iterator[Event]:
        """Go through the five stages."""
        from napari_metastruct.training.labelled.revising import revise
        from napari_metastruct.training.labelled.rivals import Means, Rivals
        from napari_metastruct.training.labelled.stages import Stages

        _check_parts(session)
        clean = int(session.trusted.sum())
        if clean < ENOUGH:
            yield Notice(
                f"Only {clean} label maps are said to be right. From too few of them "
                "one cannot learn how to mend the others, and the result may be worse "
                f"than that of 'plain': say it of at least {ENOUGH} if you can."
            )
        stages = Stages.of(session.state, self._lengths(session))
        self._optimise(session, stages)
        with Rivals(session) as rivals:
            weights = yield from self._begin(session, rivals, stages)
            for epoch in session.epochs():
                means = Means()
                yield from self._learn(session, rivals, stages.stage, weights, means)
                best = None if stages.is_last else True
                values = {"stage": float(stages.stage), **means.values()}
                yield from session.end_epoch(epoch, best=best, **values)
                ended = session.take_stage_end()
                if ended and stages.is_last:
                    break
                if stages.look(epoch, ended=ended):
                    session.state = stages.state()
                    self._optimise(session, stages)
                    if stages.is_last:
                        yield from revise(session, rivals, spare=self.spare)
                    weights = yield from self._begin(session, rivals, stages)

    def results(
        self, session: LabelledSession, examples: Sequence[Example]
    ) -> Steps[MethodResults]:
        """Return how far the discriminator trusts each plane's labels, 0 to 1.

        "trust": ``o / (o + r)`` of the odds that the labels are clean, o as given and
        r revised; below 0.5 where they had better be revised. "score" and "score
        revised": the discriminator's own scores of both. Nothing if the run has ended
        before its last stage.
        """
        from napari_metastruct.training.labelled.results import MethodResults
        from napari_metastruct.training.labelled.revising import ODDS, scores_steps

        if ODDS not in session.state:
            return MethodResults()
        return (yield from scores_steps(session, examples))

    def discriminator_loss(
        self, real: torch.Tensor, revised: torch.Tensor
    ) -> torch.Tensor:
        """Return ``-mean(log D(x, t)) - mean(log(1 - D(x, z)))``, Eq. 2 turned round.

        Parameters
        ----------
        real, revised
            Log odds of the masks, ``(N,)``.
        """
        from torch.nn.functional import softplus

        return softplus(-real).mean() + softplus(revised).mean()

    def generator_loss(
        self, revised: torch.Tensor, entropies: torch.Tensor
    ) -> torch.Tensor:
        """Return ``-mean(log D(x, z)) + lambda sum(BCE)``, Eq. 4.

        ``-log D`` has the gradient that ``log(1 - D)`` lacks while the discriminator
        is right, and the same optimum. The sum goes over the pixels of an image of
        the paper, 513 x 513, whatever the size of a patch.

        Parameters
        ----------
        revised
            Log odds of the revised masks, ``(N,)``.
        entropies
            Mean cross-entropy of a pixel with the clean label.
        """
        from torch.nn.functional import softplus

        return softplus(-revised).mean() + self.likeness * PIXELS * entropies

    def _lengths(self, session: LabelledSession) -> tuple[int, ...]:
        """Return how many epochs each stage takes, if none is ended early."""
        from napari_metastruct.training.labelled.stages import shared

        lengths = shared(session.settings.epochs, self.shares)
        clean = np.flatnonzero(session.trusted).tolist()
        first = self.shares[:-1]
        most = max(len(first), int(self.passes / session.passes(clean)))
        spared = sum(lengths[:-1]) - most
        if spared <= 0:
            return lengths
        return (*shared(most, first), lengths[-1] + spared)

    def _optimise(self, session: LabelledSession, stages: Stages) -> None:
        """Begin a stage without momentum; the rate falls until the stage ends."""
        wish, during = session.settings.optimizer, (stages.begun, stages.end)
        if wish == "sgd" or (wish == "method" and self.paper_optimizer):
            session.optimise(
                "sgd",
                rate=0.007,
                momentum=0.9,
                decay=5e-4,
                course="poly",
                during=during,
            )
        else:
            session.optimise("adamw", rate=2e-3, course="poly", during=during)

    def _begin(
        self, session: LabelledSession, rivals: Rivals, stages: Stages
    ) -> Steps[list[NDArray[np.float32]]]:
        """Say which stage goes on; return what each pixel counts in the last one."""
        from napari_metastruct.training.labelled.rivals import weights_of_trust

        number = stages.stage
        yield Notice(
            f"Stage {number} of {len(TITLES)}, up to epoch {stages.end}: "
            f"{TITLES[number - 1]}."
        )
        if not (stages.is_last and self.reweight):
            return []
        trusts = []
        for plane, labels in enumerate(session.labels):
            yield Heartbeat()
            trusts.append(rivals.trust(session.image(plane), labels))
        return weights_of_trust(trusts, session.labels)

    def _learn(
        self,
        session: LabelledSession,
        rivals: Rivals,
        stage: int,
        weights: list[NDArray[np.float32]],
        means: Means,
    ) -> Iterator[Event]:
        """Learn for an epoch of a stage."""
        only = self._learning(stage)
        for number, network in enumerate(session.networks):
            network.train(number in only)
        clean = np.flatnonzero(session.trusted).tolist()
        others = np.flatnonzero(~session.trusted).tolist()
        if stage in (3, 4):
            loss = self._judge if stage == 3 else self._deceive
            for right, other in zip(
                session.batches(planes=clean),
                session.batches(planes=others),
                strict=False,
            ):
                yield session.step(loss(rivals, right, other, means), only=only)
                if session.is_stage_ended:
                    return
            return
        maps = {"weight": weights} if weights else {}
        planes = clean if stage < 3 else None
        learn = self._mend if stage == 2 else self._segment
        for batch in session.batches(maps, planes):
            yield session.step(learn(rivals, batch, means), only=only)
            if session.is_stage_ended:
                return

    def _learning(self, stage: int) -> tuple[int, ...]:
        """Return the numbers of the networks that learn in a stage."""
        return ((0,), (1,), (2,), (0, 1, 2) if self.rivals else (0, 1), (0,))[stage - 1]

    def _segment(
        self, rivals: Rivals, batch: LabelledBatch, means: Means
    ) -> torch.Tensor:
        """Return the loss of the image branch (Eq. 3; Eq. 5 with weights)."""
        logits, _ = rivals.segment(batch.images)
        loss = weighted_entropy(logits, batch.labels, batch.maps.get("weight"))
        means.add(segmentation_loss=loss)
        return loss

    def _mend(self, rivals: Rivals, batch: LabelledBatch, means: Means) -> torch.Tensor:
        """Return the loss of the label branch on what the image branch predicts."""
        from napari_metastruct.training.labelled.rivals import frozen

        with frozen(rivals.generator.image_branch):
            revised = rivals.revisions(batch, exchanged=self.exchanged).revised
        loss = weighted_entropy(revised, batch.labels)
        means.add(correction_loss=loss)
        return loss

    def _judge(
        self, rivals: Rivals, clean: LabelledBatch, other: LabelledBatch, means: Means
    ) -> torch.Tensor:
        """Return the loss of the discriminator."""
        import torch

        with torch.no_grad():
            revisions = rivals.revisions(clean, other)
        return self._against(rivals, clean, revisions, means)

    def _deceive(
        self, rivals: Rivals, clean: LabelledBatch, other: LabelledBatch, means: Means
    ) -> torch.Tensor:
        """Return the loss of the generator, and that of its rival."""
        from napari_metastruct.training.labelled.rivals import frozen

        revisions = rivals.revisions(clean, other, exchanged=self.exchanged)
        with frozen(rivals.discriminator):
            _, odds = _odds(rivals, clean, revisions)
        right = weighted_entropy(revisions.segmented, clean.labels)
        mended = weighted_entropy(revisions.revised[: len(clean.labels)], clean.labels)
        loss = self.generator_loss(odds, right + mended)
        means.add(segmentation_loss=right, correction_loss=mended, generator_loss=loss)
        if not self.rivals:
            return loss
        return loss + self._against(rivals, clean, revisions, means)

    def _against(
        self,
        rivals: Rivals,
        clean: LabelledBatch,
        revisions: Revisions,
        means: Means,
    ) -> torch.Tensor:
        """Return the loss of the discriminator on revised masks as they are."""
        fixed = revisions._replace(revised=revisions.revised.detach())
        real, revised = _odds(rivals, clean, fixed, exchanged=self.exchanged)
        loss = self.discriminator_loss(real, revised)
        means.add(
            discriminator_loss=loss,
            clean_score=real.sigmoid(),
            revised_score=revised[: len(fixed.images)].sigmoid(),
        )
        return loss


def weighted_entropy(
    logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the mean cross-entropy of the labelled pixels, each times its weight.

    Parameters
    ----------
    logits
        ``(N, classes, Y, X)``.
    labels
        ``(N, Y, X)`` int64: class, or -1 to ignore.
    weights
        ``(N, Y, X)``, 1 on average over the images of the run, so that the mean is
        not divided by them; None: all 1.
    """
    from napari_metastruct.training.losses import mean_over, pixel_cross_entropy

    entropies = pixel_cross_entropy(logits, labels)
    if weights is not None:
        entropies = entropies * weights
    return mean_over(entropies, labels >= 0)


def _odds(
    rivals: Rivals,
    clean: LabelledBatch,
    revisions: Revisions,
    *,
    exchanged: bool = False,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the log odds of clean and of revised, then of exchanged masks.

    They go through the discriminator together: each alone would be normalised by
    itself, and the two look more alike than they are.
    """
    import torch

    from napari_metastruct.training.labelled.rivals import as_masks, drawn_masks

    count = len(clean.labels)
    drawn = drawn_masks(revisions.revised, revisions.labels)
    real = as_masks(clean.labels, drawn.shape[1])
    images, masks = [clean.images, revisions.images], [real, drawn]
    if exchanged and count > 1:
        images.append(clean.images)
        masks.append(real.roll(1, 0))
    odds = rivals.odds(torch.cat(images), torch.cat(masks))
    return odds[:count], odds[count:]


def _check_parts(session: LabelledSession) -> None:
    """Refuse a training part without clean or without other label maps."""
    if session.trusted.all() or not session.trusted.any():
        kind = "only" if session.trusted.all() else "no"
        raise InputError(
            f"After some images were kept apart for validation, {kind} clean label "
            "maps are left to learn from: set validation to 0, choose another seed, or "
            "say of more images whether their labels are right."
        )
