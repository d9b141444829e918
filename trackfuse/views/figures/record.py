"""Who is said to have tracked what, beside the model's probability of it, posture by posture, and scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackfuse.core.errors import SettingsError, check_kind
from trackfuse.history.record import Record
from trackfuse.history.record_rows import COMPARED
from trackfuse.history.record_scores import ARRANGEMENTS, CLIMATOLOGY
from trackfuse.views.style.axes import lanes, sign
from trackfuse.views.style.style import FAINT, INK, LINES, MUTED, NATIONS, sheet

LEAST = 5
"""Groups of fewer answers are left to the table."""
_MEANS = (
    "Left: the model's probability of what was published, one dot an answer, with each nation's own sensors; a bar is "
    "the mean. Right: Brier score, 0 is best; filled with own sensors, open with the arrangement of the day. A figure "
    "not published is silence and may be a choice."
)


def record(done: Record) -> Figure:
    """Probability of what was published, by posture, and Brier scores beside climatology.

    Parameters
    ----------
    done : Record
        What `tf.record` gave.

    Returns
    -------
    matplotlib.figure.Figure
        Probabilities on the left, scores on the right, one lane a nation, question and posture.

    Raises
    ------
    SettingsError
        If no question was asked at least `LEAST` times.
    """
    check_kind(SettingsError, "tf.plots.record", done, Record, "tf.record")
    compared = done.table[(done.table["status"] == COMPARED) & done.table["scored"] & done.table["alone"].notna()]
    scores = done.scores
    scores = scores[scores["n"] >= LEAST]
    if scores.empty:
        raise SettingsError(f"record: no question was answered {LEAST} times by one nation")
    caption = f"{_MEANS} {done.caption()}."
    rows = scores[["nation", "question", "posture"]].drop_duplicates()
    return sheet(lambda figure: _draw(figure, compared, scores, rows), 1.5 + 0.17 * len(rows), caption=caption)


def _draw(figure: Figure, compared: pd.DataFrame, scores: pd.DataFrame, rows: pd.DataFrame) -> None:
    left, right = figure.subplots(1, 2, width_ratios=[1.2, 1.0], sharey=True)
    postures = [name for name in dict.fromkeys(scores["posture"]) if name != CLIMATOLOGY]
    looks = {name: LINES[k % len(LINES)][0] for k, name in enumerate(postures)} | {CLIMATOLOGY: MUTED}
    for row, (nation, question, posture) in enumerate(rows.itertuples(index=False)):
        like = (compared["nation"] == nation) & (compared["question"] == question)
        column = CLIMATOLOGY if posture == CLIMATOLOGY else "alone"
        said = compared[like & ((compared["posture"] == posture) | (posture == CLIMATOLOGY))]
        _dots(left, said.drop_duplicates("statement_id")[column].to_numpy(float), row, looks[posture])
        same = (scores["nation"] == nation) & (scores["question"] == question) & (scores["posture"] == posture)
        for each in scores[same].to_dict("records"):
            filled = each["data"] != ARRANGEMENTS["shared"]
            right.plot(each["brier"], row, "o", color=looks[posture], mfc=looks[posture] if filled else "none", ms=4.0)
    lanes(left, [_name(*each) for each in rows.itertuples(index=False)], fontsize=5.2)
    for axes in (left, right):
        for row in np.flatnonzero(rows["posture"].to_numpy() == CLIMATOLOGY)[:-1]:
            axes.axhline(row + 0.5, color=MUTED, lw=0.45)
    left.set(xlim=(-0.03, 1.03), xlabel="probability of what was published")
    right.set(xlim=(-0.01, None), xlabel="Brier score")
    left.set_title("What was published")
    right.set_title("Scores")
    signs = [sign(name, "o", color=looks[name]) for name in (*postures, CLIMATOLOGY)]
    signs.append(sign("with the arrangement of the day", "o", color=INK, mfc="none"))
    figure.legend(handles=signs, loc="outside upper center", ncols=len(signs), fontsize=5.5)


def _dots(axes: Axes, said: np.ndarray, row: int, color: str) -> None:
    """Answers side by side in a lane, spread a little so that equal ones can be counted, and their mean."""
    order = np.argsort(said, kind="stable")
    spread = 0.3 * np.sin(2.4 * np.arange(len(said)))
    axes.plot(said[order], row + spread, ".", color=FAINT if color == MUTED else color, ms=2.0, alpha=0.6, zorder=1.5)
    axes.plot(np.mean(said), row, "|", color=INK, ms=7.0, mew=1.2, zorder=2)


def _name(nation: str, question: str, posture: str) -> str:
    asked = {"figure": "figure or none", "right": "range right or not"}.get(question, question)
    return f"{NATIONS[nation].label}: {asked}, {posture}"
