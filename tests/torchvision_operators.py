"""Networks of the extra `zoo` where torchvision lacks what is compiled."""

import importlib
import sys
from functools import cache
from typing import Any

__all__ = ["let_torchvision_import"]

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
# A library that nothing holds is taken back.
_kept: list[object] = []


@cache
def let_torchvision_import() -> None:
    """Declare the compiled operators of torchvision if it does not import without.

    Its Linux wheel looks for CUDA and does not import beside a torch that is built
    for the CPU alone. No network here calls these operators.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        _declare_operators()
        importlib.import_module("torchvision")


def _declare_operators() -> None:
    import torch

    library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        library.define(name + _SCHEMA)
    _kept.append(library)
    for module in [m for m in sys.modules if m.split(".")[0] == "torchvision"]:
        del sys.modules[module]
