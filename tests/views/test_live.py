"""The live figure draws what a full redraw would, and leaves nothing behind."""

import io

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from trackfuse.views.live import LiveFigure


def picture(live: LiveFigure) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(live.image.value)), dtype=float)


def test_moving_parts_are_drawn_and_taken_away() -> None:
    figure = Figure(figsize=(3, 2), dpi=60)
    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    live = LiveFigure(figure, quality=95)
    live.show(list)
    empty = picture(live)
    live.show(lambda: axes.plot([0, 1], [0, 1], lw=4))
    assert np.abs(picture(live) - empty).max() > 100.0
    assert empty.shape[:2] == (120, 180)
    live.show(list)
    np.testing.assert_array_equal(picture(live), empty)
    assert not axes.lines


def test_standing_parts_are_drawn_anew_when_told() -> None:
    figure = Figure(figsize=(3, 2), dpi=60)
    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    live = LiveFigure(figure)
    live.show(list)
    before = picture(live)
    axes.set_facecolor("black")
    live.show(list)
    np.testing.assert_array_equal(picture(live), before)
    live.redraw_standing()
    live.show(list)
    assert picture(live).mean() < before.mean() / 2.0
