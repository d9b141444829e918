"""Tracks of a user's own detections: how well each centre claims to know the position."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from trackfuse.core.errors import SettingsError, check_kind
from trackfuse.views.style.style import LINES, PAGE_IN, sheet

NEEDED = ("node", "t_s", "position_sigma_m")
"""Columns that are drawn."""


def claims(tracks: pd.DataFrame) -> Figure:
    """How well the tracks of each centre claim to know the position, against time.

    Parameters
    ----------
    tracks : DataFrame
        As `tf.track_detections` gives it; its columns node, t_s, position_sigma_m and, where it is there, track are
        read.

    Returns
    -------
    matplotlib.figure.Figure
        A line a track, in the colour of its centre; error in m, on a logarithmic axis.

    Raises
    ------
    SettingsError
        If it is no such table.
    """
    check_kind(SettingsError, "tf.plots.claims", tracks, pd.DataFrame, "tf.track_detections")
    missing = [name for name in NEEDED if name not in tracks.columns]
    if missing or tracks.empty:
        what = f"has no column {', '.join(missing)}" if missing else "has no rows"
        raise SettingsError(f"tf.plots.claims: the table {what}; give what tf.track_detections returns")
    by = ["node", "track"] if "track" in tracks.columns else ["node"]
    nodes = list(dict.fromkeys(tracks["node"]))

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for key, mine in tracks.groupby(by, sort=False):
            color, line = LINES[nodes.index(key[0]) % len(LINES)]
            axes.plot(mine["t_s"], mine["position_sigma_m"], color=color, ls=line, label=key[0])
        axes.set(yscale="log", xlabel="time after launch (s)", ylabel="claimed position error (m)")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        axes.set_title("How well each centre claims to know the position")
        lines, names = axes.get_legend_handles_labels()
        one_each = dict(zip(names, lines, strict=True))  # a centre may have several tracks
        axes.legend(one_each.values(), one_each.keys(), title="centre")

    words = "Square root of the summed variances of the position that each centre's own tracks claim."
    return sheet(draw, 3.2, width_in=PAGE_IN, caption=words)
