"""Parts that panels share: words beside points, lanes, signs of a legend, lines that are drawn fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.transforms import ScaledTranslation


def stacked(figure: Figure, heights: Sequence[float]) -> list[SubFigure]:
    """Parts of a figure below one another.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    heights : sequence of float
        Of the parts, from the top down, in any unit.

    Returns
    -------
    list of matplotlib.figure.SubFigure
    """
    return list(figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0])


def note(axes: Axes, words: str, at: tuple[Any, Any], shift: tuple[float, float], **look: Any) -> Annotation:
    """Words beside a point.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    words : str
    at : tuple of float
        The point, in the axes' data coordinates, or in those of `xycoords`.
    shift : tuple of float
        From the point to the words, points to the right and up.
    **look
        As for matplotlib's annotations.

    Returns
    -------
    matplotlib.text.Annotation
    """
    how: dict[str, Any] = {"va": "center", "fontsize": 5.2} | look
    return axes.annotate(words, at, xytext=shift, textcoords="offset points", **how)


def note_right(axes: Axes, words: str, row: float, shift: tuple[float, float] = (4.4, 0.0), **look: Any) -> Annotation:
    """Words at the right edge of the axes, beside a lane.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    words : str
    row : float
        Vertical data coordinate.
    shift : tuple of float
        From the edge to the words, points to the right and up.
    **look
        As for matplotlib's annotations.

    Returns
    -------
    matplotlib.text.Annotation
    """
    return note(axes, words, (1.0, row), shift, xycoords=axes.get_yaxis_transform(), **look)


def lanes(
    axes: Axes, names: Sequence[str], *, above: float = 0.6, below: float = 0.6, spine: bool = True, **look: Any
) -> None:
    """Make the vertical axis one of named lanes, the first at the top, without lines across.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    names : sequence of str
        Of lanes 0, 1, ..., from the top down.
    above, below : float
        Room from the middle of the first and of the last lane to the edge, in lanes.
    spine : bool
        Whether there is a line at the left.
    **look
        Of the names, as for matplotlib's texts.
    """
    axes.set_yticks(range(len(names)), names, **look)
    axes.set_ylim(len(names) - 1 + below, -above)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(spine)


def interval(axes: Axes, ends: Sequence[float], row: float, **look: Any) -> None:
    """A bar along a lane, from one value to another, that ends where the values are.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    ends : sequence of float
        Two values.
    row : float
    **look
        As for matplotlib's Line2D.
    """
    axes.plot(ends, [row, row], solid_capstyle="butt", **look)


def sign(label: str, marker: str = "", **look: Any) -> Line2D:
    """A sign or a line for a legend.

    Parameters
    ----------
    label : str
    marker : str
        Sign without a line; a line where it is empty.
    **look
        As for matplotlib's Line2D.

    Returns
    -------
    matplotlib.lines.Line2D
    """
    how: dict[str, Any] = {"marker": marker, "ls": ""} if marker else {}
    return Line2D([], [], label=label, **how | look)


def stroke(axes: Axes, x: Any, y: Any, sign: str = "", **look: Any) -> list[Artist]:
    """A line, or signs, on axes whose limits are settled: five times as fast as `axes.plot`, which looks after them.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    x, y : float or ndarray, shape (k,)
        In the units of the axes.
    sign : str
        Marker to draw instead of a line.
    **look
        As for matplotlib's Line2D.

    Returns
    -------
    list of Artist
        What was added: one.
    """
    line = Line2D(np.atleast_1d(x), np.atleast_1d(y), **({"marker": sign, "ls": ""} if sign else {}), **look)
    axes.add_artist(line)
    return [line]


def sheet_of(axes: Axes) -> Figure:
    """The figure that axes are on, at the top of whatever it is part of."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure


def legend_below(axes: Axes, signs: Sequence[Artist], *, points: float, columns: int) -> None:
    """A legend below the axes, clear of the labels of its ticks.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    signs : sequence of Artist
    points : float
        Distance from the axis, points.
    columns : int
    """
    below = ScaledTranslation(0.0, -points / 72.0, sheet_of(axes).dpi_scale_trans)
    axes.legend(
        handles=list(signs),
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        bbox_transform=axes.transAxes + below,
        ncol=columns,
        borderaxespad=0.0,
        columnspacing=1.6,
        handletextpad=0.6,
    )
