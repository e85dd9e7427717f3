"""Tests that need the extra `zoo`."""

import pytest
from tests.torchvision_operators import let_torchvision_import

from napari_metastruct.networks.zoo import has_zoo

__all__ = ["need_zoo"]


def need_zoo() -> None:
    """Skip where the extra is not installed; where it is, it works from here on."""
    if not has_zoo():
        pytest.skip("the extra zoo is not installed")
    let_torchvision_import()
