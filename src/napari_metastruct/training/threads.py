"""How many threads PyTorch computes with."""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["spare_core"]


@contextmanager
def spare_core() -> Iterator[None]:
    """Leave one core to the window while PyTorch computes in this thread."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(max(1, before - 1))
    try:
        yield
    finally:
        torch.set_num_threads(before)
