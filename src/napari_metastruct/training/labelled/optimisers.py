"""The optimisers of a run, one for each network, and the course of their rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

__all__ = ["Course", "Optimisers"]

Course = Literal["constant", "poly", "cosine"]


class Optimisers:
    """Steps of all networks together.

    Parameters
    ----------
    networks
        What learns.
    kind, rate, momentum, decay
        As `LabelledSession.optimise` takes them.
    course
        How the rate falls with the share of the run that is done.
    """

    def __init__(
        self,
        networks: Sequence[nn.Module],
        kind: Literal["adamw", "sgd"],
        *,
        rate: float,
        momentum: float,
        decay: float,
        course: Course,
    ) -> None:
        self._rate, self._course = rate, course
        self._all = [_make(kind, n, rate, momentum, decay) for n in networks]

    def step(
        self, loss: torch.Tensor, done: float, only: Sequence[int] | None = None
    ) -> None:
        """Go one step down a loss when the share ``done`` of the run is behind.

        With ``only`` just these networks learn; the others' gradients are dropped.
        """
        for optimiser in self._all:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        rate = self._rate * _factor(self._course, min(done, 1.0))
        for number, optimiser in enumerate(self._all):
            if only is not None and number not in only:
                optimiser.zero_grad(set_to_none=True)
                continue
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.step()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what they remember, by name."""
        found = {}
        for number, optimiser in enumerate(self._all):
            for place, state in optimiser.state_dict()["state"].items():
                for key, value in state.items():
                    if value is not None:
                        tensor = torch.as_tensor(value).cpu()
                        found[f"{number}/{place}/{key}"] = tensor.numpy()
        return found

    def take(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Remember what another run's optimisers remembered."""
        for number, optimiser in enumerate(self._all):
            state: dict[int, dict[str, Any]] = {}
            for name, array in arrays.items():
                owner, place, key = name.split("/")
                if int(owner) == number:
                    value = torch.from_numpy(array.copy())
                    state.setdefault(int(place), {})[key] = value
            groups = optimiser.state_dict()["param_groups"]
            optimiser.load_state_dict({"state": state, "param_groups": groups})


def _make(
    kind: str, network: nn.Module, rate: float, momentum: float, decay: float
) -> torch.optim.Optimizer:
    if kind == "sgd":
        return torch.optim.SGD(network.parameters(), rate, momentum, weight_decay=decay)
    betas = (momentum, 0.999)
    return torch.optim.AdamW(
        network.parameters(), rate, betas=betas, weight_decay=decay
    )


def _factor(course: Course, done: float) -> float:
    if course == "poly":
        return float((1 - done) ** 0.9)
    if course == "cosine":
        return 0.5 * (1 + math.cos(math.pi * done))
    return 1.0
