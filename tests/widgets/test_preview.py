import numpy as np

from napari_metastruct.progress import Preview
from napari_metastruct.widgets.preview import picture


def test_the_pseudo_label_is_drawn_over_the_probability() -> None:
    probability = np.array([[0.0, 1.0, 0.5, 0.5]], np.float32)
    label = np.array([[-1, -1, 0, 1]], np.int8)
    drawn = picture(Preview(0, probability, label))
    assert drawn.shape == (1, 4, 4)
    low, high, background, foreground = drawn[0].astype(int)
    assert high[:3].sum() > low[:3].sum()
    assert background[2] > background[0]
    assert foreground[0] > foreground[2]
    assert low[3] == high[3] > 0
