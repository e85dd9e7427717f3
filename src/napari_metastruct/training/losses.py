"""Losses on pixels, with ignored ones left out."""

from __future__ import annotations

import torch
from torch.nn import functional

__all__ = [
    "binary_cross_entropy",
    "dmi",
    "mean_over",
    "pixel_cross_entropy",
    "small_loss",
    "soft_cross_entropy",
    "soft_dice",
    "soft_iou",
    "symmetric_kl",
]


def binary_cross_entropy(
    logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean cross-entropy over the pixels that carry a label, weighted or not.

    Parameters
    ----------
    logits
        ``(N, Y, X)`` float.
    labels
        ``(N, Y, X)`` int: 1, 0, or -1 to ignore.
    weights
        ``(N, Y, X)`` 0 or more; all alike without it.

    Returns
    -------
    One number; 0 with gradient 0 when every pixel is ignored.
    """
    known = (labels >= 0).to(logits.dtype)
    if weights is not None:
        known = known * weights
    losses = functional.binary_cross_entropy_with_logits(
        logits, labels.clamp(min=0).to(logits.dtype), reduction="none"
    )
    return (losses * known).sum() / known.sum().clamp(min=1e-6)


def dmi(
    probability: torch.Tensor, labels: torch.Tensor, eps: float = 1e-3
) -> torch.Tensor:
    """L_DMI, first term of Eq. 6 of Luo et al. 2022: ``-log(|det(P S^T)| + eps)``.

    P holds p and 1 - p, S holds y and 1 - y, one column for each pixel. The
    matrix is divided by the number of pixels, so that the loss does not depend
    on the image's size: its determinant is then the covariance of p and y.

    Parameters
    ----------
    probability
        ``(N, Y, X)`` in 0..1.
    labels
        ``(N, Y, X)`` int: 1, 0, or -1 to ignore.
    eps
        Keeps the logarithm finite where p and y are unrelated.
    """
    known = (labels >= 0).to(probability.dtype)
    y = labels.clamp(min=0).to(probability.dtype)
    count = known.sum().clamp(min=1)
    p = (probability * known).sum() / count
    share = (y * known).sum() / count
    both = (probability * y * known).sum() / count
    determinant = both * (1 - p - share + both) - (p - both) * (share - both)
    return -torch.log(determinant.abs() + eps)


def soft_iou(
    probability: torch.Tensor, labels: torch.Tensor, eps: float = 1e-10
) -> torch.Tensor:
    """L_IoU, second term of Eq. 6 of Luo et al. 2022, with p squared below.

    ``1 - sum(p y) / (sum(p^2 + y - p y) + eps)``; the square is the authors'
    own form and gives a gradient that vanishes as p reaches y.

    Parameters
    ----------
    probability
        ``(N, Y, X)`` in 0..1.
    labels
        ``(N, Y, X)`` int: 1, 0, or -1 to ignore.
    eps
        Keeps the quotient finite for an empty label.
    """
    known = (labels >= 0).to(probability.dtype)
    y = labels.clamp(min=0).to(probability.dtype)
    overlap = (probability * y * known).sum()
    union = ((probability.square() + y - probability * y) * known).sum()
    return 1 - overlap / (union + eps)


def pixel_cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of every pixel, ``(N, Y, X)``; 0 where ignored.

    Parameters
    ----------
    logits
        ``(N, classes, Y, X)``.
    labels
        ``(N, Y, X)`` int64: class, or -1 to ignore.
    """
    return functional.cross_entropy(logits, labels, ignore_index=-1, reduction="none")


def soft_cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy with soft labels, one number a pixel.

    Parameters
    ----------
    logits
        ``(N, classes, ...)``.
    targets
        The same shape, 0 or more; a pixel whose targets are all 0 costs 0.
    """
    return -(targets * functional.log_softmax(logits, dim=1)).sum(dim=1)


def soft_dice(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return 1 minus the soft Dice, the mean over classes without the background.

    Parameters
    ----------
    logits
        ``(N, classes, Y, X)``.
    labels
        ``(N, Y, X)`` int64: class, or -1 to ignore.
    """
    known = (labels >= 0)[:, None]
    probability = logits.softmax(1)[:, 1:] * known
    classes = torch.arange(1, logits.shape[1], device=labels.device)
    truth = (labels[:, None] == classes[:, None, None]).to(logits.dtype)
    both = (probability * truth).sum((0, 2, 3))
    sizes = probability.sum((0, 2, 3)) + truth.sum((0, 2, 3))
    return 1 - ((2 * both + 1) / (sizes + 1)).mean()


def symmetric_kl(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return ``KL(p || q) + KL(q || p)`` of two predictions, one number a pixel.

    Parameters
    ----------
    first, second
        Logits ``(N, classes, ...)``.
    """
    p, q = functional.log_softmax(first, dim=1), functional.log_softmax(second, dim=1)
    return ((p.exp() - q.exp()) * (p - q)).sum(dim=1)


def small_loss(losses: torch.Tensor, known: torch.Tensor, share: float) -> torch.Tensor:
    """Select the pixels with the smallest losses.

    Parameters
    ----------
    losses
        Any shape; detached here.
    known
        The same shape, bool: only these may be selected.
    share
        Share of the known pixels that are selected, 0 to 1; at least one is.

    Returns
    -------
    Bool of the same shape. Ties with the largest selected loss are selected too.
    """
    values = losses.detach()[known]
    if not values.numel():
        return torch.zeros_like(known)
    count = max(1, min(values.numel(), round(share * values.numel())))
    limit = values.kthvalue(count).values
    return known & (losses.detach() <= limit)


def mean_over(losses: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Return the mean of losses over selected pixels; 0 with gradient 0 if none."""
    chosen = where.to(losses.dtype)
    return (losses * chosen).sum() / chosen.sum().clamp(min=1)
