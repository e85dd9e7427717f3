"""The one error for what the user can mend."""

import pytest

from napari_metastruct.errors import InputError


def test_is_a_value_error_with_its_sentence() -> None:
    with pytest.raises(ValueError, match=r"^The image is empty\.$"):
        raise InputError("The image is empty.")
