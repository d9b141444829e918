"""The answer as a picture: what one nation knows in time, and since when it has a track, before and after sharing."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trackfuse.core.errors import SettingsError, check_kind, check_known
from trackfuse.core.language import message, translate
from trackfuse.studies.answer import CASES, KNOWN, KNOWN_KM, TRACK, Answer
from trackfuse.views.style.fonts import in_two
from trackfuse.views.style.style import FAINT, INK, MUTED, nation_looks, policy_look, sheet

WORDS = {
    "drawn": message("ships as assumed"),
    "full": message("every ship"),
    "away": message("no Japanese or US ship"),
    "none": message("no ship"),
}
"""Posture -> its words."""
TITLE: dict[str, Any] = {"loc": "left", "fontsize": "medium", "fontweight": "bold"}
_ROOM_S = 45.0
"""Beside the latest first track, for the words of what is gained."""


def answer(answered: Answer, nation: str = "JPN") -> Figure:
    """What a nation knows in time, and since when it has a track, before and after sharing: by flight and posture.

    Parameters
    ----------
    answered : Answer
    nation : str
        Whose figures.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If the answer has no such nation.
    """
    check_kind(SettingsError, "tf.plots.answer", answered, Answer, "tf.answer")
    check_known(SettingsError, "nation", nation, tuple(dict.fromkeys(answered.table["nation"])), where="answer")
    kinds = answered.table["kind"].nunique()
    return sheet(lambda figure: _draw(figure, answered, nation), 1.2 + 0.8 * kinds, caption=answered.caption())


def _draw(figure: Figure, answered: Answer, nation: str) -> None:
    """Two panels: shares of runs in which impact is known in time, and times of the first track."""
    table, nation_look = answered.table[answered.table["nation"] == nation], nation_looks([nation])[nation]
    kinds = list(dict.fromkeys(table["kind"]))
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"wspace": 0.06, "left": 0.3, "top": 0.85})
    rows = [(kind, case) for kind in kinds for case in CASES]
    gap = 0.8
    at = {row: -(i + gap * kinds.index(row[0])) for i, row in enumerate(rows)}
    for axes, measure in ((left, KNOWN), (right, TRACK)):
        cells = table[table["figure"] == measure]
        for cell in cells.to_dict("records"):
            y, before, after = at[str(cell["kind"]), str(cell["posture"])], float(cell["before"]), float(cell["after"])
            _pair(axes, y, before, after, nation_look.color)
            if measure == TRACK and np.isfinite(gain := float(cell["gain"])):
                sooner = translate("{seconds} s sooner").format(seconds=f"{gain:.0f}")
                words = sooner if round(gain) else translate("no sooner")
                axes.text(max(before, after) + 5.0, y, words, va="center", color=INK, fontsize="small")
            elif measure == KNOWN:
                first = f"{100.0 * before:.0f} → " if before != after else ""
                words = f"{first}{100.0 * after:.0f} %"
                axes.text(1.06, y, words, va="center", color=INK, fontsize="small")
        axes.spines[["left", "top", "right"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", color=FAINT, lw=0.5)
        axes.set_axisbelow(True)
    left.set_xlim(-0.03, 1.3)
    left.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0], ["0", "25", "50", "75", "100 %"])
    known = translate("Place of impact known to {km} km a minute ahead:\nshare of runs; more is better")
    left.set_title(known.format(km=f"{KNOWN_KM:g}"), **TITLE)
    times = table[table["figure"] == TRACK][["before", "after"]].to_numpy(dtype=float)
    right.set_xlim(0.0, np.max(times, where=np.isfinite(times), initial=60.0) + _ROOM_S)
    first = translate("First track, s after lift-off: less is better;\ndots: medians; words: median gain, run by run")
    right.set_title(first, **TITLE)
    left.set_yticks([at[row] for row in rows], [translate(WORDS[case]) for _, case in rows])
    left.set_ylim(min(at.values()) - 0.7, 1.0)
    for kind in kinds:
        left.text(-0.78, at[kind, CASES[0]], in_two(translate(kind)), transform=left.get_yaxis_transform(), va="top",
                  ha="left", color=INK, fontweight="bold", fontsize="small")  # fmt: skip
    looks = [policy_look(name).label for name in (answered.baseline, answered.policy)]
    without, shared = translate("without the sharing: {policy}"), translate("with it: {policy}")
    signs = [
        Line2D([], [], marker="o", ls="", color=MUTED, mfc="white", label=without.format(policy=looks[0])),
        Line2D([], [], marker="o", ls="", color=nation_look.color, label=shared.format(policy=looks[1])),
    ]
    title = translate("{nation}, without and with the sharing of December 2023 (simulated)")
    title = title.format(nation=nation_look.label)
    figure.legend(handles=signs, loc="outside upper left", ncol=2, frameon=False, title=title, alignment="left")


def _pair(axes: Axes, y: float, before: float, after: float, color: str) -> None:
    """An open sign for before, a filled one for after, and what lies between; what never occurs is not drawn."""
    ends = [value if np.isfinite(value) else np.nan for value in (before, after)]
    axes.plot(ends, [y, y], color=color, lw=1.6, alpha=0.5, solid_capstyle="butt", zorder=2)
    axes.plot(ends[0], y, "o", mfc="white", mec=MUTED, ms=5.0, zorder=3)
    axes.plot(ends[1], y, "o", color=color, ms=3.4, zorder=4)
