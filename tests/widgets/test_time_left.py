import time

import pytest

from napari_metastruct.widgets.time_left import TimeLeft


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def test_what_comes_before_the_first_step_does_not_count(clock: Clock) -> None:
    left = TimeLeft()
    left.begin()
    clock.now = 100.0  # a long look at the image
    assert left.judge(1, 60) is None
    clock.now = 102.0
    assert left.judge(21, 60) == pytest.approx(3.9)


def test_the_next_stage_begins_anew(clock: Clock) -> None:
    left = TimeLeft()
    for total in (3, 5):
        left.begin()
        assert left.judge(1, total) is None
        clock.now += 10.0
        assert left.judge(2, total) == pytest.approx(10.0 * (total - 2))


def test_steps_that_are_counted_anew_are_judged_anew(clock: Clock) -> None:
    left = TimeLeft()
    left.judge(1, 4)
    clock.now = 50.0
    left.judge(4, 4)
    assert left.judge(1, 4) is None
    clock.now = 51.0
    assert left.judge(2, 4) == pytest.approx(2.0)
