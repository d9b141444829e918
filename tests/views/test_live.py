"""The live figure draws what a full redraw would, and leaves nothing behind."""

import io

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from scipy.ndimage import uniform_filter

from trackfuse.views.style.style import RC
from trackfuse.views.widgets.live import LiveFigure


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
    live.redraw_background()
    live.show(list)
    assert picture(live).mean() < before.mean() / 2.0


@rc_context(RC)
def test_words_are_stamped_where_they_would_be_drawn() -> None:
    """One picture with words drawn by matplotlib, one with them stamped: the same but for fractions of a pixel."""
    figure = Figure(figsize=(3, 2), dpi=100)
    axes = figure.add_axes((0.2, 0.2, 0.7, 0.7))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    live = LiveFigure(figure)
    live.show(list)
    empty = np.asarray(live.picture(), dtype=float)
    for _ in range(2):  # drawn, then stamped
        live.show(
            lambda: [
                axes.text(0.1, 0.3, "first\nsecond 青森", color="#0072b2"),
                axes.text(0.9, 0.9, "up", rotation=90, ha="right", va="top", weight="bold"),
                axes.text(-0.1, 0.6, "cut off at the left", clip_on=True),
            ]
        )
        stamped = np.asarray(live.picture(), dtype=float)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        drawn = np.asarray(canvas.buffer_rgba(), dtype=float)[..., :3]
        inked = (np.abs(drawn - empty).sum(axis=(0, 1)), np.abs(stamped - empty).sum(axis=(0, 1)))
        np.testing.assert_allclose(*inked, rtol=0.03)
        blurred = [uniform_filter(picture, (5, 5, 1)) for picture in (drawn, stamped)]
        assert np.abs(blurred[0] - blurred[1]).max() < 25.0
