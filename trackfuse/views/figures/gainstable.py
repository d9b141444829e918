"""Tables of gains, of one run and of many."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd

from trackfuse.core.language import message, translate
from trackfuse.simulation.figures import FIGURES, USUAL, WARNING_TIME, nation_figures
from trackfuse.simulation.run import Run
from trackfuse.simulation.warning_inputs import predicted_anew
from trackfuse.studies.compare import Comparison
from trackfuse.views.style.style import looks_in, nation_looks, place_name, policy_label
from trackfuse.views.style.tables import as_html, measure, number, occurs, unchanged

_NAMES = ["", message("figure"), message("unit")]
"""Columns that name the rows of a table."""
UNITS = (message("share"), message("count"))
"""Units of figures that are words."""
_COUNTED = [message("median gain"), message("95 % interval"), message("runs")]
STILL_IN_RUN = message("No change in this run: {figures}.")
NEVER_IN_RUN = message("Never, under either: {figures}.")
STILL_IN_MEDIAN = message("No change of the median and its interval: {figures}.")
STILL_IN_ANY = message("No change in any run: {figures}.")
_SHOWN = (*USUAL, WARNING_TIME.name)


def one_run_frame(run: Run, base: Run) -> pd.DataFrame:
    """Gain of one run over the same run under another policy.

    Parameters
    ----------
    run, base : Run

    Returns
    -------
    DataFrame
        One row a nation or place and figure of the first launch: whom, figure, unit, value, base and gain; positive is
        better. Of the figures that apply.
    """
    rows = []
    own = predicted_anew(run)  # the longest part, and the same where the centres have the same tracks of their own
    same = own if base.local_tracks is run.local_tracks else None
    figures, before = nation_figures(run, own)[0].tolist(), nation_figures(base, same)[0].tolist()
    looks = nation_looks(run.scenario.nations).values()
    for look, values, others in zip(looks, figures, before, strict=True):
        for each, value, other in zip(FIGURES, values, others, strict=True):
            if not np.isnan(value):
                gain = (value - other) * (1.0 if each.larger_is_better else -1.0) if np.isfinite(other) else np.nan
                rows.append((look.label, each.name, each.unit, value, other, gain))
    arrival_s = run.prepared.arrival_s[0]
    with_s, without_s = (each.launch_notices[0].notices.warning_time_s.tolist() for each in (run, base))
    for place, arrival, value, other in zip(run.scenario.places, arrival_s, with_s, without_s, strict=True):
        if np.isfinite(arrival):
            rows.append((place.name, WARNING_TIME.name, WARNING_TIME.unit, value, other, value - other))
    return pd.DataFrame(rows, columns=["whom", "figure", "unit", "value", "base", "gain"])


def one_run(run: Run, base: Run) -> str:
    """The same as HTML, of the figures that say most.

    Parameters
    ----------
    run, base : Run

    Returns
    -------
    str
        A table of those that change, a row a nation or place and figure, and a sentence on those that do not.
    """
    return one_run_table(one_run_frame(run, base), policy_label(run.policy), policy_label(base.policy))


def one_run_table(frame: pd.DataFrame, policy: str, baseline: str) -> str:
    """The same of a frame at hand.

    Parameters
    ----------
    frame : DataFrame
        As `one_run_frame` gives it.
    policy, baseline : str
        As a reader knows them.

    Returns
    -------
    str
    """
    rows, still, never = [], [], []
    for whom, figure, unit, value, other, gained in frame[frame["figure"].isin(_SHOWN)].itertuples(index=False):
        words, gain = measure(figure, unit).words, _gain(value, other, gained, unit)
        whom = place_name(whom)
        if gain in ("0", ""):
            (still if gain else never).append((whom, words))
            continue
        both = (number(each, unit, never=translate("never")) for each in (value, other))
        rows.append((whom, words, translate(unit), *both, gain))
    names = [translate(each) for each in _NAMES]
    table = pd.DataFrame(rows, columns=[*names, policy, baseline, translate("gain")]).set_index(names)
    caption = translate("This run, on the same noise. Positive gain: sooner, closer, longer, more warning.")
    return _with_sentences(table, caption, _still(STILL_IN_RUN, still), _still(NEVER_IN_RUN, never))


def many_runs(comparison: Comparison) -> str:
    """Paired gains over many runs with their intervals.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    str
        HTML table of the figures that change, to the digits shown, and a sentence on those that do not.
    """
    gains = comparison.gains
    looks = looks_in(comparison.scenario)
    rows, still = [], []
    for row, nothing in zip(gains.to_dict("records"), unchanged(gains), strict=True):
        unit, figure = str(row["unit"]), str(row["figure"])
        whom, words = place_name(str(row["place"])) or looks[str(row["nation"])].label, measure(figure, unit).words
        ends = [number(row[end], unit, sign="+") for end in ("median", "low", "high")]
        if nothing or (ends == ["0"] * 3 and row["p_policy"] == row["p_baseline"]):
            still.append((whom, words))
            continue
        there = bool(np.isfinite(row["median"]))
        low, high = (number(row[end], unit) for end in ("low", "high"))
        interval = translate("{low} to {high}").format(low=low, high=high) if there else ""
        alone = [] if row["p_policy"] == row["p_baseline"] else [occurs(row["p_policy"], row["p_baseline"])]
        rows.append((whom, words, translate(unit), ends[0], interval, translate(", ").join([str(row["n"]), *alone])))
    names, counted = [translate(each) for each in _NAMES], [translate(each) for each in _COUNTED]
    table = pd.DataFrame(rows, columns=[*names, *counted]).set_index(names)
    caption = translate(
        "{runs} runs, each compared with itself. Positive gain: sooner, closer, longer, more warning."
    ).format(runs=comparison.runs)
    return _with_sentences(table, caption, _still(STILL_IN_MEDIAN, still))


def _with_sentences(table: pd.DataFrame, caption: str, *sentences: str) -> str:
    """A table, unless it has no row, and sentences below it, as HTML."""
    said = [f'<p class="trackfuse-caption">{escape(each)}</p>' for each in sentences if each]
    return "".join([as_html(table, caption) if len(table) else "", *said])


def no_change(still: pd.DataFrame) -> str:
    """One line about the figures that change in no run.

    Parameters
    ----------
    still : DataFrame
        Their rows of a table of gains.

    Returns
    -------
    str
        "" without any.
    """
    if still.empty:
        return ""
    labels = {nation: look.label for nation, look in nation_looks(still["nation"]).items()}
    whom = still["place"].where(still["place"] != "", still["nation"].map(labels))
    names = [measure(figure, unit).words for figure, unit in zip(still["figure"], still["unit"], strict=True)]
    return _still(STILL_IN_ANY, list(zip(whom, names, strict=True)))


def _still(sentence: str, what: list[tuple[str, str]]) -> str:
    """A sentence on figures that do not change, given by whom and words; "" without any."""
    by_name: dict[str, dict[str, None]] = {}
    for whom, words in what:
        by_name.setdefault(words, {})[whom] = None
    listed = translate("{figure} ({whom})")
    figures = translate("; ").join(
        listed.format(figure=words, whom=translate(", ").join(whom)) for words, whom in by_name.items()
    )
    return translate(sentence).format(figures=figures) if what else ""


def _gain(value: float, base: float, gain: float, unit: str) -> str:
    if np.isfinite(value) == np.isfinite(base):
        return number(gain, unit, sign="+", never="")
    return translate("only with") if np.isfinite(value) else translate("only without")
