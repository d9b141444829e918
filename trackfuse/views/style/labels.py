"""Words beside a point: what matplotlib's annotations do, without arrows and boxes, in a fifth of their time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import Bbox, Transform

from trackfuse.views.style.fonts import FONTS
from trackfuse.views.style.style import INK


class Words(Artist):
    """One line of words beside a point.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    words : str
    at : tuple of float
        The point, in the axes' data coordinates, or in those of `transform`.
    shift : tuple of float
        From the point to the words, points to the right and up.
    ha : {"left", "center", "right"}
    va : {"bottom", "center", "top"}
        Where the point is.
    transform : matplotlib.transforms.Transform, optional
        Words at a point in data coordinates are left out where that is off the axes; others never are.
    **look
        `fontsize`, `color`, `weight` and `zorder`; by default 7, INK, "normal" and 3.
    """

    def __init__(
        self,
        axes: Axes,
        words: str,
        at: tuple[float, float],
        shift: tuple[float, float] = (0.0, 0.0),
        *,
        ha: Literal["left", "center", "right"] = "center",
        va: Literal["bottom", "center", "top"] = "center",
        transform: Transform | None = None,
        **look: Any,
    ) -> None:
        super().__init__()
        look = {"fontsize": 5.2, "color": INK, "weight": "normal", "zorder": 3.0} | look
        self._words, self._at, self._shift, self._align = words, at, np.asarray(shift), (ha, va)
        self._font, self._color = _font(look.pop("fontsize"), look.pop("weight")), look.pop("color")
        self._free = transform is not None
        self.set(transform=transform or axes.transData, clip_on=False, **look)
        axes.add_artist(self)

    def get_text(self) -> str:
        """The words."""
        return self._words

    def set_clip_path(self, path: Any, transform: Any = None) -> None:
        """Nothing to do: words are whole or left out. Called by axes, of whose time it would take a third."""

    def draw(self, renderer: Any) -> None:
        """As matplotlib's artists have it."""
        place = self._place(renderer)
        if not self.get_visible() or place is None:
            return
        (left, base), _ = place
        gc = renderer.new_gc()
        gc.set_foreground(self._color)
        if renderer.flipy():
            base = renderer.get_canvas_width_height()[1] - base
        renderer.draw_text(gc, left, base, self._words, self._font, 0.0)
        gc.restore()

    def get_window_extent(self, renderer: Any = None) -> Bbox:
        """The words' box, pixels, as this renderer has it or else Agg; empty where they are left out."""
        figure = self.get_figure(root=True)
        assert figure is not None
        place = self._place(renderer or FigureCanvasAgg(figure).get_renderer())
        return Bbox.null() if place is None else place[1]

    def _place(self, renderer: Any) -> tuple[tuple[float, float], Bbox] | None:
        """Left end of the base line and the box, in pixels; None where the point is off the axes."""
        figure, axes = self.get_figure(root=True), self.axes
        assert figure is not None and axes is not None
        x, y = self.get_transform().transform(self._at)
        if not (np.isfinite(x) and np.isfinite(y)) or not (self._free or axes.bbox.contains(x, y)):
            return None
        x, y = (x, y) + self._shift * figure.dpi / 72.0
        wide, high, below = renderer.get_text_width_height_descent(self._words, self._font, False)
        _, line_high, line_below = renderer.get_text_width_height_descent("lp", self._font, False)
        high, below = max(high, line_high), max(below, line_below)
        ha, va = self._align
        left = x - {"left": 0.0, "center": 0.5, "right": 1.0}[ha] * wide
        bottom = y - {"bottom": 0.0, "center": 0.5, "top": 1.0}[va] * high
        return (left, bottom + below), Bbox.from_bounds(left, bottom, wide, high)


@lru_cache
def _font(size: float, weight: str) -> FontProperties:
    return FontProperties(family=list(FONTS), size=size, weight=weight)
