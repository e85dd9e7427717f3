"""Lazy arrays of all kinds."""

import os
from threading import Lock
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray


class Source:
    """Can be sliced; its values are 1, 2, 3 ... plane by plane."""

    def __init__(self, planes: int = 3) -> None:
        self.shape: tuple[int, ...] = (planes, 40, 50)
        self.dtype: np.dtype[Any] = np.dtype(np.uint16)

    def __getitem__(self, key: Any) -> NDArray[Any]:  # noqa: ANN401 - any index
        numbers = np.arange(1, self.shape[0] + 1, dtype=np.uint16)
        return np.asarray(np.broadcast_to(numbers[:, None, None], self.shape)[key])


class Over(Source):
    """Shows another array."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.values, self.shape, self.dtype = values, values.shape, values.dtype

    def __getitem__(self, key: Any) -> NDArray[Any]:  # noqa: ANN401 - any index
        return np.asarray(self.values[key])


class Unsendable(Source):
    """Holds what cannot be pickled, as open files do."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = Lock()


class Unopenable(Source):
    """Can be pickled but not be opened anywhere else."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _refuse, ()


def _refuse() -> NoReturn:
    raise OSError("There is no such file on this computer.")


def process_number() -> NDArray[np.float32]:
    """Make a block of the number of the process that computes it."""
    return np.full((1, 40, 50), os.getpid(), np.float32)
