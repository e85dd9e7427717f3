"""One of the plots that are drawn one below the other while a network learns."""

import pyqtgraph as pg

from napari_metastruct.widgets.training_numbers import log_ticks

__all__ = ["add_plot", "choose_scale", "show_title"]

_TITLE_HEIGHT = 16


def add_plot(view: pg.GraphicsLayoutWidget, row: int) -> pg.PlotItem:
    """Add a plot that is looked at, not handled, with a flat title."""
    plot = view.addPlot(row=row, col=0)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(x=False, y=False)
    axis = plot.getAxis("left")
    axis.setWidth(40)
    axis.enableAutoSIPrefix(False)
    axis.setStyle(maxTickLevel=0)
    plot.titleLabel.setMaximumHeight(_TITLE_HEIGHT)
    plot.titleLabel.setVisible(True)
    plot.layout.setRowFixedHeight(0, _TITLE_HEIGHT)
    plot.layout.addItem(plot.titleLabel, 0, 0, 1, 3)  # above the axis, too
    return plot


def show_title(plot: pg.PlotItem, title: str, colour: str) -> None:
    """Write a title; one that is too long is cut, and pushes nothing out of sight."""
    plot.titleLabel.setText(title, color=colour, size="8pt")
    plot.titleLabel.setMinimumWidth(0)


def choose_scale(plot: pg.PlotItem, wide: tuple[float, float] | None) -> None:
    """Draw values between these two on a log axis; None: on a linear one."""
    plot.setLogMode(y=wide is not None)
    plot.getAxis("left").setTicks([log_ticks(*wide)] if wide else None)
