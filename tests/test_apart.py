"""A job in a process of its own gives what it gives here; see also the docks' tests."""

import numpy as np
import pytest
from tests import quick

from napari_metastruct.apart import segment_steps_apart
from napari_metastruct.arrays import open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import SegmentJob
from napari_metastruct.progress import Event, Heartbeat, run_to_end
from napari_metastruct.segmentation import segment_steps


def test_events_and_result_are_the_same() -> None:
    stack = open_stack(quick.image(shape=(3, 64, 64)), axes="ZYX", name="cells")
    job = SegmentJob(method="otsu", instances=True)
    here: list[Event] = []
    there: list[Event] = []
    (due,) = run_to_end(segment_steps([stack], job), here.append)
    (result,) = run_to_end(segment_steps_apart([stack], job), there.append)
    np.testing.assert_array_equal(result.labels, due.labels)
    assert (result.job, result.side, result.model) == (job, due.side, None)
    assert [event for event in there if not isinstance(event, Heartbeat)] == here


def test_a_bad_image_is_refused_in_the_same_words() -> None:
    stack = open_stack(np.ones((40, 40)), name="cells")
    job = SegmentJob(method="otsu")
    with pytest.raises(InputError) as there:
        run_to_end(segment_steps_apart([stack], job))
    with pytest.raises(InputError) as here:
        run_to_end(segment_steps([stack], job))
    assert str(there.value) == str(here.value)
