"""Figures of sweeps: an answer against one field, over two, and which field moves it most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackfuse.core.display import heading
from trackfuse.core.errors import SettingsError, check_kind, unknown
from trackfuse.studies.sweeps.sensitivity import answers
from trackfuse.studies.sweeps.sensitivity import sensitivity as indices_of
from trackfuse.studies.sweeps.study import Study
from trackfuse.views.style.axes import note
from trackfuse.views.style.style import COLUMN_IN, NATIONS, PAGE_IN, Look, place_label, policy_look, sheet
from trackfuse.views.style.tables import MEASURES

LOW, HIGH, BARE = "#4477aa", "#ee8866", "#555555"
"""Of the lower and the upper end of what is assumed, and of intervals."""
STEPS = (("#00224e", "-"), ("#4b6c9c", "--"), ("#8a8678", "-."), ("#b89f4f", ":"), ("#d9b400", "-"))
"""Colours and lines for the values of a field, dark to light."""
ASSUMED = "Sensor ranges and sectors, delays of links and people are press values or assumed where none is published."


def curves(
    study: Study,
    x: str,
    *,
    whom: str,
    metric: str = "warning_time_s",
    policy: str | None = None,
    baseline: str | None = None,
    by: str | None = None,
    where: Mapping[str, Any] | None = None,
) -> Figure:
    """An answer against one field: a line a policy, or a line a value of another field.

    Parameters
    ----------
    study : Study
    x : str
        Dotted name of a field that was varied.
    whom : str
        A nation ("JPN"), a place by its name, or "target".
    metric : str
        Column of the rows.
    policy : str, optional
        Draw this one only; default all (the last with `by`).
    baseline : str, optional
        Draw the gain over this policy, with the 95 % interval of its median; by default the figure itself, with 5 to
        95 % of runs.
    by : str, optional
        Another field: a line a value.
    where : mapping, optional
        Values of further fields.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If something named is not in the study, or a field that was varied is left open.
    """
    check_kind(SettingsError, "tf.plots.curves", study, Study, "tf.sweep")
    others = [name for name in study.policies if name != baseline]
    drawn = [policy] if policy is not None else (others if by is None else others[-1:])
    points = _chosen(study, [x, *([by] if by else [])], where)
    order, shown = _order(points[x]), _Shown(metric, whom, baseline)

    def draw(axes: Axes) -> None:
        for name in drawn:
            table, look = answers(study, metric, policy=name, whom=whom, baseline=baseline), policy_look(name)
            if by is None:
                _line(axes, order, points[x], table.loc[points["point"]], look)
                continue
            for k, (value, part) in enumerate(points.groupby(by, sort=False)):
                color, line = STEPS[k % len(STEPS)]
                label = f"{field_words(by)} = {value}"
                step = replace(look, color=color, line=line, marker="osD^v"[k % 5], label=label)
                _line(axes, order, part[x], table.loc[part["point"]], step)
        if isinstance(order[0], str):
            axes.set_xticks(range(len(order)), order)
        axes.set(xlabel=field_words(x), ylabel=shown.axis, title=shown.title)
        axes.legend()

    band = "95 % interval of the median" if baseline else "5 to 95 % of runs"
    return _sheet(study, draw, 3.9, f"Line: median; shaded: {band}.", baseline)


def heatmap(
    study: Study,
    x: str,
    y: str,
    *,
    whom: str,
    metric: str = "warning_time_s",
    policy: str = "trilateral",
    baseline: str | None = "bilateral",
    where: Mapping[str, Any] | None = None,
) -> Figure:
    """An answer over two fields, a number a cell.

    Parameters
    ----------
    study : Study
    x, y : str
        Dotted names of two fields that were varied.
    whom : str
        A nation ("JPN"), a place by its name, or "target": the place aimed at.
    metric : str
        Column of the rows.
    policy : str
    baseline : str, optional
        Draw the median gain over this policy; None for the figure itself.
    where : mapping, optional
        Values of further fields.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If something named is not in the study, or a field that was varied is left open.
    """
    check_kind(SettingsError, "tf.plots.heatmap", study, Study, "tf.sweep")
    points = _chosen(study, [x, y], where)
    medians = answers(study, metric, policy=policy, whom=whom, baseline=baseline)["median"]
    across, up = _order(points[x]), _order(points[y])
    cells = points.assign(median=medians.loc[points["point"]].to_numpy()).set_index([y, x])
    cells = cells.reindex(pd.MultiIndex.from_product([up, across], names=[y, x]))
    grid = cells["median"].to_numpy(dtype=float).reshape(len(up), len(across))
    blank = np.where(cells["not_flown"].fillna("") != "", "×", "–").reshape(grid.shape)
    shown = _Shown(metric, whom, baseline)

    def draw(axes: Axes) -> None:
        _cells(axes, grid, blank, shown)
        axes.set_xticks(range(len(across)), labels := [_label(x, value) for value in across])
        if max(map(len, labels)) > 6:
            axes.tick_params(axis="x", labelrotation=30)
            for label in axes.get_xticklabels():
                label.set_horizontalalignment("right")
        axes.set_yticks(range(len(up)), [_label(y, value) for value in up])
        axes.set(xlabel=field_words(x), ylabel=field_words(y), title=f"{shown.title}: {policy_look(policy).label}")

    width_in = COLUMN_IN if len(across) <= 3 else PAGE_IN
    height_in = max(2.2, 1.4 + 0.31 * len(up))
    more = "Blank cells: never under one of the policies (–), or no such flight (×)."
    return _sheet(study, draw, height_in, more, baseline, width_in)


def tornado(
    study: Study,
    *,
    whom: str,
    metric: str = "warning_time_s",
    policy: str = "trilateral",
    baseline: str | None = None,
    most: int = 12,
) -> Figure:
    """What each field alone does to an answer, the greatest first.

    Parameters
    ----------
    study : Study
        Of design "one_at_a_time".
    whom : str
        A nation ("JPN") or a place by its name.
    metric : str
        Column of the rows.
    policy : str
    baseline : str, optional
        Draw the median gain over this policy.
    most : int
        Fields drawn.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If the design is another, or something named is not in the study.
    """
    check_kind(SettingsError, "tf.plots.tornado", study, Study, "tf.sweep")
    kind = study.manifest["design"]["kind"]
    if kind != "one_at_a_time":
        raise SettingsError(f"tornado: the sweep's design is {kind!r}; it needs design='one_at_a_time'")
    medians = answers(study, metric, policy=policy, whom=whom, baseline=baseline)["median"].to_numpy()
    bars = {}
    for name in study.fields:
        rows = study.points[study.points["varied"] == name]
        changes = medians[rows["point"]] - medians[0]
        ends = [(str(value), change) for value, change in zip(rows[name], changes, strict=True) if np.isfinite(change)]
        if ends:
            bars[name] = ends
    reach = {name: max(abs(change) for _, change in ends) for name, ends in bars.items()}
    moving = [name for name in sorted(reach, key=lambda name: -reach[name]) if reach[name] > 0.0]
    still = [field_words(name) for name in reach if reach[name] == 0.0]
    widest = moving[:most] or list(reach)[:most]
    more = f"Policy: {policy_look(policy).label}."
    if moving and still:
        more += f" Without any effect on the median: {'; '.join(still)}."
    shown, unit = _Shown(metric, whom, baseline), MEASURES[metric].unit

    def draw(axes: Axes) -> None:
        for k, name in enumerate(widest):
            for n, (value, change) in enumerate(bars[name]):
                axes.barh(k, change, color=HIGH if n else LOW, height=0.7)
                if abs(change) > 0.0:
                    shift, side = (2.2, "left") if change > 0.0 else (-2.2, "right")
                    note(axes, value, (change, k), (shift, 0.0), ha=side)
        _rows_from_the_top(axes, widest)
        axes.margins(x=0.18)
        axes.set_xlabel(f"change of the median, {unit}")
        axes.set_title(f"{shown.title}: {medians[0]:.1f} {unit} with nominal values")

    return _sheet(study, draw, 1.4 + 0.22 * len(widest), more, baseline)


def sensitivity(
    study: Study,
    *,
    whom: str,
    metric: str = "warning_time_s",
    policy: str = "trilateral",
    baseline: str | None = None,
) -> Figure:
    """Sobol indices: the share of an answer's variance that each field accounts for, with 95 % intervals.

    Parameters
    ----------
    study : Study
        Of design "saltelli".
    whom : str
        A nation ("JPN") or a place by its name.
    metric : str
        Column of the rows.
    policy : str
    baseline : str, optional
        Of the median gain over this policy.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        As `tf.sensitivity` raises it.
    """
    check_kind(SettingsError, "tf.plots.sensitivity", study, Study, "tf.sweep")
    table = indices_of(study, metric, policy=policy, whom=whom, baseline=baseline)
    shown = _Shown(metric, whom, baseline)

    def draw(axes: Axes) -> None:
        at = np.arange(len(table))
        for part, shift, color in (("first", -0.19, LOW), ("total", 0.19, HIGH)):
            words = {"first": "alone", "total": "with all that it does together with others"}[part]
            half, bars = table[f"{part}_half_width"], {"lw": 0.65, "ecolor": BARE}
            axes.barh(at + shift, table[part], 0.36, color=color, label=words, xerr=half, error_kw=bars)
        _rows_from_the_top(axes, list(table["field"]))
        axes.set(xlabel="share of the variance of the median", title=f"What moves it: {shown.title}")
        axes.legend(loc="lower right")

    return _sheet(study, draw, 1.4 + 0.37 * len(table), f"Policy: {policy_look(policy).label}.", baseline)


# ---- parts ----------------------------------------------------------------------------------------------------------


class _Shown(NamedTuple):
    """What is drawn: a metric of a nation or place, or its gain over a baseline."""

    metric: str
    whom: str
    baseline: str | None

    @property
    def axis(self) -> str:
        """Such as "gain in warning time, s"."""
        return ("gain in " if self.baseline else "") + ", ".join(MEASURES[self.metric][:2])

    @property
    def title(self) -> str:
        """Such as "Gain in warning time, Japan"."""
        words = self.axis.rsplit(", ", 1)[0]
        who = NATIONS[self.whom].label if self.whom in NATIONS else place_label(self.whom)
        return f"{words[0].upper()}{words[1:]}, {'the place aimed at' if self.whom == 'target' else who}"


def _sheet(
    study: Study,
    draw: Callable[[Axes], None],
    height_in: float,
    more: str,
    base: str | None,
    width_in: float = PAGE_IN,
) -> Figure:
    over = f" Gain over {policy_look(base).label}, run by run on the same noise; positive is better." if base else ""
    caption = f"{more}{over} {study.caption()}. {ASSUMED}"
    return sheet(lambda figure: draw(figure.add_subplot()), height_in, width_in=width_in, caption=caption)


def _chosen(study: Study, fields: list[str], where: Mapping[str, Any] | None) -> pd.DataFrame:
    """The design points drawn: one for every combination of the fields."""
    for name in (*fields, *(where or {})):
        if name not in study.fields:
            raise SettingsError(f"{name!r}: {unknown('field in this sweep', name, study.fields)}")
    points = study.points
    for name, value in (where or {}).items():
        points = points[points[name] == value]
    if points.empty:
        raise SettingsError(f"where: no design point has {dict(where or {})}")
    if points.duplicated(fields).any():
        left = [name for name in study.fields if name not in fields and len(set(points[name])) > 1]
        one = {left[0]: points[left[0]].iloc[0]}
        raise SettingsError(f"where: {', '.join(map(repr, left))} was varied too; choose a value, as in where={one}")
    return points


def _order(values: pd.Series) -> list[Any]:
    """Different values: numbers rising, words as they were given."""
    different = list(dict.fromkeys(values))
    return sorted(different) if pd.api.types.is_numeric_dtype(values) else different


def _line(axes: Axes, order: list[Any], values: pd.Series, table: pd.DataFrame, look: Look) -> None:
    """Medians over the values of a field, with their interval; words stand at their place in the order."""
    at = values if pd.api.types.is_numeric_dtype(values) else values.map(order.index)
    drawn = table.set_index(at.to_numpy(dtype=float)).sort_index()
    axes.plot(drawn["median"], color=look.color, ls=look.line, marker=look.marker, ms=3.3, label=look.label)
    axes.fill_between(drawn.index, drawn["low"], drawn["high"], color=look.color, alpha=0.13, lw=0.0)


def field_words(name: str) -> str:
    """A dotted name of a field in words: "sensors.fps5.range_km" is "fps5: range (km)".

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        With the unit where the name has one.
    """
    whose, *parts = name.split(".")
    if not parts:
        return heading(whose)
    of = {"policy": "exchange", "policies": "", "sensors": "", "nodes": "", "launch": ""}.get(whose, whose)
    names = [NATIONS[part].label if part in NATIONS else part for part in parts[:-1]]
    before = " ".join(filter(None, [of, *names])) or (whose if whose == "launch" else "")
    return f"{before}: {heading(parts[-1])}" if before else heading(parts[-1])


def _rows_from_the_top(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [field_words(name) for name in names])
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", lw=0.6)


def _cells(axes: Axes, grid: np.ndarray, blank: np.ndarray, shown: _Shown) -> None:
    """A number a cell on its colour; in a cell without one, the sign that says why."""
    known_values = grid[np.isfinite(grid)] if np.isfinite(grid).any() else np.zeros(1)
    largest = max(float(np.abs(known_values).max()), 1e-9)
    low, high = (-largest, largest) if shown.baseline else (float(known_values.min()), float(known_values.max()))
    colors = "RdBu" if shown.baseline else "cividis"
    image = axes.imshow(np.ma.masked_invalid(grid), origin="lower", aspect="auto", vmin=low, vmax=high, cmap=colors)
    axes.figure.colorbar(image, ax=axes, label=shown.axis)
    middle = 0.5 * (low + high)
    for j, i in np.ndindex(grid.shape):
        known = np.isfinite(grid[j, i])
        dark = known and (abs(grid[j, i]) > 0.6 * largest if shown.baseline else grid[j, i] < middle)
        text = f"{grid[j, i]:.0f}" if known else str(blank[j, i])
        axes.text(i, j, text, ha="center", va="center", fontsize=5.9, color="white" if dark else "black")
    axes.grid(False)


def _label(name: str, value: Any) -> str:
    if not isinstance(value, str):
        return f"{value:g}"
    return place_label(value) if name == "launch.target" else value
